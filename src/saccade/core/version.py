"""The version of Saccade."""

__version__ = "0.1.0"
