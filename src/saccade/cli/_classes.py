"""What `saccade predict` prints of images."""

import csv
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click

LEAST_SHOWN = 0.001
"""The table leaves out classes that are less probable; JSON and CSV give all."""

UNDECIDED = "undecided"
"""Stands in the table for a class where the network had better not answer; CSV has nothing there, JSON null."""

Write = Callable[[str, Any], None]


def predict_images(predictor: Any, images: tuple[str, ...], *, form: str, abstain: float | None) -> None:
    """Print class and probability of each image as they come; raises DataError when some could not be read."""
    from saccade.inference import Remarks

    write, remarks = WRITERS[form](predictor.classes), Remarks()
    answers = predictor.predict_files(names(images), abstain=abstain, remarks=remarks)
    nothing: dict[str, Any] = {"class": None, "probability": None, "probabilities": {}}
    skipped, answered = list[Any](), 0
    for name, answer in unskipped(answers, skipped, nothing if form == "json" else None):
        answered += 1
        write(name, answer)
    print_skipped(skipped, answered, remarks)


def unskipped(
    answers: Iterator[tuple[str, Any]], skipped: list[Any], nothing: dict[str, Any] | None
) -> Iterator[tuple[str, Any]]:
    """Yield the images that are answered; the others are collected, and named on standard error.

    Args:
        answers: (name, answer or SkippedItem).
        skipped: gets the images that are not answered.
        nothing: what JSON says in place of an answer, so that no image is missing there; None prints none.
    """
    from saccade.core.dataset import SkippedItem

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
    from saccade.core.errors import DataError
    from saccade.core.skipped_files import by_reason

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
        raise DataError(f"None of the {len(skipped):,} files could be read as an image: {why}.")


def names(images: tuple[str, ...]) -> Iterator[str]:
    """Yield names of files and folders; "-" stands for those on standard input, a line each."""
    for image in images:
        if image == "-":
            yield from (line.rstrip("\r\n") for line in sys.stdin if line.strip())
        else:
            yield image


def _json_writer(classes: Sequence[str]) -> Write:
    del classes  # every answer names them

    def write(name: str, answer: Any) -> None:
        content = {"file": name, "class": answer.label if answer.decided else None, "probability": answer.probability}
        click.echo(json.dumps({**content, "probabilities": answer.probabilities}, ensure_ascii=False))

    return write


def _csv_writer(classes: Sequence[str]) -> Write:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    started: list[bool] = []

    def write(name: str, answer: Any) -> None:
        if not started:
            writer.writerow(["file", "class", "probability", *(f"p_{label}" for label in classes)])
            started.append(True)
        numbers = (answer.probability, *answer.probabilities.values())
        writer.writerow([name, answer.label if answer.decided else "", *(f"{number:.6f}" for number in numbers)])
        sys.stdout.flush()

    return write


def _table_writer(classes: Sequence[str]) -> Write:
    width = max(len(label) for label in (*classes, UNDECIDED))

    def write(name: str, answer: Any) -> None:
        said = answer.label if answer.decided else UNDECIDED
        others = [item for item in answer.probabilities.items() if item[0] != said and item[1] >= LEAST_SHOWN]
        rest = "  ".join(
            f"{label} {probability:.3f}" for label, probability in sorted(others, key=lambda item: -item[1])
        )
        click.echo(f"{said:<{width}}  {answer.probability:.3f}  {name}" + (f"   ({rest})" if rest else ""))

    return write


WRITERS: dict[str, Callable[[Sequence[str]], Write]] = {
    "json": _json_writer,
    "csv": _csv_writer,
    "table": _table_writer,
}
