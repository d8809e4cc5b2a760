"""Say which of two runs is better on the same test images or rows, and how sure that is."""

import json
from pathlib import Path

import click


@click.command("compare")
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(first: Path, second: Path, as_json: bool) -> None:
    """Compare two evaluated runs image by image: McNemar's test and the interval of the difference.

    Two runs that look for anomalies are compared by ROC AUC and average precision on the same rows.
    """
    from saccade.core.run import Run
    from saccade.evaluation.run_comparison import compare

    result = compare(Run.open(first), Run.open(second))
    if as_json:
        click.echo(json.dumps(result.to_dict()))
        return
    for line in (*result.lines, result.verdict):
        click.echo(line)
