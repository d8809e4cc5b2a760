"""The report on a regression: its page and its model card."""
