"""Which recipe images get, when nobody names one: patches of a pretrained network for photos, else an autoencoder."""

from itertools import islice
from pathlib import Path

from PIL import Image

from saccade.core import registry
from saccade.modalities.images.file_search import files_below, holds_images, subfolders
from saccade.tasks.anomaly_detection.one_class_images import USUAL_NAMES

PHOTOS, OTHERS = "patch-memory", "image-autoencoder"

LEAST_SIDE = 64
"""Pixels a side from which on images are taken for photos, of which a pretrained network knows something."""

_FILES_LOOKED_AT = 50


def recipe_for(data: str) -> str:
    """Return the recipe for images in which anomalies are looked for; loading says what is wrong with the data."""
    return PHOTOS if _sides(data) >= LEAST_SIDE else OTHERS


def recipe_for_one_class(data: str) -> str | None:
    """Return the recipe for a folder whose training images are all of a normal class, as MVTec AD has it; else None.

    No classifier can be trained on such, so nobody need say that anomalies are looked for.
    """
    training = Path(data).expanduser() / "train"
    if data in registry.names("data") or not training.is_dir():
        return None
    classes = [folder.name.lower() for folder in subfolders(training) if holds_images(folder)]
    return recipe_for(data) if len(classes) == 1 and classes[0] in USUAL_NAMES else None


def _sides(data: str) -> int:
    """Return the shorter side of the data's images in pixels, by the first that can be read; photos where unknown."""
    if data in registry.names("data"):
        return int(min(registry.load("data", data).IMAGE_SHAPE[:2]))
    path = Path(data).expanduser()
    files = islice(files_below(path), _FILES_LOOKED_AT) if path.is_dir() else ()
    sizes = (_size(file) for file in files if isinstance(file, str))
    return min(next((size for size in sizes if size), (LEAST_SIDE, LEAST_SIDE)))


def _size(file: str) -> tuple[int, int] | None:
    try:
        with Image.open(file) as image:
            return image.size
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
