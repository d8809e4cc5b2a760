"""Open the studio: label, train, look, compare and ship in the browser, on this machine."""

from pathlib import Path

import click


@click.command("studio")
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--runs", type=click.Path(path_type=Path), default=Path("runs"), help="Where the runs are, read from FOLDER. [runs]"
)
@click.option("--port", type=click.IntRange(0, 65535), help="0 takes a free one. [default: 8400, or a free one]")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
def command(folder: Path, runs: Path, port: int | None, no_browser: bool) -> None:
    """Open the studio on FOLDER, the folder at hand when left out, until Ctrl-C.

    It is reached from this machine only, with the token in the address that is printed. It shows the runs in
    FOLDER/runs that the command line uses, and everything in it has its command. What trains goes on when the studio is
    stopped or the browser closed; started again, it shows how far that came.
    """
    from saccade.studio import running

    context = running.make_context(folder, runs)
    running.run(context, port=port, browser=not no_browser, say=_say_address)
    if active := context.jobs.active():
        click.echo(f"{len(active)} jobs go on or wait; start the studio again to see them.", err=True)


def _say_address(address: str) -> None:
    click.echo(f"The studio is at {address}\nStop it with Ctrl-C; what trains goes on.")
