"""An object detector on the command line: what describes its data, prints its answers and shows its inside."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saccade.core.dataset import SkippedItem
from saccade.core.errors import RecipeError
from saccade.core.safe_json import Json
from saccade.modalities.images.streams import Remarks
from saccade.tasks.image_answers import Write, csv_writer, describe_images, json_writer, names, print_answers
from saccade.tasks.image_batches import answer_images
from saccade.tasks.image_inspection_terminal import inspect_open_one, page_folder, refuse_misfits

if TYPE_CHECKING:  # a machine that only predicts has not all that data sets need
    from saccade.core.run import Run
    from saccade.tasks.object_detection.answer_files import Writer
    from saccade.tasks.object_detection.detections import Detections
    from saccade.tasks.object_detection.object_images import ObjectImages
    from saccade.tasks.object_detection.predictor import DetectionPredictor

_SHOWN = 8  # classes in a line

NO_OBJECT = "–"
"""Stands in the table for an image without objects; CSV has empty cells there, JSON an empty list."""

NOTHING: dict[str, Any] = {"objects": None}
"""What JSON says of an image that cannot be read."""

COLUMNS = ("label", "score", "xmin", "ymin", "xmax", "ymax")


def describe(dataset: "ObjectImages") -> None:
    """Print size, shape, objects, splits, notes, and what was skipped."""
    counts = dataset.counts().values()
    totals = {name: sum(each[name] for each in counts) for name in dataset.objects}
    shown = ", ".join(f"{count:,} {name}" for name, count in list(totals.items())[:_SHOWN])
    more = f" and {len(totals) - _SHOWN:,} more classes" if len(totals) > _SHOWN else ""
    describe_images(dataset, f"{sum(totals.values()):,} objects: {shown}{more}")


def predict_images(
    predictor: "DetectionPredictor",
    source: object,
    images: Sequence[str],
    *,
    form: str,
    threshold: float | None = None,
    coco: Path | None = None,
    yolo: Path | None = None,
    draw: Path | None = None,
) -> None:
    """Print the objects in each image as they come; raises DataError when some could not be read.

    Args:
        predictor: a DetectionPredictor.
        source: the run or the file.
        images: files, folders, or "-".
        form: "table", "csv" or "json".
        threshold: the least score of a box; that of the run when left out.
        coco: a file for all boxes, as COCO has them.
        yolo: a folder for a text file an image, as YOLO has them.
        draw: a folder for a drawing of each.
    """
    if threshold is not None and not 0 <= threshold <= 1:
        raise RecipeError(f"--threshold is a score from 0 to 1, found {threshold:g}.")
    objects, remarks = predictor.objects, Remarks()
    writers = _writers(objects, coco=coco, yolo=yolo, draw=draw)
    least = predictor.threshold.value if threshold is None else threshold
    if writers:
        answers = _kept(predictor, images, writers, least, remarks)
    else:
        answers = predictor.predict_files(names(images), threshold=least, remarks=remarks)
    forms: dict[str, Write] = {"json": json_writer(lambda found: _fields(found, objects)), "csv": _csv(objects)}
    tally = _Tally([0] * len(objects))
    write: Write = forms.get(form, partial(_print, objects=objects))

    def counted(name: str, found: "Detections") -> None:
        tally.add(found)
        write(name, found)

    try:
        print_answers(answers, counted, remarks, nothing=NOTHING if form == "json" else None)
    finally:
        if tally.images:
            _print_summary(tally.counts, objects, least, writers)


@dataclass
class _Tally:
    """How many objects of each class were found, in how many images."""

    counts: list[int]
    images: int = 0

    def add(self, found: "Detections") -> None:
        """Count what is found in an image."""
        self.images += 1
        for number in found.numbers.tolist():
            self.counts[number] += 1


def _writers(objects: Sequence[str], *, coco: Path | None, yolo: Path | None, draw: Path | None) -> "list[Writer]":
    from saccade.tasks.object_detection.answer_files import Coco, Drawings, Yolo

    wanted = ((Coco, coco), (Yolo, yolo), (Drawings, draw))
    return [kind(path, objects) for kind, path in wanted if path is not None]


def _kept(
    predictor: "DetectionPredictor", images: Sequence[str], writers: "Sequence[Writer]", least: float, remarks: Remarks
) -> "Iterator[tuple[str, Detections | SkippedItem]]":
    """Yield (name, objects) for each image, once the writers have them too."""
    for found in predictor.find_in_files(names(images), remarks=remarks):
        if isinstance(found, SkippedItem):
            yield found.name, found
            continue
        answer = found.detections.above(least)
        for writer in writers:
            writer.add(replace(found, detections=answer))
        yield found.name, answer


def answer_batch(
    predictor: "DetectionPredictor", columns: Mapping[str, Sequence[Any]], *, column: str
) -> Iterator[Json]:
    """Yield what JSON says of each image that a column names or holds."""
    return answer_images(predictor, columns, column=column, fields=lambda found: _fields(found, predictor.objects))


def _fields(found: "Detections", objects: Sequence[str]) -> dict[str, Any]:
    height, width = found.size
    return {"width": width, "height": height, "objects": found.to_dicts(objects)}


def _csv(objects: Sequence[str]) -> Write:
    """Return what prints a row a box; one with empty cells where an image has none."""
    write = csv_writer(COLUMNS, lambda cells: cells)

    def rows(name: str, found: "Detections") -> None:
        for each in found.to_dicts(objects):
            write(name, (each["class"], f"{each['score']:.6f}", *(f"{side:.2f}" for side in each["box"])))
        if not len(found):
            write(name, ("",) * len(COLUMNS))

    return rows


def _print(name: str, found: "Detections", *, objects: Sequence[str]) -> None:
    wide = max(map(len, objects))
    for each in found.to_dicts(objects):
        left, top, right, bottom = (round(side) for side in each["box"])
        place = f"{left:>5} {top:>5} {right:>5} {bottom:>5}"
        click.echo(f"{each['class']:<{wide}}  {each['score']:.3f}  {place}  {name}")
    if not len(found):
        click.echo(f"{NO_OBJECT:<{wide}}  {'':5}  {'':23}  {name}")


def _print_summary(counts: Sequence[int], objects: Sequence[str], least: float, writers: "Sequence[Writer]") -> None:
    found = ", ".join(f"{count:,} × {name}" for name, count in zip(objects, counts, strict=True) if count)
    places = "".join(f" {writer.finish()}" for writer in writers)
    click.echo(f"Found: {found or 'no object'}, from a score of {least:.2f} on.{places}", err=True)


def inspect_images(
    run: "Run", images: tuple[str, ...], *, to: Path | None = None, data: str | None = None, **options: Any
) -> Path | None:
    """Write a page on one image, or on the network over its data, and return its path.

    Args:
        run: a trained run.
        images: at most one: a file, or the name of an image of the run's data.
        to: the folder to write into.
        data: where the data lie now, if they or the run have moved.
        **options: of one image, as `inspect_one` takes them.
    """
    if images:
        return inspect_open_one(run, images, to=to, data=data, **options)
    from saccade.tasks.object_detection.trained import TrainedDetector

    refuse_misfits(run, (), (), **options)
    overview = TrainedDetector(run.path).overview(data=data)
    return overview.save(page_folder(run, (), to))
