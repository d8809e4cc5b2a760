"""Say which of two runs is better on the same test pictures, and how sure that is."""

import json
from pathlib import Path

import click


@click.command("compare")
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(first: Path, second: Path, as_json: bool) -> None:
    """Compare two evaluated runs picture by picture: McNemar's test and the interval of the difference."""
    from saccade.comparing import compare
    from saccade.run import Run

    result = compare(Run.open(first), Run.open(second))
    if as_json:
        click.echo(json.dumps(result.to_dict()))
        return
    for path, accuracy, alone in zip(
        (first, second), result.accuracy, (result.only_first, result.only_second), strict=True
    ):
        click.echo(f"{path}: accuracy {accuracy:.4f}; {alone:,} pictures that only it has right")
    click.echo(result.verdict)
