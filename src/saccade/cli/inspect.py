"""Look inside a network: what every layer makes of a picture, what speaks for an answer, what tells classes apart."""

from pathlib import Path

import click


@click.command("inspect")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("pictures", nargs=-1, metavar="[PICTURE]...")
@click.option(
    "--class",
    "classes",
    multiple=True,
    metavar="NAME",
    help="With a PICTURE: explain this class too. Without, twice or more: what differs between these classes.",
)
@click.option("--to", type=click.Path(path_type=Path), metavar="FOLDER", help="Where to write. [RUN/inspect/PICTURE]")
@click.option("--png", is_flag=True, help="Of one picture: also plain pictures of maps, filters and explanations.")
@click.option("--data", metavar="PATH", help="Where the data lie now, if they or the run have moved.")
def command(
    run: Path, pictures: tuple[str, ...], classes: tuple[str, ...], to: Path | None, png: bool, data: str | None
) -> None:
    """Write a page of what RUN makes of a PICTURE: a file, or the name of a picture in its data, such as test/00000.

    For several pictures, or with --class A --class B and no picture, the page shows what differs between them.
    """
    from saccade.errors import DataError
    from saccade.run import Run

    opened = Run.open(run)
    if not pictures and len(classes) < 2:
        raise DataError(
            "Say which picture to look at: a file, or one of the data, such as test/00000; or two classes to compare: "
            "--class A --class B."
        )

    if len(pictures) > 1 and classes:
        raise DataError("Compare either pictures or classes: leave out --class, or the pictures.")

    from saccade.api import TrainedRun

    trained = TrainedRun(opened.path)
    name = "-".join(_file_name(word) for word in pictures or classes)[:80]
    folder = to or opened.inspections_path / name
    if len(pictures) == 1:
        page = trained.inspect(pictures[0], data=data).save(folder, png=png, classes=classes)
    elif pictures:
        page = trained.contrast(pictures, data=data).save(folder)
    else:
        page = trained.contrast(classes=classes, data=data).save(folder)
    click.echo(f"{page} ({page.stat().st_size / 2**20:.1f} MiB); open it in a browser.")


def _file_name(picture: str) -> str:
    """Return a folder's name for a picture: "test-00000", "boot"."""
    return picture.replace("/", "-") if not Path(picture).is_file() else Path(picture).stem
