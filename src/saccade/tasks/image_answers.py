"""Answers for images on the command line: names from standard input, and what was skipped."""

import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from saccade.core.dataset import SPLITS, Dataset, SkippedItem
from saccade.core.errors import DataError
from saccade.core.skipped_files import by_reason
from saccade.modalities.images.streams import Remarks

if TYPE_CHECKING:  # a machine that only predicts has not all that data sets need
    from saccade.modalities.images.dataset import ImageDataset

Write = Callable[[str, Any], None]
"""Prints (name, answer)."""


def unskipped(
    answers: Iterator[tuple[str, Any]], skipped: list[Any], nothing: dict[str, Any] | None
) -> Iterator[tuple[str, Any]]:
    """Yield the images that are answered; the others are collected, and named on standard error.

    Args:
        answers: (name, answer or SkippedItem).
        skipped: gets the images that are not answered.
        nothing: what JSON says in place of an answer, so that no image is missing there; None prints none.
    """
    for name, answer in answers:
        if not isinstance(answer, SkippedItem):
            yield name, answer
            continue
        skipped.append(answer)
        if nothing is not None:
            click.echo(json.dumps({"file": name, **nothing, "skipped": answer.reason}, ensure_ascii=False))
        if answer.kind != "format":  # these are said by reason: a folder may have thousands
            click.echo(f"{name}: {answer.reason}", err=True)


def print_answers(
    answers: Iterator[tuple[str, Any]], write: Write, remarks: Remarks, *, nothing: dict[str, Any] | None
) -> int:
    """Print answers as they come and return how many; raises DataError when some images could not be read.

    Args:
        answers: (name, answer or SkippedItem).
        write: prints one.
        remarks: what gets no answer besides, once all have come.
        nothing: as in `unskipped`.
    """
    skipped, answered = list[Any](), 0
    for name, answer in unskipped(answers, skipped, nothing):
        answered += 1
        write(name, answer)
    print_skipped(skipped, answered, remarks)
    return answered


def json_writer(fields: Callable[[Any], Mapping[str, Any]]) -> Write:
    """Return what prints an answer as a line of JSON: its file, and these fields of it."""

    def write(name: str, answer: Any) -> None:
        click.echo(json.dumps({"file": name, **fields(answer)}, ensure_ascii=False))

    return write


def csv_writer(header: Sequence[str], cells: Callable[[Any], Sequence[object]]) -> Write:
    """Return what prints an answer as a row of CSV: its file, and these cells of it; the header before the first."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    started: list[bool] = []

    def write(name: str, answer: Any) -> None:
        if not started:
            writer.writerow(["file", *header])
            started.append(True)
        writer.writerow([name, *cells(answer)])
        sys.stdout.flush()

    return write


def print_skipped(skipped: list[Any], answered: int, remarks: Remarks) -> None:
    """Say on standard error what was skipped, by reason; raises DataError when images are among it."""
    for note in remarks.notes:
        click.echo(f"note: {note}", err=True)
    unread = [each for each in skipped if each.kind == "format"]
    for reason in by_reason([*unread, *remarks.skipped]):
        click.echo(f"skipped: {reason}.", err=True)
    if skipped and answered:
        count = f"{len(skipped):,} of {len(skipped) + answered:,} files"
        raise DataError(f"{count} could not be read as an image; the others are answered.")
    if skipped:  # each was printed with its reason
        which = "The file could not" if len(skipped) == 1 else f"None of the {len(skipped):,} files could"
        raise DataError(f"{which} be read as an image.")


def names(images: Sequence[str]) -> Iterator[str]:
    """Yield names of files and folders; "-" stands for those on standard input, a line each."""
    for image in images:
        if image == "-":
            yield from (line.rstrip("\r\n") for line in sys.stdin if line.strip())
        else:
            yield image


def describe_images(dataset: "ImageDataset", what: str) -> None:
    """Print size and shape, what is asked of the images, their splits, notes, and what was skipped."""
    sizes = {split: len(dataset.rows(split)) for split in SPLITS}
    shape = "×".join(map(str, dataset.image_shape))
    click.echo(f"{dataset.name}: {sum(sizes.values()):,} images of {shape}, {what}")
    click.echo(f"  {', '.join(f'{size:,} {split}' for split, size in sizes.items())}")
    describe_skipped(dataset)


def describe_skipped(dataset: Dataset) -> None:
    """Print notes, and what was skipped by reason."""
    for note in dataset.notes:
        click.echo(f"  note: {note}")
    for reason in by_reason(dataset.skipped_items):
        click.echo(f"  skipped: {reason}.")
