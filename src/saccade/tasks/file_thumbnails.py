"""Files of images to be looked at before they are read: which there are in a folder, and thumbnails of some of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import DataError
from saccade.modalities.images.decoding import decode
from saccade.modalities.images.file_kinds import SUFFIXES, ending
from saccade.modalities.images.file_search import files_below
from saccade.modalities.images.pixels import read_file

if TYPE_CHECKING:
    from saccade.core.recipe import Recipe


def listed_files(recipe: "Recipe") -> list[str]:
    """Return the paths of image files below the folder of a recipe's data; none where they are no folder."""
    folder = Path(recipe.data).expanduser()
    if not folder.is_dir():
        return []
    start = len(str(folder)) + 1
    return [path[start:] for path in files_below(folder) if isinstance(path, str) and ending(path) in SUFFIXES]


def file_thumbnails(paths: Sequence[Path | None], *, side: int) -> NDArray[np.uint8]:
    """Return thumbnails (m, side, side, 3) of files, padded to a square; black where one cannot be decoded."""
    found = np.zeros((len(paths), side, side, 3), np.uint8)
    for row, path in enumerate(paths):
        found[row] = _thumbnail(path, side) if path else 0
    return found


def _thumbnail(path: Path, side: int) -> NDArray[np.uint8] | int:
    try:
        return decode(read_file(path), size=(side, side), channels=3)
    except (DataError, OSError, ValueError):
        return 0
