"""Trainings followed in the trackers that people have, MLflow and Weights & Biases: a file of `trackers/` each."""
