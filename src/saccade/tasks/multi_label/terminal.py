"""A multi-label classifier on the command line: what describes its data, prints its answers and shows its inside."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saccade.core.dataset import SPLITS
from saccade.core.safe_json import Json
from saccade.modalities.images.streams import Remarks
from saccade.tasks.image_answers import Write, csv_writer, describe_images, json_writer, names, print_answers
from saccade.tasks.image_batches import answer_images
from saccade.tasks.image_inspection_terminal import inspect_open
from saccade.tasks.multi_label.reading import JOINT

if TYPE_CHECKING:  # a machine that only predicts has not all that data sets need
    from saccade.core.run import Run
    from saccade.tasks.multi_label.predictor import Labels, MultiLabelPredictor
    from saccade.tasks.multi_label.tagged_images import TaggedImages

NO_LABEL = "–"
"""Stands in the table for no label; CSV has nothing there, JSON an empty list."""

NOTHING: dict[str, Any] = {"labels": None, "probabilities": {}}
"""What JSON says of an image that cannot be read."""


def describe(dataset: "TaggedImages") -> None:
    """Print size, shape, labels, splits, notes, and what was skipped."""
    count = sum(len(dataset.rows(split)) for split in SPLITS)
    mean = sum(int(dataset.of(split).sum()) for split in SPLITS) / max(1, count)
    describe_images(dataset, f"{len(dataset.tags)} labels, {mean:.2f} an image")


def predict_images(predictor: "MultiLabelPredictor", source: object, images: Sequence[str], *, form: str) -> None:
    """Print the labels of each image as they come; raises DataError when some could not be read."""
    header = ("labels", *(f"p_{label}" for label in predictor.classes))
    writers = {"json": json_writer(_fields), "csv": csv_writer(header, _cells)}
    remarks = Remarks()
    answers = predictor.predict_files(names(images), remarks=remarks)
    write: Write = writers.get(form, _print)
    print_answers(answers, write, remarks, nothing=NOTHING if form == "json" else None)


def answer_batch(
    predictor: "MultiLabelPredictor", columns: Mapping[str, Sequence[Any]], *, column: str
) -> Iterator[Json]:
    """Yield what JSON says of each image that a column names or holds."""
    return answer_images(predictor, columns, column=column, fields=_fields)


def _fields(answer: "Labels") -> dict[str, Any]:
    return {"labels": list(answer.labels), "probabilities": answer.probabilities}


def _cells(answer: "Labels") -> list[str]:
    return [JOINT.join(answer.labels), *(f"{number:.6f}" for number in answer.probabilities.values())]


def _print(name: str, answer: "Labels") -> None:
    found = ", ".join(f"{label} {answer.probabilities[label]:.3f}" for label in answer.labels)
    click.echo(f"{found or NO_LABEL}  {name}")


def inspect_images(run: "Run", images: tuple[str, ...], **options: Any) -> Path | None:
    """Write a page on one image, on what differs between several, or on all data; return its path."""
    return inspect_open(run, images, noun="label", **options)
