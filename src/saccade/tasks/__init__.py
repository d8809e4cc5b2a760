"""Tasks, a folder each: targets, loss, metrics, and what a prediction is; `task.py` is what the registry loads."""
