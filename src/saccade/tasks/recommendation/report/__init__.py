"""The report on a recommender: its page and its model card."""
