"""What a command says of a data set before it works on it."""

import click

from saccade.auditing.findings import Audit
from saccade.data.dataset import PARTS, Dataset
from saccade.data.table import TABLE_PARTS, Table
from saccade.run import Run

SHOWN_FINDINGS = 3


def describe(dataset: Dataset | Table) -> None:
    """Print size, shape, classes or columns, parts, notes, and what was put aside."""
    if isinstance(dataset, Table):
        describe_table(dataset)
        return
    sizes = {part: len(dataset.rows(part)) for part in PARTS}
    parts = ", ".join(f"{size:,} {part}" for part, size in sizes.items())
    height, width, channels = dataset.image_shape
    shape = f"{height}×{width}×{channels}"
    click.echo(f"{dataset.name}: {sum(sizes.values()):,} pictures of {shape}, {len(dataset.classes)} classes")
    click.echo(f"  {parts}")
    for note in dataset.notes:
        click.echo(f"  note: {note}")
    aside = dataset.set_aside
    if aside:
        shown = "; ".join(f"{file.name}: {file.reason.rstrip('.')}" for file in aside[:3])
        more = f"; and {len(aside) - 3} more, listed in data.json" if len(aside) > 3 else ""
        click.echo(f"  {len(aside)} {'files' if len(aside) > 1 else 'file'} put aside: {shown}{more}")


def describe_table(table: Table) -> None:
    """Print rows, columns, parts and notes."""
    sizes = {part: len(table.rows(part)) for part in TABLE_PARTS}
    click.echo(f"{table.name}: {len(table):,} rows of {len(table.schema.columns)} columns")
    click.echo("  " + ", ".join(f"{size:,} {part}" for part, size in sizes.items()))
    for note in table.notes:
        click.echo(f"  note: {note}")


def warn_unfinished(run: Run) -> None:
    """Say on standard error that a run did not come to its end, so that no one takes its network for the final one."""
    status = run.manifest.get("status")
    if status != "finished":
        told = "still trains, or was killed" if status == "running" else f"is {status}"
        click.echo(
            f"note: {run.path} {told}; this is its network so far. Go on with: saccade train --resume {run.path}",
            err=True,
        )


def warn(audit: Audit) -> None:
    """Print the worst findings of an audit, a line each; notes are left to `saccade check`."""
    for finding in audit.problems[:SHOWN_FINDINGS]:
        click.secho(f"  {finding.severity}: {finding.title}", fg="red" if finding.severity == "severe" else "yellow")
    if audit.findings:
        click.echo(f"  audit: {audit.verdict}; see them with: saccade check {audit.source} --html check.html")
