"""The inside of a network for images on the command line: a page on one image, or on the network over its data."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saccade.core.errors import DataError, unknown
from saccade.tasks import base
from saccade.tasks.sealed_images import refuse_sealed

if TYPE_CHECKING:  # a machine that only predicts has not all that data sets need
    from saccade.core.run import Run
    from saccade.inspection.inspection import Inspection

LONGEST_NAME = 80
"""Characters of a page's folder."""


def inspect_one(
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
    noun: str = "class",
) -> Path | None:
    """Write a page on one image, or on the network over its data, and return its path.

    Args:
        run: a trained run of images.
        images: at most one: a file, or the name of an image in the data.
        classes: names of answers that are explained too.
        layer: of one image: how one number of it came about.
        at: row and column of that number.
        channel: its channel.
        to: the folder to write into.
        png: also plain images.
        data: where the data lie now, if they or the run have moved.
        noun: what one of the classes is called.

    Raises:
        DataError: the options do not fit each other, or there is no such image.
    """
    refuse_misfits(run, images, classes, layer=layer, at=at, channel=channel, png=png, noun=noun)
    if len(images) > 1:
        raise DataError(f"Expected one image, found {len(images)}. Each is looked at on its own.")
    if classes and not images:
        raise DataError("Name an image to explain --class in.")

    trained, folder = base.for_run(run).trained(run.path), page_folder(run, images, to)
    if layer:
        return _explained(trained.inspect(images[0], data=data), layer, at, channel, folder)
    if images:
        page: Path = trained.inspect(images[0], data=data).save(folder, png=png, classes=classes)
        return page
    return _over_the_data(trained, data, folder)


def inspect_open_one(run: "Run", images: tuple[str, ...], **options: Any) -> Path | None:
    """Write a page as `inspect_one` does, but refuse images of the run's sealed test split with a RunError."""
    for image in images:
        refuse_sealed(run, image)
    return inspect_one(run, images, **options)


def inspect_or_contrast(
    run: "Run", images: tuple[str, ...], *, classes: tuple[str, ...] = (), noun: str = "class", **options: Any
) -> Path | None:
    """Write a page on one image, on what differs between several or between classes, or on all data; return its path.

    Args:
        run: a trained run of images.
        images: files, or names of images in the data.
        classes: names; with one image: explained too; without any, two or more: compared.
        noun: what one of the classes is called.
        **options: those of `inspect_one`.

    Raises:
        DataError: the options do not fit each other, or there is no such image.
    """
    if len(images) == 1 or not (images or classes):
        return inspect_one(run, images, classes=classes, noun=noun, **options)
    if len(images) > 1 and classes:
        raise DataError("Compare either images or classes: leave out --class, or the images.")
    refuse_misfits(run, images, classes, noun=noun, **options)
    if len(classes) == 1:
        raise DataError(f"Name a second {noun} to compare it with: --class A --class B; or an image to explain it in.")
    found = base.for_run(run).trained(run.path).contrast(images, classes=classes, data=options.get("data"))
    page: Path = found.save(page_folder(run, images or classes, options.get("to")))
    return page


def inspect_open(run: "Run", images: tuple[str, ...], **options: Any) -> Path | None:
    """Write a page as `inspect_or_contrast` does, but refuse images of the sealed test split with a RunError."""
    for image in images:
        refuse_sealed(run, image)
    return inspect_or_contrast(run, images, **options)


def refuse_misfits(
    run: "Run",
    images: tuple[str, ...],
    classes: tuple[str, ...],
    *,
    layer: str | None = None,
    at: tuple[int, int] | None = None,
    channel: int | None = None,
    png: bool = False,
    noun: str = "class",
    **_: object,
) -> None:
    """Raise DataError for options that do not fit each other and names that there are not, before anything loads."""
    if len(images) != 1 and (layer or png):
        raise DataError("--layer and --png are of one image: name it, a file or one of the data, such as test/00000.")
    if layer is None and (at or channel is not None):
        raise DataError("Say of which layer: --layer KEY. `saccade summary RUN` names them.")
    _refuse_unknown(run, images, classes, noun)


def _refuse_unknown(run: "Run", images: tuple[str, ...], classes: tuple[str, ...], noun: str) -> None:
    names = run.split if any(not Path(image).is_file() for image in images) else {}
    for image in images:
        if not Path(image).is_file() and image not in names:
            example = f", such as {next(iter(names))}" if names else ""
            raise DataError(f"'{image}' is neither a file nor the name of an image in the data{example}.")
    for name in classes:
        if name not in run.data["classes"]:
            raise unknown(noun, name, run.data["classes"])


def page_folder(run: "Run", words: Sequence[str], to: Path | None) -> Path:
    """Return the folder of a page on images or classes, or on all data: what was asked for, or one in the run."""
    return to or run.inspections_path / ("-".join(_file_name(word) for word in words)[:LONGEST_NAME] or "overview")


def _file_name(image: str) -> str:
    """Return a folder's name for an image: "test-00000", "boots-0"; with its folder, for many are called 0."""
    path = Path(image)
    return image.replace("/", "-") if not path.is_file() else f"{path.resolve().parent.name}-{path.stem}"


def _explained(
    inspection: "Inspection", layer: str, at: tuple[int, int] | None, channel: int | None, folder: Path
) -> Path | None:
    """Print how a number came about; of a layer that slides a window, also write a page, and return its path."""
    from saccade.core.rendering import Console  # which a machine that only predicts has not

    Console().print(inspection.explain(layer, at=at, channel=channel))
    return inspection.save_stepper(layer, folder, at=at, channel=channel)


def _over_the_data(trained: Any, data: str | None, folder: Path) -> Path:
    from saccade.core.rendering import Console
    from saccade.inspection.overview_page import write_overview_page

    found = trained.overview(data=data)
    Console().print(found)
    page = folder / "index.html"
    write_overview_page(found, page)
    return page
