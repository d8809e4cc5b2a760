"""Look inside a network: what layers make of an image or row, what speaks for an answer, what tells classes apart."""

from pathlib import Path
from typing import Any

import click


def _place(text: str) -> tuple[int, int]:
    """Read "5,7"."""
    try:
        row, column = (int(split) for split in text.split(","))
    except ValueError:
        raise click.BadParameter(f"expected a row and a column such as 5,7, found {text!r}") from None
    return row, column


@click.command("inspect")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("images", nargs=-1, metavar="[IMAGE|TABLE]...")
@click.option("--row", type=click.IntRange(1), metavar="N", help="Of a TABLE, or of the run's own: which row, from 1.")
@click.option(
    "--class",
    "classes",
    multiple=True,
    metavar="NAME",
    help="With a IMAGE: explain this class too. Without, twice or more: what differs between these classes.",
)
@click.option("--layer", metavar="KEY", help="Of one image: how one number of this layer came about.")
@click.option("--at", type=_place, metavar="ROW,COLUMN", help="Which number; where the layer answers most if left out.")
@click.option("--channel", type=click.IntRange(0), metavar="N", help="Of the layer's output; likewise.")
@click.option("--to", type=click.Path(path_type=Path), metavar="FOLDER", help="Where to write. [RUN/inspect/NAME]")
@click.option("--png", is_flag=True, help="Of one image: also plain images of maps, filters and explanations.")
@click.option("--json", "as_json", is_flag=True, help="Of a run of a table: print the numbers, write no page.")
@click.option("--data", metavar="PATH", help="Where the data lie now, if they or the run have moved.")
def command(
    run: Path,
    images: tuple[str, ...],
    row: int | None,
    classes: tuple[str, ...],
    layer: str | None,
    at: tuple[int, int] | None,
    channel: int | None,
    to: Path | None,
    png: bool,
    as_json: bool,
    data: str | None,
) -> None:
    """Write a page of what RUN makes of a IMAGE: a file, or the name of an image in its data, such as test/00000.

    For several images, or with --class A --class B and no image, the page shows what differs between them. Without
    any: what the network does over its data, which channels work, where the classes lie, what the answers need.

    Of a run of a table the page shows one row: TABLE --row 17, or --row 17 of the run's own table. Without a row: how
    the network scores and rebuilds its calibration rows.
    """
    from saccade.cli._describing import warn_unfinished
    from saccade.core.errors import DataError
    from saccade.core.run import Run

    opened = Run.open(run)
    if opened.of_table:
        from saccade.cli._inspecting_rows import inspect_rows

        given = {"--class": classes, "--layer": layer, "--at": at, "--channel": channel is not None, "--png": png}
        of_images = tuple(name for name, value in given.items() if value)
        warn_unfinished(opened)
        inspect_rows(opened, images, row=row, to=to, as_json=as_json, data=data, of_images=of_images)
        return
    if row is not None or as_json:
        raise click.UsageError(f"--row and --json are of a run of a table; {run} was trained on images.")
    if opened.recipe.finds_anomalies:
        raise DataError(
            f"{run} looks for anomalies in images and has no classes to explain. Where they are is drawn by: saccade "
            f"predict {run} IMAGE --heatmaps FOLDER"
        )
    if len(classes) == 1 and not images:
        raise DataError("Name a second class to compare it with: --class A --class B; or an image to explain it in.")
    if len(images) > 1 and classes:
        raise DataError("Compare either images or classes: leave out --class, or the images.")
    if len(images) != 1 and (layer or png):
        raise DataError("--layer and --png are of one image: name it, a file or one of the data, such as test/00000.")
    if layer is None and (at or channel is not None):
        raise DataError("Say of which layer: --layer KEY. `saccade summary RUN` names them.")

    _refuse_unknown(opened, images, classes)
    warn_unfinished(opened)

    from saccade.trained import TrainedRun

    trained = TrainedRun(opened.path)
    name = "-".join(_file_name(word) for word in images or classes)[:80] or "overview"
    folder = to or opened.inspections_path / name
    if layer:
        page = _explained(trained.inspect(images[0], data=data), layer, at, channel, folder)
    elif len(images) == 1:
        page = trained.inspect(images[0], data=data).save(folder, png=png, classes=classes)
    elif images or classes:
        page = trained.contrast(images, classes=classes, data=data).save(folder)
    else:
        page = _over_the_data(trained, data, folder)
    if page:
        click.echo(f"{page} ({page.stat().st_size / 2**20:.1f} MiB); open it in a browser.")


def _refuse_unknown(run: Any, images: tuple[str, ...], classes: tuple[str, ...]) -> None:
    """Refuse names that are neither files nor in the data, before anything heavy loads."""
    from saccade.core.errors import DataError, unknown

    names = run.split if any(not Path(image).is_file() for image in images) else {}
    for image in images:
        if not Path(image).is_file() and image not in names:
            example = f", such as {next(iter(names))}" if names else ""
            raise DataError(f"'{image}' is neither a file nor the name of an image in the data{example}.")
    for name in classes:
        if name not in run.data["classes"]:
            raise unknown("class", name, run.data["classes"])


def _explained(
    inspection: Any, layer: str, at: tuple[int, int] | None, channel: int | None, folder: Path
) -> Path | None:
    """Print how a number came about; of a layer that slides a window, also write a page, and return its path."""
    from saccade.core.rendering import Console

    Console().print(inspection.explain(layer, at=at, channel=channel))
    page: Path | None = inspection.save_stepper(layer, folder, at=at, channel=channel)
    return page


def _over_the_data(trained: Any, data: str | None, folder: Path) -> Path:
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
