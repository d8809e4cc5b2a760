"""Scores, a file each, on NumPy arrays only."""
