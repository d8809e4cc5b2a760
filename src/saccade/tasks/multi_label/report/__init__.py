"""The report on a multi-label classifier: its page and its model card."""
