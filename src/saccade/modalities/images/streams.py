"""Images in a stream: found, read and answered in batches, while more are still being named.

They are read on all cores, some batches ahead: decoders leave Python's lock while they compute, so threads are enough.
"""

import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from saccade.core import registry
from saccade.core.arrays import Array
from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.machine import cores
from saccade.core.skipped_files import by_reason
from saccade.modalities.images import recognition
from saccade.modalities.images.file_kinds import ending, skipped_by_ending
from saccade.modalities.images.file_search import files_below, printable
from saccade.modalities.images.listing import Listing

Answers = TypeVar("Answers")
One = TypeVar("One")

BATCH_SIZE = 64

BATCH_BYTES = 16_000_000
"""Pixels of a batch: of large images there are fewer in it."""

AHEAD_BYTES = 64_000_000
"""Pixels that may lie ready beyond a batch."""

PATIENCE_SECONDS = 0.1
"""A stream of files is answered when so much time has passed, also when the batch is not full."""

CONTAINERS = frozenset(
    [".zip", ".tar", ".tgz", ".gz", ".xz", ".bz2", ".csv", ".tsv", ".parquet", ".npz", ".json", ".jsonl"]
)
"""Endings of files that may hold images or name them; a source is asked. All others are tried as images."""

UNANSWERED = ("image", "format")
"""Kinds of what is skipped that are images: they are yielded in their place, all else is remarked."""


@dataclass(frozen=True)
class Input:
    """One image to answer for.

    Attributes:
        name: as its source has it.
        content: the file, what is in one, or pixels (h, w, c), uint8, of any size.
    """

    name: str
    content: Path | bytes | NDArray[np.uint8]


@dataclass
class Remarks:
    """What is said beside the answers, filled while they are given.

    Attributes:
        skipped: what is no image and so gets no answer, and further pages of files that get one.
        notes: how the source was read, a sentence each.
    """

    skipped: list[SkippedItem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return all of it, a sentence each."""
        return " ".join([*self.notes, *(f"Skipped: {each}." for each in by_reason(self.skipped))])


Pixels = NDArray[np.uint8]
Read = Callable[[Input, Remarks], Pixels | SkippedItem]


def answered(
    answer: Callable[[Array], Answers],
    interpret: Callable[[Answers], list[One]],
    paths: Iterable["str | Path | Input | SkippedItem"],
    read: Read,
    remarks: Remarks | None = None,
    *,
    taken: Callable[[Input], None] = lambda found: None,
) -> Iterator[tuple[str, One | SkippedItem]]:
    """Yield (name, answer) for each image, in order, while the paths are still being named.

    Args:
        answer: gives what a network makes of images (n, h, w, c), uint8.
        interpret: turns that into an answer an image.
        paths: as for `images`; may be endless.
        read: gives one image (h, w, c), or why there is none; is called in threads, several at once.
        remarks: is filled; None gives a warning at the end, where more than files that are no images is skipped.
        taken: is told each image that was read, in order, before its batch is interpreted.

    Raises:
        DataError: there was nothing at all to predict.
    """
    said = Remarks() if remarks is None else remarks
    with _ReadAhead(read, said, taken) as ahead:
        answered_at = float("-inf")  # the first image is answered at once
        for found in images(paths, said):
            ahead.add(found)
            if ahead.is_full or time.monotonic() - answered_at > PATIENCE_SECONDS:
                yield from _answer_all(answer, interpret, ahead.batch())
                answered_at = time.monotonic()
        while ahead.waiting:
            yield from _answer_all(answer, interpret, ahead.batch())
    if remarks is None and (said.notes or any(each.kind != "other" for each in said.skipped)):
        warnings.warn(str(said), stacklevel=2)


def _answer_all(
    answer: Callable[[Array], Answers],
    interpret: Callable[[Answers], list[One]],
    waiting: list[tuple[str, Pixels | SkippedItem]],
) -> Iterator[tuple[str, One | SkippedItem]]:
    read = [content for _, content in waiting if not isinstance(content, SkippedItem)]
    answers = iter(interpret(answer(np.stack(read))) if read else [])
    for name, content in waiting:
        yield name, content if isinstance(content, SkippedItem) else next(answers)


class _ReadAhead:
    """Images that are being read in threads, in the order in which they were named."""

    def __init__(self, read: Read, remarks: Remarks, taken: Callable[[Input], None]) -> None:
        self._read, self._remarks, self._taken = read, remarks, taken
        self._pool = ThreadPoolExecutor(cores(), thread_name_prefix="decoding")
        self._size = self._ahead = BATCH_SIZE  # fewer where images are large
        self.waiting: deque[tuple[Input | SkippedItem, Future[tuple[Pixels | SkippedItem, Remarks]] | None]] = deque()

    def __enter__(self) -> "_ReadAhead":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    @property
    def is_full(self) -> bool:
        return len(self.waiting) >= self._size + self._ahead

    def add(self, found: Input | SkippedItem) -> None:
        reading = None if isinstance(found, SkippedItem) else self._pool.submit(self._with_remarks, found)
        self.waiting.append((found, reading))

    def batch(self) -> list[tuple[str, Pixels | SkippedItem]]:
        """Return (name, pixels or why there are none) of the images that wait longest, when they are read."""
        return [self._collected(*self.waiting.popleft()) for _ in range(min(self._size, len(self.waiting)))]

    def _with_remarks(self, found: Input) -> tuple[Pixels | SkippedItem, Remarks]:
        own = Remarks()  # those of all come in the order of the images
        return self._read(found, own), own

    def _collected(
        self, found: Input | SkippedItem, reading: Future[tuple[Pixels | SkippedItem, Remarks]] | None
    ) -> tuple[str, Pixels | SkippedItem]:
        if reading is None or isinstance(found, SkippedItem):
            return found.name, found  # type: ignore[return-value] # only what is skipped is not read
        content, own = reading.result()
        self._remarks.skipped += own.skipped
        self._remarks.notes += own.notes
        if not isinstance(content, SkippedItem):
            self._size = min(BATCH_SIZE, max(1, BATCH_BYTES // content.nbytes))
            self._ahead = min(BATCH_SIZE, AHEAD_BYTES // content.nbytes)
            self._taken(found)
        return found.name, content


def images(
    paths: Iterable[str | Path | Input | SkippedItem], remarks: Remarks, *, wanted: str = "predict"
) -> Iterator[Input | SkippedItem]:
    """Yield the images behind paths, or why one cannot be used; whatever training takes is taken, without labels.

    Args:
        paths: image files; folders, of which all files named like images are taken, subfolders and links included;
            archives; and what else a source reads, such as tables of paths. An `Input` is one image, as it is.
        remarks: gets what is skipped.
        wanted: what they are for, a verb.

    Raises:
        DataError: there was nothing at all.
    """
    anything = False
    for found in (found for path in paths for found in _behind(path, remarks)):
        if isinstance(found, SkippedItem) and found.kind not in UNANSWERED:
            remarks.skipped.append(found)
            continue
        anything = True
        yield found
    if not anything:
        raise DataError(f"There is nothing to {wanted}: {_why(remarks)}.")


def _why(remarks: Remarks) -> str:
    skipped = "; ".join(map(str, by_reason(remarks.skipped)))
    return f"no images, only {skipped}" if skipped else "name image files, or folders that have some"


def _behind(given: str | Path | Input | SkippedItem, remarks: Remarks) -> Iterator[Input | SkippedItem]:
    """Yield what is behind one path; where it cannot be used, the others are answered all the same."""
    if isinstance(given, Input | SkippedItem):
        yield given
        return
    path = Path(given)
    try:
        if path.is_dir():
            yield from _in_folder(path, remarks, name=lambda file: str(Path(file)))
        elif "\0" in str(path):
            yield SkippedItem(str(path), "no name of a file: it has a zero byte.")
        elif ending(path.name) in CONTAINERS and path.is_file():
            yield from _in_container(path, remarks)
        else:
            yield Input(printable(str(path)), path)
    except DataError as error:
        yield SkippedItem(printable(str(path)), str(error))
    except OSError as error:  # a name that is too long
        yield SkippedItem(printable(str(path)), f"{error.strerror}.")


def _in_folder(folder: Path, remarks: Remarks, *, name: Callable[[str], str]) -> Iterator[Input | SkippedItem]:
    """Yield the images below a folder; where no file is named like one, a source may know it: idx files, batches."""
    anything, others = False, list[SkippedItem]()
    for file in files_below(folder):
        aside = file if isinstance(file, SkippedItem) else skipped_by_ending(file)
        named = printable(name(aside.name if aside else str(file)))
        if aside and aside.kind not in UNANSWERED:
            others.append(replace(aside, name=named))
            continue
        anything = True
        yield replace(aside, name=named) if aside else Input(named, Path(str(file)))
    listing = None if anything else recognition.unlabelled(folder)
    yield from others if listing is None else _listed(listing, remarks)


def _in_container(path: Path, remarks: Remarks) -> Iterator[Input | SkippedItem]:
    if recognition.may_read("archive", path):
        folder = registry.load("sources", "archive").unpacked(path, quiet=True)
        yield from _in_folder(folder, remarks, name=lambda file: Path(file).relative_to(folder).as_posix())
        return
    listing = recognition.unlabelled(path)
    yield from [Input(printable(str(path)), path)] if listing is None else _listed(listing, remarks)


def _listed(listing: Listing, remarks: Remarks) -> Iterator[Input | SkippedItem]:
    remarks.notes += listing.notes
    yield from listing.skipped_items
    for row, name in enumerate(listing.names.tolist()):
        yield Input(name, Path(listing.files[row]) if listing.pixels is None else listing.pixels[row])
