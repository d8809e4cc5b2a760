"""The report on an object detector: its page and its model card."""
