"""What a command says of a data set before it works on it."""

import click

from saccade.data.dataset import PARTS, Dataset


def describe(dataset: Dataset) -> None:
    """Print size, shape, classes and parts, the notes, and the files that were put aside."""
    parts = ", ".join(f"{len(dataset.rows(part)):,} {part}" for part in PARTS)
    height, width, channels = dataset.image_shape
    click.echo(
        f"{dataset.name}: {len(dataset.images):,} pictures of {height}×{width}×{channels}, "
        f"{len(dataset.classes)} classes ({parts})"
    )
    for note in dataset.notes:
        click.echo(f"  note: {note}")
    aside = dataset.set_aside
    if aside:
        shown = "; ".join(f"{file.name}: {file.reason}" for file in aside[:3])
        more = f"; and {len(aside) - 3} more, listed in data.json" if len(aside) > 3 else ""
        click.echo(f"  {len(aside)} {'files' if len(aside) > 1 else 'file'} put aside: {shown}{more}")
