"""A classifier on the command line: what describes its data, prints its answers and shows its inside."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saccade.core.errors import DataError, unknown
from saccade.modalities.images.streams import Remarks
from saccade.tasks.image_answers import Write, csv_writer, describe_images, json_writer, names, print_answers

if TYPE_CHECKING:  # a machine that only predicts has not all that data sets need
    from saccade.core.run import Run
    from saccade.inspection.inspection import Inspection
    from saccade.modalities.images.dataset import ImageDataset
    from saccade.tasks.classification.prediction import Prediction
    from saccade.tasks.classification.predictor import Predictor
    from saccade.tasks.classification.trained import TrainedClassifier

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
    run: "Run",
    images: tuple[str, ...],
    *,
    classes: tuple[str, ...] = (),
    layer: str | None = None,
    at: tuple[int, int] | None = None,
    channel: int | None = None,
    to: Path | None = None,
    png: bool = False,
    data: str | None = None,
) -> Path | None:
    """Write a page on one image, on what differs between several or between classes, or on all data; return its path.

    Args:
        run: a trained run of images.
        images: files, or names of images in the data.
        classes: names; with one image: explained too; without any, two or more: compared.
        layer: of one image: how one number of it came about.
        at: row and column of that number.
        channel: its channel.
        to: the folder to write into.
        png: also plain images.
        data: where the data lie now, if they or the run have moved.

    Raises:
        DataError: the options do not fit each other, or there is no such image.
    """
    _refuse_misfits(images, classes, layer=layer, png=png, place=at or channel is not None)
    _refuse_unknown(run, images, classes)

    from saccade.tasks.classification.trained import TrainedClassifier  # loads Keras: after all that can be refused

    trained = TrainedClassifier(run.path)
    name = "-".join(_file_name(word) for word in images or classes)[:80] or "overview"
    folder = to or run.inspections_path / name
    if layer:
        return _explained(trained.inspect(images[0], data=data), layer, at, channel, folder)
    if len(images) == 1:
        return trained.inspect(images[0], data=data).save(folder, png=png, classes=classes)
    if images or classes:
        return trained.contrast(images, classes=classes, data=data).save(folder)
    return _over_the_data(trained, data, folder)


def _refuse_misfits(
    images: tuple[str, ...], classes: tuple[str, ...], *, layer: str | None, png: bool, place: object
) -> None:
    if len(classes) == 1 and not images:
        raise DataError("Name a second class to compare it with: --class A --class B; or an image to explain it in.")
    if len(images) > 1 and classes:
        raise DataError("Compare either images or classes: leave out --class, or the images.")
    if len(images) != 1 and (layer or png):
        raise DataError("--layer and --png are of one image: name it, a file or one of the data, such as test/00000.")
    if layer is None and place:
        raise DataError("Say of which layer: --layer KEY. `saccade summary RUN` names them.")


def _refuse_unknown(run: "Run", images: tuple[str, ...], classes: tuple[str, ...]) -> None:
    """Refuse names that are neither files nor in the data, before anything heavy loads."""
    names = run.split if any(not Path(image).is_file() for image in images) else {}
    for image in images:
        if not Path(image).is_file() and image not in names:
            example = f", such as {next(iter(names))}" if names else ""
            raise DataError(f"'{image}' is neither a file nor the name of an image in the data{example}.")
    for name in classes:
        if name not in run.data["classes"]:
            raise unknown("class", name, run.data["classes"])


def _explained(
    inspection: "Inspection", layer: str, at: tuple[int, int] | None, channel: int | None, folder: Path
) -> Path | None:
    """Print how a number came about; of a layer that slides a window, also write a page, and return its path."""
    from saccade.core.rendering import Console  # which a machine that only predicts has not

    Console().print(inspection.explain(layer, at=at, channel=channel))
    return inspection.save_stepper(layer, folder, at=at, channel=channel)


def _over_the_data(trained: "TrainedClassifier", data: str | None, folder: Path) -> Path:
    from saccade.core.rendering import Console
    from saccade.inspection.overview_page import write_overview_page

    found = trained.overview(data=data)
    Console().print(found)
    page = folder / "index.html"
    write_overview_page(found, page)
    return page


def _file_name(image: str) -> str:
    """Return a folder's name for an image: "test-00000", "boots-0"; with its folder, for many are called 0."""
    path = Path(image)
    return image.replace("/", "-") if not path.is_file() else f"{path.resolve().parent.name}-{path.stem}"
