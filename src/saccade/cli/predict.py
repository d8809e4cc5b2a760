"""Say what new images show, or which rows of a table are strange and why."""

from pathlib import Path
from typing import Any

import click


def _share(text: str) -> float:
    """Read "1%" or "0.01"."""
    try:
        return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        raise click.BadParameter(f"expected a share such as 1% or 0.01, found {text!r}") from None


@click.command("predict")
@click.argument("source", type=click.Path(path_type=Path), metavar="RUN|FILE.onnx")
@click.argument("inputs", nargs=-1, required=True, metavar="IMAGES...|TABLE")
@click.option("--json", "form", flag_value="json", help="A JSON object an image or row.")
@click.option("--csv", "form", flag_value="csv", help="CSV with every probability; of rows score, p-value, reasons.")
@click.option(
    "--table",
    "form",
    flag_value="table",
    default="table",
    help="Lines to read; classes under 0.001 left out; of rows the alarms only. [default]",
)
@click.option(
    "--abstain",
    type=_share,
    metavar="ERROR",
    help="Leave undecided what would be wrong more often than this (1% or 0.01), as far as validation can tell.",
)
@click.option("--only-alarms", is_flag=True, help="Of rows, also with --json and --csv.")
@click.option(
    "--anomaly-maps",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Of a run that looks for anomalies in images: draw an image for each, of where.",
)
@click.option("--threshold", type=float, metavar="SCORE", help="Of a run that finds objects: the least score of a box.")
@click.option("--coco", type=click.Path(path_type=Path), metavar="FILE", help="Of such a run: all boxes as COCO JSON.")
@click.option(
    "--yolo",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Of such a run: the boxes of each image as a YOLO text file.",
)
@click.option(
    "--draw",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Of such a run: each image with its boxes drawn on it.",
)
def command(
    source: Path,
    inputs: tuple[str, ...],
    form: str,
    abstain: float | None,
    only_alarms: bool,
    anomaly_maps: Path | None,
    **of_objects: Any,
) -> None:
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
    from saccade.cli._opening import opened
    from saccade.tasks import base

    predictor = opened(source)
    given = {"abstain": abstain, "only_alarms": only_alarms or None, "anomaly_maps": anomaly_maps, **of_objects}
    task = base.named(predictor.task, predictor.modality)
    options = {key: value for key, value in given.items() if value is not None}
    task.refuse_options(options, task.predict_options, source)
    task.print_predictions(predictor, source, inputs, form=form, **options)
