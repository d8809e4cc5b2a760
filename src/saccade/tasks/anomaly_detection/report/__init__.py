"""The report on anomalies: what it tells, its page and its model card."""
