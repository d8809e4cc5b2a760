"""Recipe → fitted Run."""

from saccade.training.fitting import resume, train

__all__ = ["resume", "train"]
