"""Look inside a network: what layers make of an image or row, what speaks for an answer, what tells classes apart."""

from pathlib import Path
from typing import Any

import click

from saccade.cli._task_options import given_options, known_options, options_of_tasks


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
    help="With an IMAGE: explain this class too. Without, twice or more: what differs between these classes.",
)
@click.option("--layer", metavar="KEY", help="Of one image: how one number of this layer came about.")
@click.option("--at", type=_place, metavar="ROW,COLUMN", help="Which number; where the layer answers most if left out.")
@click.option("--channel", type=click.IntRange(0), metavar="N", help="Of the layer's output; likewise.")
@click.option("--to", type=click.Path(path_type=Path), metavar="FOLDER", help="Where to write. [RUN/inspect/NAME]")
@click.option("--png", is_flag=True, help="Of one image: also plain images of maps, filters and explanations.")
@click.option("--json", "as_json", is_flag=True, help="Of a run of a table: print the numbers, write no page.")
@click.option("--data", metavar="PATH", help="Where the data lie now, if they or the run have moved.")
@options_of_tasks("inspect")
def command(run: Path, images: tuple[str, ...], **given: Any) -> None:
    """Write a page of what RUN makes of an IMAGE: a file, or the name of an image in its data, such as test/00000.

    For several images, or with --class A --class B and no image, the page shows what differs between them. Without
    any: what the network does over its data, which channels work, where the classes lie, what the answers need.

    Of a run of a table the page shows one row: TABLE --row 17, or --row 17 of the run's own table. Without a row: how
    the network scores and rebuilds its calibration rows.
    """
    from saccade.cli._describing import warn_unfinished
    from saccade.core.run import Run
    from saccade.tasks import base

    opened = Run.open(run)
    warn_unfinished(opened)
    task, options = base.for_run(opened), given_options(given)
    task.refuse_options(options, known_options(task, "inspect", task.inspect_options), opened.path)
    page = task.inspect(opened, images, **options)
    if page:
        click.echo(f"{page} ({page.stat().st_size / 2**20:.1f} MiB); open it in a browser.")
