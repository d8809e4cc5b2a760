"""What is known of a folder's images before the first label: thumbnails, and what `finding_out` left in the cache."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.core.cache import cache_folder
from saccade.core.errors import DataError
from saccade.modalities.images.file_properties import Survey, survey
from saccade.modalities.images.label_file import Folders
from saccade.modalities.images.labelled_folder import images_below
from saccade.modalities.images.listing import Found
from saccade.modalities.images.splitting import lots
from saccade.modalities.images.store import Look, store

SIDE = 64
"""Of a thumbnail, in pixels."""

_VERSION = 1


@dataclass(frozen=True)
class Surveyed:
    """The images of a folder that can be opened.

    Attributes:
        found: n of them, with the class and split that their folders say, "" where they say none.
        thumbnails: (n, 64, 64, 3), uint8, memory-mapped.
        lots: (n,), by which the test split is drawn.
        key: equal for equal images.
        unreadable: names of files that cannot be used, each with the reason.
    """

    found: tuple[Found, ...]
    thumbnails: NDArray[np.uint8]
    lots: NDArray[np.float64]
    key: str
    unreadable: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Known:
    """What a pretrained network and a comparison of all images say of them.

    Attributes:
        vectors: (n, d), float32, memory-mapped: principal components of their features.
        units: (n,), a number from 0 on, equal for images that show the same.
    """

    vectors: NDArray[np.float32]
    units: NDArray[np.int64]


def look_through(images: Path, folders: Folders) -> Surveyed:
    """Return the images of a folder with their thumbnails; decoded in parallel, once.

    Raises:
        DataError: the folder has no image that can be used.
    """
    every, surveyed = _usable(images, folders)
    good = np.flatnonzero(surveyed.usable)
    if not len(good):
        raise DataError(f"{images} has no image that can be used. Expected JPEG, PNG or other photos in it or below.")
    made = store([every[row].path for row in good], surveyed.only(good), Look(SIDE, SIDE, 3, "pad"), quiet=True)
    rows = good[made.rows]
    lost = [(every[row].name, str(surveyed.reasons[row])) for row in np.flatnonzero(~surveyed.usable)]
    lost += [(every[good[row]].name, reason) for row, reason in made.failures.items()]
    found = tuple(every[row] for row in rows)
    return Surveyed(found, made.pixels, lots(made.files.digests), made.name, tuple(lost))


def _usable(images: Path, folders: Folders) -> tuple[list[Found], Survey]:
    every = list(images_below(images, folders).values())
    if not every:
        raise DataError(f"{images} has no images in it or below. Name a folder of photos.")
    return every, survey([each.path for each in every], quiet=True)


def known_folder(surveyed: Surveyed) -> Path:
    """Return where in the cache it is kept what is found out of the images."""
    names = hashlib.sha256(f"{_VERSION} {surveyed.key} {len(surveyed.found)}".encode()).hexdigest()[:32]
    return cache_folder("labelling") / names


def known(surveyed: Surveyed) -> Known | None:
    """Return what was found out of the images; None where that is still to be done."""
    folder = known_folder(surveyed)
    if not folder.is_dir():
        return None
    return Known(np.load(folder / "vectors.npy", mmap_mode="r"), np.load(folder / "units.npy"))
