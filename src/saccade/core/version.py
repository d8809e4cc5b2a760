"""The version of Saccade."""

__version__ = "0.2.0"
