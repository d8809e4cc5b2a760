"""Label session: the images of a folder, and a label file that this program, another tab or another program writes."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import DataError
from saccade.modalities.images.label_file import LabelFile, Word
from saccade.modalities.images.labelled_folder import place
from saccade.modalities.images.surveyed_folder import SurveyedFolder


class ImageLabelSession:
    """What sessions of every kind of labels have in common.

    Attributes:
        file: of the labels.
        surveyed: the images that can be opened.
    """

    def __init__(self, file: LabelFile, surveyed: SurveyedFolder) -> None:
        self.file, self.surveyed = file, surveyed
        self._lock = threading.RLock()
        self._stamp: tuple[int, int] | None = None
        self._version = 0
        self._heard: tuple[Word, ...] = ()

    def __len__(self) -> int:
        return len(self.surveyed.found)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {place(each.path): row for row, each in enumerate(self.surveyed.found)}

    def _row(self, path: str) -> int | None:
        """Return the row of an image by its path in the file; None where it is not among them."""
        return self._rows.get(place(self.file.path.parent / path))

    def _refresh(self) -> None:
        """Read the file again if somebody wrote to it: this program, another tab, or another program."""
        with self._lock:
            status = self.file.path.stat() if self.file.path.exists() else None
            stamp = (status.st_size, status.st_mtime_ns) if status else (0, 0)
            if stamp != self._stamp:
                self._read()
                self._stamp, self._version = stamp, self._version + 1

    def _read(self) -> None:
        """Take over what the file says."""
        raise NotImplementedError

    def _news(self) -> tuple[tuple[Word, ...], bool]:
        """Return the words that were added since the last time; all, and True, where others were changed or gone."""
        words, heard = self.file.read().words, self._heard
        self._heard = words
        grown = bool(heard) and words[: len(heard)] == heard
        return (words[len(heard) :], False) if grown else (words, True)

    def _refuse_unknown(self, words: Sequence[tuple[int, Any]]) -> None:
        """Raise DataError where something is said of an image that is not there."""
        if any(not 0 <= row < len(self) for row, _ in words):
            raise DataError(f"There are {len(self):,} images, and one was named that is not among them.")

    def thumbnails(self, rows: Sequence[int]) -> NDArray[np.uint8]:
        """Return the thumbnails (m, 64, 64, 3) of some images."""
        return np.asarray(self.surveyed.thumbnails[list(rows)])

    def describe(self, row: int) -> str:
        """Return the name of an image."""
        return self.surveyed.found[row].name

    def names(self) -> list[str]:
        """Return the names of all images."""
        return [each.name for each in self.surveyed.found]


@contextmanager
def still_there() -> Iterator[None]:
    """Raise DataError in place of what is raised where the file of an image is gone."""
    try:
        yield
    except (OSError, IndexError) as error:
        raise DataError("This image is no longer there.") from error
