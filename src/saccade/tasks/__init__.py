"""Tasks, a file each: targets, loss, metrics, and what a prediction is."""
