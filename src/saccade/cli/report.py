"""Write a page with everything that is known of a run, to read, print or send, and a model card."""

from pathlib import Path

import click

from saccade.core.shell_words import shell_word


@click.command("report")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--data", metavar="PATH", help="Where the data lie now, if they or the run have moved.")
@click.option("--open", "shown", is_flag=True, help="Show the page in the browser.")
def command(run: Path, data: str | None, shown: bool) -> None:
    """Write report.html, one page that needs no network, and README.md, a model card, into RUN.

    The sealed test split is not opened: the page shows what `saccade evaluate` found.
    """
    from saccade.cli._describing import warn_unfinished
    from saccade.core.run import Run

    opened = Run.open(run)
    warn_unfinished(opened)

    from saccade import report

    page = report.report(opened, data=data, quiet=False)
    click.echo(f"{page} ({page.stat().st_size / 1e6:.1f} MB), and README.md, the model card, beside it")
    if not opened.has_evaluation:
        click.echo(f"It has no test numbers yet: saccade evaluate {shell_word(opened.path)}")
    if shown:
        click.launch(page.resolve().as_uri())
