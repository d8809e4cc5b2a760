"""Files in a stream: found, read and answered in batches, while more are still being named."""

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from saccade.data.dataset import SetAside
from saccade.data.pictures import SUFFIXES
from saccade.errors import DataError

Answer = Callable[[NDArray[Any]], NDArray[np.float32]]
"""Gives calibrated probabilities (n, k) for pictures (n, h, w, c), 0 to 255; any n."""

Told = TypeVar("Told")
Read = Callable[[Path], NDArray[np.uint8] | SetAside]

BATCH_SIZE = 64

PATIENCE_SECONDS = 0.1
"""A stream of files is answered when so much time has passed, also when the batch is not full."""


def answered(
    answer: Answer, tell: Callable[[NDArray[np.float32]], list[Told]], files: Iterator[Path], read: Read
) -> Iterator[tuple[str, Told | SetAside]]:
    """Yield (name, answer) for each file, in order, while the files are still being named.

    Args:
        answer: gives probabilities (n, k) for pictures (n, h, w, c).
        tell: turns them into answers.
        files: may be endless.
        read: gives one picture (h, w, c), or why there is none.

    Raises:
        DataError: there was nothing at all to predict.
    """
    waiting: list[tuple[str, NDArray[np.uint8] | SetAside]] = []
    anything = False
    answered_at = float("-inf")  # the first picture is answered at once
    for file in files:
        anything = True
        waiting.append((str(file), read(file)))
        if len(waiting) == BATCH_SIZE or time.monotonic() - answered_at > PATIENCE_SECONDS:
            yield from _answer_all(answer, tell, waiting)
            waiting, answered_at = [], time.monotonic()
    yield from _answer_all(answer, tell, waiting)
    if not anything:
        raise DataError("There is nothing to predict: name picture files, or folders that have some.")


def _answer_all(
    answer: Answer,
    tell: Callable[[NDArray[np.float32]], list[Told]],
    waiting: list[tuple[str, NDArray[np.uint8] | SetAside]],
) -> Iterator[tuple[str, Told | SetAside]]:
    pictures = [content for _, content in waiting if not isinstance(content, SetAside)]
    answers = iter(tell(answer(np.stack(pictures))) if pictures else [])
    for name, content in waiting:
        yield name, content if isinstance(content, SetAside) else next(answers)


def walked(paths: Iterable[str | Path]) -> Iterator[Path]:
    """Yield files as they are, and of folders all files named like pictures, subfolders included."""
    for path in map(Path, paths):
        if path.is_dir():
            yield from (file for file in sorted(path.rglob("*")) if _is_picture(file, within=path))
        else:
            yield path


def _is_picture(file: Path, *, within: Path) -> bool:
    """Say whether a file is named like a picture and not hidden; a dead link is one, and is said to be dead."""
    hidden = any(part.startswith(".") for part in file.relative_to(within).parts)
    return file.suffix.lower() in SUFFIXES and not hidden and not file.is_dir()
