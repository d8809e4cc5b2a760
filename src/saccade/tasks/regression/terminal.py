"""A regression on the command line: what describes its data and prints its answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saccade.core.safe_json import Json
from saccade.modalities.images.streams import Remarks
from saccade.tasks.image_answers import Write, csv_writer, describe_images, json_writer, names, print_answers
from saccade.tasks.image_batches import answer_images
from saccade.tasks.image_inspection_terminal import inspect_open

if TYPE_CHECKING:  # a machine that only predicts has not all that data sets need
    from saccade.core.run import Run
    from saccade.tasks.regression.measured_images import MeasuredImages
    from saccade.tasks.regression.predictor import Estimate, RegressionPredictor

NOTHING = {"value": None, "low": None, "high": None, "coverage": None}
"""What JSON says of an image that cannot be read."""


def describe(dataset: "MeasuredImages") -> None:
    """Print size, shape, range of the numbers, splits, notes, and what was skipped."""
    found = dataset.numbers
    about = f"'{dataset.target}' from {found.min():.6g} to {found.max():.6g}, mean {found.mean():.6g}"
    describe_images(dataset, about)


def predict_images(predictor: "RegressionPredictor", source: object, images: Sequence[str], *, form: str) -> None:
    """Print number and interval of each image as they come; raises DataError when some could not be read."""
    writers = {"json": json_writer(asdict), "csv": csv_writer((predictor.target, "low", "high"), _cells)}
    remarks = Remarks()
    answers = predictor.predict_files(names(images), remarks=remarks)
    write: Write = writers.get(form, _print)
    print_answers(answers, write, remarks, nothing=NOTHING if form == "json" else None)


def answer_batch(
    predictor: "RegressionPredictor", columns: Mapping[str, Sequence[Any]], *, column: str
) -> Iterator[Json]:
    """Yield what JSON says of each image that a column names or holds."""
    return answer_images(predictor, columns, column=column, fields=asdict)


def _cells(answer: "Estimate") -> list[str]:
    return ["" if number is None else f"{number:.9g}" for number in (answer.value, answer.low, answer.high)]


def _print(name: str, answer: "Estimate") -> None:
    interval = "" if answer.low is None else f"({answer.low:.5g} to {answer.high:.5g})"
    click.echo(f"{answer.value:>10.5g}  {interval:<24}  {name}")


def inspect_images(run: "Run", images: tuple[str, ...], **options: Any) -> Path | None:
    """Write a page on one image, on what differs between several, or on all data; return its path."""
    return inspect_open(run, images, noun="number", **options)
