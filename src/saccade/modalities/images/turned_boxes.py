"""Boxes that were drawn on a photo as it is stored, turned as EXIF has it turned."""

from pathlib import Path

from saccade.core.errors import DataError
from saccade.modalities.images import pixels

Sides = tuple[float, float, float, float]
"""Left, top, right and bottom."""


def orientation_of(path: Path) -> int:
    """Return how a camera was held for a photo, 1 to 8, as EXIF counts; 1 where nothing says so."""
    try:
        return pixels.orientation(pixels.open_image(pixels.read_file(str(path))))
    except (DataError, OSError):
        return 1


def turned(sides: Sides, size: tuple[int, int], orientation: int) -> Sides:
    """Return a box on the photo as it is stored as one on the photo as it is seen.

    Args:
        sides: in pixels of the photo as it is stored.
        size: (height, width) of the photo as it is seen.
        orientation: as EXIF has it, 1 to 8.
    """
    height, width = size
    left, top, right, bottom = sides
    if orientation > 4:  # rows and columns are exchanged first
        left, top, right, bottom = top, left, bottom, right
    if orientation in {2, 3, 6, 7}:
        left, right = width - right, width - left
    if orientation in {3, 4, 7, 8}:
        top, bottom = height - bottom, height - top
    return left, top, right, bottom
