"""Labelling: images that a person gives classes to, with the help of a model that learns from each label at once."""
