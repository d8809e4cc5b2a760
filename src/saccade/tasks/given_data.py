"""Arrays that are given in place of the name of data."""

from saccade.modalities.images.given_arrays import source_of

__all__ = ["source_of"]
