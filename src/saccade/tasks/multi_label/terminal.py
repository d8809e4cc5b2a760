"""A multi-label classifier on the command line: what describes its data and prints its answers."""

import csv
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from saccade.core.dataset import SPLITS
from saccade.modalities.images.streams import Remarks
from saccade.tasks.image_answers import describe_skipped, names, print_skipped, unskipped
from saccade.tasks.multi_label.reading import JOINT
from saccade.tasks.multi_label.tagged_images import TaggedImages

Write = Callable[[str, Any], None]

NOTHING = "–"
"""Stands in the table for no label; CSV has nothing there, JSON an empty list."""


def describe(dataset: TaggedImages) -> None:
    """Print size, shape, labels, splits, notes, and what was skipped."""
    sizes = {split: len(dataset.rows(split)) for split in SPLITS}
    height, width, channels = dataset.image_shape
    mean = sum(int(dataset.of(split).sum()) for split in SPLITS) / max(1, sum(sizes.values()))
    click.echo(
        f"{dataset.name}: {sum(sizes.values()):,} images of {height}×{width}×{channels}, {len(dataset.tags)} labels, "
        f"{mean:.2f} an image"
    )
    click.echo(f"  {', '.join(f'{size:,} {split}' for split, size in sizes.items())}")
    describe_skipped(dataset)


def predict_images(predictor: Any, images: Sequence[str], *, form: str) -> None:
    """Print the labels of each image as they come; raises DataError when some could not be read."""
    write, remarks = WRITERS[form](predictor.classes), Remarks()
    answers = predictor.predict_files(names(tuple(images)), remarks=remarks)
    nothing: dict[str, Any] = {"labels": None, "probabilities": {}}
    skipped, answered = list[Any](), 0
    for name, answer in unskipped(answers, skipped, nothing if form == "json" else None):
        answered += 1
        write(name, answer)
    print_skipped(skipped, answered, remarks)


def _json_writer(classes: Sequence[str]) -> Write:
    del classes  # every answer names them

    def write(name: str, answer: Any) -> None:
        content = {"file": name, "labels": list(answer.labels), "probabilities": answer.probabilities}
        click.echo(json.dumps(content, ensure_ascii=False))

    return write


def _csv_writer(classes: Sequence[str]) -> Write:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    started: list[bool] = []

    def write(name: str, answer: Any) -> None:
        if not started:
            writer.writerow(["file", "labels", *(f"p_{label}" for label in classes)])
            started.append(True)
        numbers = (f"{number:.6f}" for number in answer.probabilities.values())
        writer.writerow([name, JOINT.join(answer.labels), *numbers])
        sys.stdout.flush()

    return write


def _table_writer(classes: Sequence[str]) -> Write:
    del classes

    def write(name: str, answer: Any) -> None:
        said = ", ".join(f"{label} {answer.probabilities[label]:.3f}" for label in answer.labels)
        click.echo(f"{said or NOTHING}  {name}")

    return write


WRITERS: dict[str, Callable[[Sequence[str]], Write]] = {
    "json": _json_writer,
    "csv": _csv_writer,
    "table": _table_writer,
}
