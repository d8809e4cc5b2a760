"""Regression: which number belongs to an image."""
