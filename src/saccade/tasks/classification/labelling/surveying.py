"""What is known of a folder's images before the first label: what `finding_out` left in the cache."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.core.cache import cache_folder
from saccade.modalities.images.surveyed_folder import SurveyedFolder

_VERSION = 1


@dataclass(frozen=True)
class Known:
    """What a pretrained network and a comparison of all images say of them.

    Attributes:
        vectors: (n, d), float32, memory-mapped: principal components of their features.
        units: (n,), a number from 0 on, equal for images that show the same.
    """

    vectors: NDArray[np.float32]
    units: NDArray[np.int64]


def known_folder(surveyed: SurveyedFolder) -> Path:
    """Return where in the cache it is kept what is found out of the images."""
    names = hashlib.sha256(f"{_VERSION} {surveyed.key} {len(surveyed.found)}".encode()).hexdigest()[:32]
    return cache_folder("labelling") / names


def known(surveyed: SurveyedFolder) -> Known | None:
    """Return what was found out of the images; None where that is still to be done."""
    folder = known_folder(surveyed)
    if not folder.is_dir():
        return None
    return Known(np.load(folder / "vectors.npy", mmap_mode="r"), np.load(folder / "units.npy"))
