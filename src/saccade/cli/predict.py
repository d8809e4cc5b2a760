"""Say what new images show, or which rows of a table are strange and why."""

from pathlib import Path
from typing import Any

import click

from saccade.cli._opening import FASTEST, opened
from saccade.cli._task_options import given_options, known_options, options_of_tasks, refuse_no_inputs


@click.command("predict")
@click.argument("source", type=click.Path(path_type=Path), metavar="RUN|FILE.onnx")
@click.argument("inputs", nargs=-1, metavar="IMAGES...|TABLE")
@click.option("--json", "form", flag_value="json", help="A JSON object an image or row.")
@click.option("--csv", "form", flag_value="csv", help="CSV with every probability; of rows score, p-value, reasons.")
@click.option(
    "--table",
    "form",
    flag_value="table",
    default="table",
    help="Lines to read; classes under 0.001 left out; of rows the alarms only. [default]",
)
@click.option("--fastest", is_flag=True, help=FASTEST)
@options_of_tasks("predict")
def command(source: Path, inputs: tuple[str, ...], form: str, fastest: bool, **of_tasks: Any) -> None:
    """Print class and probability for IMAGES: files, folders, archives, or - for file names on standard input.

    Whatever else training takes, such as tables of paths, is taken too, and needs no labels. Links are followed.

    A run of a table takes a TABLE instead (.csv, .csv.gz, .parquet, .npz) and prints the rows that are alarms, each
    with the columns that make up most of its score.

    A run that looks for anomalies in IMAGES prints for each whether it is an alarm, its score and its p-value; with
    --anomaly-maps, images of what does not belong are drawn.

    A run that finds objects prints a line a box: class, score, and left, top, right and bottom in pixels of the image;
    --coco, --yolo and --draw keep the same boxes as files.

    An exported file (saccade export) needs no run. It is also what answers for a run that has one in ONNX, so that
    TensorFlow, which takes seconds to start, is not needed.

    Answers are printed as they come. An image that cannot be read is said on standard error and does not stop the
    rest; the exit status is then 2, when all others are answered, and --json has a line with "skipped" for it. Files in
    a folder that are no images by their name, and pages after the first of a file, are only said on standard error.
    Rows that cannot be read are named and counted there.
    """
    from saccade.tasks import base

    predictor = opened(source, fastest="in_batch" if fastest else "")
    task, options = base.named(predictor.task, predictor.modality), given_options(of_tasks)
    task.refuse_options(options, known_options(task, "predict"), source)
    refuse_no_inputs(task, inputs, options)
    task.print_predictions(predictor, source, inputs, form=form, **options)
