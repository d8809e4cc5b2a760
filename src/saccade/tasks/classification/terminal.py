"""A classifier on the command line: what describes its data, prints its answers and shows its inside."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saccade.core.safe_json import Json
from saccade.modalities.images.streams import Remarks
from saccade.tasks.image_answers import Write, csv_writer, describe_images, json_writer, names, print_answers
from saccade.tasks.image_batches import answer_images
from saccade.tasks.image_inspection_terminal import inspect_or_contrast

if TYPE_CHECKING:  # a machine that only predicts has not all that data sets need
    from saccade.core.run import Run
    from saccade.modalities.images.dataset import ImageDataset
    from saccade.tasks.classification.prediction import Prediction
    from saccade.tasks.classification.predictor import Predictor

LEAST_SHOWN = 0.001
"""The table leaves out classes that are less probable; JSON and CSV give all."""

UNDECIDED = "undecided"
"""Stands in the table for a class where the network had better not answer; CSV has nothing there, JSON null."""

NONE = "none of these"
"""Stands there where an image is too unlike those of the classes; CSV and JSON name no class then, and say so."""

NOTHING: dict[str, Any] = {"class": None, "probability": None, "probabilities": {}}
"""What JSON says of an image that cannot be read."""


def describe(dataset: "ImageDataset") -> None:
    """Print size, shape, classes, splits, notes, and what was skipped."""
    describe_images(dataset, f"{len(dataset.classes)} classes")


def predict_images(
    predictor: "Predictor", source: object, images: Sequence[str], *, form: str, abstain: float | None = None
) -> None:
    """Print class and probability of each image as they come; raises DataError when some could not be read."""
    of_novelty = ("none_of_these", "known_p_value") if predictor.novelty else ()
    header = ("class", "probability", *(f"p_{label}" for label in predictor.classes), *of_novelty)
    writers = {"json": json_writer(_fields), "csv": csv_writer(header, _cells)}
    remarks = Remarks()
    answers = predictor.predict_files(names(images), abstain=abstain, remarks=remarks)
    write: Write = writers.get(form) or _table_writer(predictor.classes)
    print_answers(answers, write, remarks, nothing=NOTHING if form == "json" else None)


def answer_batch(predictor: "Predictor", columns: Mapping[str, Sequence[Any]], *, column: str) -> Iterator[Json]:
    """Yield what JSON says of each image that a column names or holds."""
    return answer_images(predictor, columns, column=column, fields=_fields)


def _fields(answer: "Prediction") -> dict[str, Any]:
    known = {"probability": answer.probability, "probabilities": answer.probabilities}
    return {"class": answer.answered, **known, **answer.of_novelty}


def _cells(answer: "Prediction") -> list[str]:
    numbers = (answer.probability, *answer.probabilities.values())
    novelty = [f"{float(value):.6g}" for value in answer.of_novelty.values()]
    return [answer.answered or "", *(f"{number:.6f}" for number in numbers), *novelty]


def _table_writer(classes: Sequence[str]) -> Write:
    width = max(len(label) for label in (*classes, UNDECIDED))

    def write(name: str, answer: "Prediction") -> None:
        if answer.none_of_these:
            click.echo(f"{NONE} (p {_short(answer.known_p_value or 0)})  {name}   (nearest: {answer.label})")
            return
        label = answer.label if answer.decided else UNDECIDED
        others = [item for item in answer.probabilities.items() if item[0] != label and item[1] >= LEAST_SHOWN]
        rest = "  ".join(f"{other} {probability:.3f}" for other, probability in sorted(others, key=lambda o: -o[1]))
        click.echo(f"{label:<{width}}  {answer.probability:.3f}  {name}" + (f"   ({rest})" if rest else ""))

    return write


def _short(p_value: float) -> str:
    """Return ".002" of .002."""
    return f"{p_value:.3f}".lstrip("0")


def inspect_images(
    run: "Run", images: tuple[str, ...], *, classes: tuple[str, ...] = (), **options: Any
) -> Path | None:
    """Write a page on one image, on what differs between several or between classes, or on all data; return its path.

    Args:
        run: a trained run of images.
        images: files, or names of images in the data.
        classes: names; with one image: explained too; without any, two or more: compared.
        **options: those of `image_inspection_terminal.inspect_one`.

    Raises:
        DataError: the options do not fit each other, or there is no such image.
    """
    page = inspect_or_contrast(run, images, classes=classes, **options)
    if not (images or classes):
        _inspect_layers(run, page, data=options.get("data"))
    return page


def _inspect_layers(run: "Run", page: Path | None, *, data: str | None) -> None:
    """Write a page beside another one on layers that were trained before labels came, where there are such."""
    if page is None or not run.stages:
        return
    from saccade.tasks.classification.report.pretraining_page import write_page  # loads what draws

    if written := write_page(run, page.parent / "layers", data=data):
        click.echo(f"Its layers before labels came: {written}")
