"""What a command says of a data set before it works on it."""

import json

import click

from saccade.core.dataset import Dataset
from saccade.core.run import Run
from saccade.core.shell_words import shell_word


def print_notes(dataset: Dataset) -> None:
    """Print notes and what is skipped as a JSON line, where there is any."""
    record = dataset.record()
    found = {name: record[name] for name in ("notes", "skipped", "rows_skipped") if record.get(name)}
    if found:
        click.echo(json.dumps({"event": "data", "notes": [], **found}, ensure_ascii=False))


def warn_unfinished(run: Run) -> None:
    """Say on standard error that a run did not come to its end, so that no one takes its network for the final one."""
    status = run.manifest.get("status")
    if status != "finished":
        state = "still trains, or was killed" if status == "running" else f"is {status}"
        click.echo(
            f"note: {run.path} {state}; this is its network so far. Go on with: "
            f"saccade train --resume {shell_word(run.path)}",
            err=True,
        )
