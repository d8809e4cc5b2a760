"""Multi-label classification: which of several labels an image has, none, one or more."""
