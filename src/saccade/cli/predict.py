"""Say what new pictures show."""

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

LEAST_SHOWN = 0.001
"""The table leaves out classes that are less probable; JSON and CSV give all."""

UNDECIDED = "undecided"
"""Stands in the table for a class where the network had better not answer; CSV has nothing there, JSON null."""


def _share(text: str) -> float:
    """Read "1%" or "0.01"."""
    try:
        return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        raise click.BadParameter(f"expected a share such as 1% or 0.01, found {text!r}") from None


@click.command("predict")
@click.argument("source", type=click.Path(path_type=Path), metavar="RUN|FILE.onnx")
@click.argument("pictures", nargs=-1, required=True)
@click.option("--json", "form", flag_value="json", help="A JSON object a picture.")
@click.option("--csv", "form", flag_value="csv", help="CSV with every probability.")
@click.option(
    "--table",
    "form",
    flag_value="table",
    default="table",
    help="Lines to read; classes under 0.001 left out. [default]",
)
@click.option(
    "--abstain",
    type=_share,
    metavar="ERROR",
    help="Leave undecided what would be wrong more often than this (1% or 0.01), as far as validation can tell.",
)
def command(source: Path, pictures: tuple[str, ...], form: str, abstain: float | None) -> None:
    """Print class and probability for PICTURES: files, folders, or - for file names on standard input.

    An exported file (saccade export) needs no run. It is also what answers for a run that has one in ONNX, so that
    TensorFlow, which takes seconds to start, is not needed.

    Answers are printed as they come. A file that is no picture is named on standard error and does not stop the rest;
    the exit status is then 2, when all others are answered.
    """
    from saccade.cli._opening import opened
    from saccade.data.dataset import SetAside
    from saccade.errors import DataError

    predictor = opened(source)
    classes = predictor.classes
    write = {"json": _write_json, "csv": _csv_writer(classes), "table": _table_writer(classes)}[form]
    bad = answered = 0
    for name, answer in predictor.predict_files(_names(pictures), abstain=abstain):
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


def _names(pictures: tuple[str, ...]) -> Iterator[str]:
    for picture in pictures:
        if picture == "-":
            yield from (line.rstrip("\r\n") for line in sys.stdin if line.strip())
        else:
            yield picture


def _write_json(name: str, answer: Any) -> None:
    content = {"file": name, "class": answer.label if answer.decided else None, "probability": answer.probability}
    click.echo(json.dumps({**content, "probabilities": answer.probabilities}, ensure_ascii=False))


def _csv_writer(classes: Sequence[str]) -> Any:
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


def _table_writer(classes: Sequence[str]) -> Any:
    width = max(len(label) for label in (*classes, UNDECIDED))

    def write(name: str, answer: Any) -> None:
        said = answer.label if answer.decided else UNDECIDED
        others = [item for item in answer.probabilities.items() if item[0] != said and item[1] >= LEAST_SHOWN]
        rest = "  ".join(
            f"{label} {probability:.3f}" for label, probability in sorted(others, key=lambda item: -item[1])
        )
        click.echo(f"{said:<{width}}  {answer.probability:.3f}  {name}" + (f"   ({rest})" if rest else ""))

    return write
