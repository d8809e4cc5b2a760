"""Whether data have boxes, so that nobody need say that objects are looked for."""

from pathlib import Path

from saccade.core import registry
from saccade.core.errors import DataError
from saccade.modalities.images import box_recognition

RECIPES = {"scattered_digits": "scattered-digits"}
"""Named data with boxes, and their recipes."""

USUAL = "object_detection"


def default_recipe(data: str) -> str | None:
    """Return a recipe for a folder, archive or file with boxes around objects; None for all other data."""
    if data in registry.names("data"):
        return RECIPES.get(data)
    path = Path(data).expanduser()
    if not box_recognition.is_there(path):
        return None
    try:
        return USUAL if box_recognition.format_of(box_recognition.unpacked(path, quiet=True)) else None
    except DataError:  # what reads it says what is wrong
        return None
