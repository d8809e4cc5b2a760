"""Trials: what a small network, trained for seconds on half of the images, says of a choice before the training."""
