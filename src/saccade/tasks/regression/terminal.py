"""A regression on the command line: what describes its data and prints its answers."""

import csv
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import click

from saccade.core.dataset import SPLITS
from saccade.modalities.images.streams import Remarks
from saccade.tasks.image_answers import describe_skipped, names, print_skipped, unskipped
from saccade.tasks.regression.measured_images import MeasuredImages

Write = Callable[[str, Any], None]


def describe(dataset: MeasuredImages) -> None:
    """Print size, shape, range of the numbers, splits, notes, and what was skipped."""
    sizes = {split: len(dataset.rows(split)) for split in SPLITS}
    height, width, channels = dataset.image_shape
    targets = dataset.numbers
    click.echo(
        f"{dataset.name}: {sum(sizes.values()):,} images of {height}×{width}×{channels}, '{dataset.target}' from "
        f"{targets.min():.6g} to {targets.max():.6g}, mean {targets.mean():.6g}"
    )
    click.echo(f"  {', '.join(f'{size:,} {split}' for split, size in sizes.items())}")
    describe_skipped(dataset)


def predict_images(predictor: Any, images: Sequence[str], *, form: str) -> None:
    """Print number and interval of each image as they come; raises DataError when some could not be read."""
    write, remarks = WRITERS[form](predictor.target), Remarks()
    answers = predictor.predict_files(names(tuple(images)), remarks=remarks)
    nothing: dict[str, Any] = {"value": None, "low": None, "high": None, "coverage": None}
    skipped, answered = list[Any](), 0
    for name, answer in unskipped(answers, skipped, nothing if form == "json" else None):
        answered += 1
        write(name, answer)
    print_skipped(skipped, answered, remarks)


def _json_writer(target: str) -> Write:
    del target  # as the fields are called whatever the target

    def write(name: str, answer: Any) -> None:
        click.echo(json.dumps({"file": name, **asdict(answer)}, ensure_ascii=False))

    return write


def _csv_writer(target: str) -> Write:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    started: list[bool] = []

    def write(name: str, answer: Any) -> None:
        if not started:
            writer.writerow(["file", target, "low", "high"])
            started.append(True)
        ends = ["" if end is None else f"{end:.9g}" for end in (answer.low, answer.high)]
        writer.writerow([name, f"{answer.value:.9g}", *ends])
        sys.stdout.flush()

    return write


def _table_writer(target: str) -> Write:
    del target

    def write(name: str, answer: Any) -> None:
        interval = "" if answer.low is None else f"({answer.low:.5g} to {answer.high:.5g})"
        click.echo(f"{answer.value:>10.5g}  {interval:<24}  {name}")

    return write


WRITERS: dict[str, Callable[[str], Write]] = {"json": _json_writer, "csv": _csv_writer, "table": _table_writer}
