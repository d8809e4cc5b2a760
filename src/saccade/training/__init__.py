"""Recipe → fitted Run."""

from saccade.training.racing import resume, train

__all__ = ["resume", "train"]
