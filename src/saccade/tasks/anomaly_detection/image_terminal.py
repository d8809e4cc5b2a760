"""Anomaly detection in images on the command line: what describes them, prints answers and draws where."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.safe_json import Json
from saccade.modalities.images.streams import Remarks
from saccade.modalities.tables.table import TABLE_SPLITS
from saccade.tasks.image_answers import (
    Write,
    csv_writer,
    describe_skipped,
    json_writer,
    names,
    print_skipped,
    unskipped,
)
from saccade.tasks.image_batches import answer_images

if TYPE_CHECKING:  # a machine that only predicts has not all that data sets need
    from saccade.core.run import Run
    from saccade.tasks.anomaly_detection.anomaly_map import Verdict
    from saccade.tasks.anomaly_detection.image_predictor import ImageAnomalyPredictor
    from saccade.tasks.anomaly_detection.one_class_images import OneClassImages
    from saccade.tasks.anomaly_detection.threshold import Threshold

NOTHING = {"alarm": None, "score": None, "p_value": None}
"""What JSON says of an image that cannot be read."""


def describe(images: "OneClassImages") -> None:
    """Print size, which class is normal, the splits and the notes."""
    from saccade.tasks.anomaly_detection.row_terminal import in_split

    height, width, channels = images.image_shape
    click.echo(f"{images.name}: {len(images):,} images of {height}×{width}×{channels}, '{images.normal}' is normal")
    splits = []
    for split in TABLE_SPLITS:
        normal = len(images.normal_rows(split))
        counts = {"normal": normal, "unknown": 0, "anomaly": len(images.rows(split)) - normal}
        splits += [in_split(split, counts)] if sum(counts.values()) else []
    click.echo(f"  {'; '.join(splits)}")
    describe_skipped(images)


def predict_images(
    judge: "ImageAnomalyPredictor",
    source: object,
    images: Sequence[str],
    *,
    form: str,
    only_alarms: bool = False,
    anomaly_maps: Path | None = None,
) -> None:
    """Print what is said of each image as they come; raises DataError when some could not be read.

    Args:
        judge: a ImageAnomalyPredictor.
        source: the run or the file.
        images: files, folders, or "-".
        form: "table", "csv" or "json".
        only_alarms: leave the others out.
        anomaly_maps: a folder for a drawing of each.
    """
    writers = {"json": json_writer(_fields), "csv": csv_writer(("alarm", "score", "p_value"), _cells)}
    write: Write = writers.get(form, _print)
    remarks = Remarks()
    drawn = _drawn(judge, images, anomaly_maps, remarks) if anomaly_maps else None
    answers = drawn or judge.predict_files(names(images), remarks=remarks)
    skipped, answered, alarms = list[Any](), 0, 0
    for name, verdict in unskipped(answers, skipped, NOTHING if form == "json" else None):
        answered, alarms = answered + 1, alarms + verdict.alarm
        if verdict.alarm or not only_alarms:
            write(name, verdict)
    if answered:
        click.echo(_summary(judge.threshold, answered, alarms, anomaly_maps), err=True)
    print_skipped(skipped, answered, remarks)


def _drawn(
    judge: "ImageAnomalyPredictor", images: Sequence[str], folder: Path, remarks: Remarks
) -> Iterator[tuple[str, "Verdict | SkippedItem"]]:
    """Yield (name, verdict) for each image, and draw where it does not belong into the folder.

    A run also shows how the image would look if it were normal.
    """
    from saccade.tasks.anomaly_detection.anomaly_maps import Locator, save  # draws with Matplotlib

    taken: set[str] = set()
    for found in (judge if judge.run is None else Locator(judge.run)).map_files(names(images), remarks=remarks):
        if isinstance(found, SkippedItem):
            yield found.name, found
            continue
        save(found, folder / _file_name(found.name, taken))
        yield found.name, found.verdict


def _file_name(name: str, taken: set[str]) -> str:
    """Return "scratch-000.png" for test/scratch/000.png, and a number behind it when that is taken."""
    path = Path(name)
    stem = f"{path.parent.name}-{path.stem}".lstrip("-.")
    number = next(number for number in range(1, len(taken) + 2) if _numbered(stem, number) not in taken)
    taken.add(_numbered(stem, number))
    return _numbered(stem, number)


def _numbered(stem: str, number: int) -> str:
    return f"{stem}.png" if number == 1 else f"{stem}-{number}.png"


def _summary(threshold: "Threshold", images: int, alarms: int, anomaly_maps: Path | None) -> str:
    expected = threshold.expected_alarms(images)
    drawn = f" Drawings are in {anomaly_maps}." if anomaly_maps else ""
    return (
        f"{images:,} {'image' if images == 1 else 'images'}, {alarms:,} {'alarm' if alarms == 1 else 'alarms'}:"
        f" scores above {threshold.value:.4g}. Were all normal, {expected.value:,.0f} would be expected "
        f"(95 of 100 times {expected.low:,.0f} to {expected.high:,.0f}).{drawn}"
    )


def answer_batch(
    judge: "ImageAnomalyPredictor", columns: Mapping[str, Sequence[Any]], *, column: str
) -> Iterator[Json]:
    """Yield what JSON says of each image that a column names or holds."""
    return answer_images(judge, columns, column=column, fields=_fields)


def _fields(verdict: "Verdict") -> dict[str, Any]:
    return {"alarm": verdict.alarm, "score": verdict.score, "p_value": verdict.p_value}


def _cells(verdict: "Verdict") -> tuple[object, ...]:
    return int(verdict.alarm), repr(verdict.score), f"{verdict.p_value:.6g}"


def _print(name: str, verdict: "Verdict") -> None:
    click.echo(f"{verdict.label:<6}  score {verdict.score:<9.4g}  p {verdict.p_value:<7.3g}  {name}")


def inspect_images(run: "Run", images: tuple[str, ...], *, to: Path | None = None, data: str | None = None) -> Path:
    """Write a page on one image, or on the network over its calibration images, and return its path.

    Args:
        run: of images.
        images: at most one: a file, or the name of an image of the run's data.
        to: the folder to write into.
        data: where the run's images lie now.
    """
    from saccade.tasks.sealed_images import refuse_sealed

    if len(images) > 1:
        raise DataError(f"Expected one image, found {len(images)}. Each is looked at on its own.")
    for image in images:
        if not Path(image).is_file() and image not in run.split:
            raise DataError(f"'{image}' is neither a file nor the name of an image in the data.")
        refuse_sealed(run, image)

    from saccade.tasks.anomaly_detection.trained import TrainedImageDetector

    trained = TrainedImageDetector(run.path)
    name = f"{Path(images[0]).parent.name}-{Path(images[0]).stem}".strip("-.") if images else "overview"
    folder = to or run.inspections_path / name
    if images:
        return trained.inspect(images[0], data=data).save(folder, png=False)
    return trained.overview(data=data).save(folder)
