"""A package of other people that adds a task and a network to Saccade, by entry points alone."""
