"""What is inside a recommender: what its hidden units stand for, which items are alike, what a user switches on."""
