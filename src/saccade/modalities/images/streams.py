"""Images in a stream: found, read and answered in batches, while more are still being named."""

import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from saccade.core import registry
from saccade.core.arrays import Array
from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.skipped_files import by_reason
from saccade.modalities.images import recognition
from saccade.modalities.images.file_kinds import ending, skipped_by_ending
from saccade.modalities.images.file_search import files_below, printable
from saccade.modalities.images.listing import Listing

Answers = TypeVar("Answers")
One = TypeVar("One")

BATCH_SIZE = 64

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


Read = Callable[[Input, Remarks], NDArray[np.uint8] | SkippedItem]


def answered(
    answer: Callable[[Array], Answers],
    interpret: Callable[[Answers], list[One]],
    paths: Iterable["str | Path | Input | SkippedItem"],
    read: Read,
    remarks: Remarks | None = None,
) -> Iterator[tuple[str, One | SkippedItem]]:
    """Yield (name, answer) for each image, in order, while the paths are still being named.

    Args:
        answer: gives what a network makes of images (n, h, w, c), uint8.
        interpret: turns that into an answer an image.
        paths: as for `images`; may be endless.
        read: gives one image (h, w, c), or why there is none.
        remarks: is filled; None gives a warning at the end, where more than files that are no images is skipped.

    Raises:
        DataError: there was nothing at all to predict.
    """
    said = Remarks() if remarks is None else remarks
    waiting: list[tuple[str, NDArray[np.uint8] | SkippedItem]] = []
    answered_at = float("-inf")  # the first image is answered at once
    for found in images(paths, said):
        waiting.append((found.name, found if isinstance(found, SkippedItem) else read(found, said)))
        if len(waiting) == BATCH_SIZE or time.monotonic() - answered_at > PATIENCE_SECONDS:
            yield from _answer_all(answer, interpret, waiting)
            waiting, answered_at = [], time.monotonic()
    yield from _answer_all(answer, interpret, waiting)
    if remarks is None and (said.notes or any(each.kind != "other" for each in said.skipped)):
        warnings.warn(str(said), stacklevel=2)


def _answer_all(
    answer: Callable[[Array], Answers],
    interpret: Callable[[Answers], list[One]],
    waiting: list[tuple[str, NDArray[np.uint8] | SkippedItem]],
) -> Iterator[tuple[str, One | SkippedItem]]:
    read = [content for _, content in waiting if not isinstance(content, SkippedItem)]
    answers = iter(interpret(answer(np.stack(read))) if read else [])
    for name, content in waiting:
        yield name, content if isinstance(content, SkippedItem) else next(answers)


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
