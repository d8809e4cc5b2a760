"""Say how good a run is on its sealed test part, with intervals."""

import json
from pathlib import Path

import click


@click.command("evaluate")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--part", type=click.Choice(["test", "validation", "train"]), default="test", help="Which pictures. [test]"
)
@click.option("--data", metavar="PATH", help="Where the data lie now, if they or the run have moved.")
@click.option("--score-without-twins", is_flag=True, help="Also score without pictures that another part has too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the per-class table as CSV.")
def command(run: Path, part: str, data: str | None, score_without_twins: bool, as_json: bool, as_csv: bool) -> None:
    """Print how good RUN is; for the test part, also write the numbers, the tables and the confusion matrix into it."""
    from rich.console import Console

    from saccade.cli._describing import warn_unfinished
    from saccade.run import Run

    opened = Run.open(run)
    warn_unfinished(opened)

    from saccade import evaluating

    evaluation = evaluating.evaluate(
        opened, part=part, data=data, without_twins=score_without_twins, quiet=as_json or as_csv
    )
    if as_json:
        click.echo(json.dumps(evaluation.to_dict()))
    elif as_csv:
        click.echo(evaluation.to_csv(), nl=False)
    else:
        Console().print(evaluation)
        if part == "test":
            click.echo(f"In {opened.path}: evaluation.json, per_class.csv, predictions.csv, confusion.csv and .png")
