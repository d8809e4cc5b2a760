"""Show what a run says of each input of a split, the worst first, in groups."""

import json
from pathlib import Path

import click

SHOWN = 10
"""Inputs of a group that are printed."""


@click.command("answers")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--split", default="validation", show_default=True, metavar="NAME", help="Which images or rows.")
@click.option("--data", metavar="PATH", help="Where the data lie now, if they or the run have moved.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: every group, and small images as data addresses.")
def command(run: Path, split: str, data: str | None, as_json: bool) -> None:
    """Print which inputs of a split RUN answers wrong, in groups: the surest mistakes, what was missed or invented.

    What was found is kept in RUN/answers; `saccade studio` shows it with images. The test split stays sealed: it is
    answered here only after `saccade evaluate` has opened it. To see why an input is answered so: saccade inspect.
    """
    from saccade.cli._describing import warn_unfinished
    from saccade.core.run import Run
    from saccade.evaluation.answered_split import answered_split

    opened = Run.open(run)
    warn_unfinished(opened)
    found = answered_split(opened, split=split, data=data, quiet=as_json)
    if as_json:
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False))
        return
    click.echo(f"{found.count:,} {found.split} {found.noun}")
    for group in found.groups:
        if "," in group.key:  # a cell of the matrix: among the mistakes already
            continue
        click.echo(f"\n{group.title}: {group.count:,}. {group.about}".rstrip())
        for each in group.inputs[:SHOWN]:
            true = f", is {each.true}" if each.true else ""
            click.echo(f"  {each.name}: says {each.said}{true}; {each.detail}")
