"""What `saccade predict` prints of pictures."""

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


def predict_pictures(predictor: Any, pictures: tuple[str, ...], *, form: str, abstain: float | None) -> None:
    """Print class and probability of each picture as they come; raises DataError when some could not be read."""
    from saccade.data.dataset import SetAside
    from saccade.errors import DataError

    write = WRITERS[form](predictor.classes)
    bad = answered = 0
    for name, answer in predictor.predict_files(names(pictures), abstain=abstain):
        if isinstance(answer, SetAside):
            bad += 1
            click.echo(f"{name}: {answer.reason}", err=True)
        else:
            answered += 1
            write(name, answer)
    if bad and answered:
        raise DataError(f"{bad} of {bad + answered} files could not be read as a picture; the others are answered.")
    if bad:
        raise DataError(f"None of the {bad} files could be read as a picture.")


def names(pictures: tuple[str, ...]) -> Iterator[str]:
    """Yield names of files and folders; "-" stands for those on standard input, a line each."""
    for picture in pictures:
        if picture == "-":
            yield from (line.rstrip("\r\n") for line in sys.stdin if line.strip())
        else:
            yield picture


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
