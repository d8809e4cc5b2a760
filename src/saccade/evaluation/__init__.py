"""Evaluation: what is the same of it whatever the task; how good a network is, its task says."""
