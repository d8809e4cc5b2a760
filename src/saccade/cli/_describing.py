"""What a command says of a data set before it works on it."""

import json

import click

from saccade.core.audit import Audit
from saccade.core.dataset import SPLITS, SkippedItem
from saccade.core.run import Run
from saccade.core.skipped_files import by_reason
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.tables.table import TABLE_SPLITS, Table
from saccade.tasks.anomaly_detection.one_class_images import OneClassImages

SHOWN_FINDINGS = 3


def describe(dataset: ImageDataset | Table) -> None:
    """Print size, shape, classes or columns, splits, notes, and what was skipped."""
    if isinstance(dataset, Table):
        describe_table(dataset)
        return
    if isinstance(dataset, OneClassImages):
        describe_one_class(dataset)
        return
    sizes = {split: len(dataset.rows(split)) for split in SPLITS}
    splits = ", ".join(f"{size:,} {split}" for split, size in sizes.items())
    height, width, channels = dataset.image_shape
    shape = f"{height}×{width}×{channels}"
    click.echo(f"{dataset.name}: {sum(sizes.values()):,} images of {shape}, {len(dataset.classes)} classes")
    click.echo(f"  {splits}")
    _describe_skipped(dataset)


def describe_one_class(images: OneClassImages) -> None:
    """Print size, which class is normal, the splits and the notes."""
    height, width, channels = images.image_shape
    click.echo(f"{images.name}: {len(images):,} images of {height}×{width}×{channels}, '{images.normal}' is normal")
    splits = []
    for split in TABLE_SPLITS:
        normal = len(images.normal_rows(split))
        counts = {"normal": normal, "unknown": 0, "anomaly": len(images.rows(split)) - normal}
        splits += [_split(split, counts)] if sum(counts.values()) else []
    click.echo(f"  {'; '.join(splits)}")
    _describe_skipped(images)


def describe_table(table: Table) -> None:
    """Print size, labels and splits, what is usual in each column, the notes, and the rows that were skipped."""
    from saccade.core.rendering import Console
    from saccade.modalities.tables.rendering_schema import as_table

    schema, counts = table.schema, table.counts()
    roles = [f"label '{schema.label}'" if schema.label else "no label", f"time '{schema.time}'" if schema.time else ""]
    click.echo(f"{table.name}: {len(table):,} rows, {len(schema.columns)} columns, {', '.join(filter(None, roles))}")
    if counts:
        click.echo(f"  {'; '.join(_split(split, counts[split]) for split in TABLE_SPLITS if split in counts)}")
    Console().print(as_table(schema))
    _describe_rest(table.notes, table.skipped_items, table.skipped_count)


def print_notes(dataset: ImageDataset | Table) -> None:
    """Print notes and what is skipped as a JSON line, where there is any; of a table the number of rows."""
    of_table = isinstance(dataset, Table)
    skipped = (
        dataset.skipped_count
        if isinstance(dataset, Table)
        else [each.to_dict() for each in by_reason(dataset.skipped_items)]
    )
    if dataset.notes or skipped:
        found = {"event": "data", "notes": dataset.notes, "rows_skipped" if of_table else "skipped": skipped}
        click.echo(json.dumps(found, ensure_ascii=False))


def _split(split: str, counts: dict[str, int]) -> str:
    shown = {"normal": "normal", "unknown": "without label", "anomaly": "anomalous"}
    return f"{split} {', '.join(f'{counts[name]:,} {word}' for name, word in shown.items() if counts[name])}"


def _describe_skipped(dataset: ImageDataset) -> None:
    for note in dataset.notes:
        click.echo(f"  note: {note}")
    for reason in by_reason(dataset.skipped_items):
        click.echo(f"  skipped: {reason}.")


def _describe_rest(notes: tuple[str, ...], skipped: tuple[SkippedItem, ...], count: int) -> None:
    for note in notes:
        click.echo(f"  note: {note}")
    if skipped:
        shown = "; ".join(f"{each.name}: {each.reason.rstrip('.')}" for each in skipped[:3])
        more = f"; and {count - 3:,} more, listed in data.json" if count > 3 else ""
        click.echo(f"  {count:,} {'row' if count == 1 else 'rows'} skipped: {shown}{more}")


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
    problems = [finding for finding in audit.problems if finding.kind != "skipped_files"]  # `describe` has said it
    for finding in problems[:SHOWN_FINDINGS]:
        click.secho(f"  {finding.severity}: {finding.title}", fg="red" if finding.severity == "severe" else "yellow")
    if audit.findings:
        more = audit.facts.get("options", " --html check.html")
        click.echo(f"  audit: {audit.verdict}; see them with: saccade check {audit.source}{more}")
