"""SurveyedFolder: the images of a folder that can be opened, with their thumbnails, before the first label."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import DataError
from saccade.modalities.images.file_properties import Survey, survey
from saccade.modalities.images.label_file import Folders
from saccade.modalities.images.labelled_folder import images_below
from saccade.modalities.images.listing import Found
from saccade.modalities.images.splitting import lots
from saccade.modalities.images.store import Look, store

SIDE = 64
"""Of a thumbnail, in pixels."""


@dataclass(frozen=True)
class SurveyedFolder:
    """The images of a folder that can be opened.

    Attributes:
        found: n of them, with the class and split that their folders say, "" where they say none.
        thumbnails: (n, 64, 64, 3), uint8, memory-mapped.
        lots: (n,), by which the test split is drawn.
        sizes: (n, 2), int32, height and width as the image is meant to be seen.
        key: equal for equal images.
        unreadable: names of files that cannot be used, each with the reason.
    """

    found: tuple[Found, ...]
    thumbnails: NDArray[np.uint8]
    lots: NDArray[np.float64]
    sizes: NDArray[np.int32]
    key: str
    unreadable: tuple[tuple[str, str], ...]


def look_through(images: Path, folders: Folders) -> SurveyedFolder:
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
    return SurveyedFolder(found, made.pixels, lots(made.files.digests), surveyed.sizes[rows], made.name, tuple(lost))


def _usable(images: Path, folders: Folders) -> tuple[list[Found], Survey]:
    every = list(images_below(images, folders).values())
    if not every:
        raise DataError(f"{images} has no images in it or below. Name a folder of photos.")
    return every, survey([each.path for each in every], quiet=True)
