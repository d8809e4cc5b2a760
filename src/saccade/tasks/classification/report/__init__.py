"""The report on a classifier: what it tells, its page and its model card."""
