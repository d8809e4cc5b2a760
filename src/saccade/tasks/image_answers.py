"""Answers for images on the command line: names from standard input, and what was skipped."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import click

from saccade.core.dataset import Dataset, SkippedItem
from saccade.core.errors import DataError
from saccade.core.skipped_files import by_reason


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


def print_skipped(skipped: list[Any], answered: int, remarks: Any) -> None:
    """Say on standard error what was skipped, by reason; raises DataError when images are among it."""
    for note in remarks.notes:
        click.echo(f"note: {note}", err=True)
    unread = [each for each in skipped if each.kind == "format"]
    for reason in by_reason([*unread, *remarks.skipped]):
        click.echo(f"skipped: {reason}.", err=True)
    if skipped and answered:
        count = f"{len(skipped):,} of {len(skipped) + answered:,} files"
        raise DataError(f"{count} could not be read as an image; the others are answered.")
    if skipped:
        why = "; ".join(reason.what for reason in by_reason(skipped))
        which = "The file could not" if len(skipped) == 1 else f"None of the {len(skipped):,} files could"
        raise DataError(f"{which} be read as an image: {why}.")


def names(images: tuple[str, ...]) -> Iterator[str]:
    """Yield names of files and folders; "-" stands for those on standard input, a line each."""
    for image in images:
        if image == "-":
            yield from (line.rstrip("\r\n") for line in sys.stdin if line.strip())
        else:
            yield image


def describe_skipped(dataset: Dataset) -> None:
    """Print notes, and what was skipped by reason."""
    for note in dataset.notes:
        click.echo(f"  note: {note}")
    for reason in by_reason(dataset.skipped_items):
        click.echo(f"  skipped: {reason}.")
