"""Modality: who rated what how high, and when."""
