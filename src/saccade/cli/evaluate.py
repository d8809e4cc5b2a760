"""Say how good a run is on its sealed test split, or on other labelled data, with intervals."""

import json
from pathlib import Path
from typing import Any

import click

from saccade.cli._options import OneOf


@click.command("evaluate")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--split",
    type=OneOf(["test", "calibration", "validation", "train"]),
    help="Which images or rows; of other data, a split of theirs. [test; all of other data]",
)
@click.option("--data", metavar="PATH", help="Where the data lie now, if they have moved; or other, labelled data.")
@click.option("--label", default="", metavar="COLUMN", help="Of labels, in another table.")
@click.option("--normal", default="", metavar="NAME", help="The label or class that is normal, in other data.")
@click.option("--score-without-duplicates", is_flag=True, help="Also score without images that another split has too.")
@click.option("--prevalence", type=float, metavar="SHARE", help="Of anomalies, where the network is to work: 0.00173.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the per-class table as CSV.")
def command(
    run: Path,
    split: str | None,
    data: str | None,
    label: str,
    normal: str,
    score_without_duplicates: bool,
    prevalence: float | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Print how good RUN is; for the test split, also write the numbers, the tables and the confusion matrix into it.

    With --data and data that are not the run's own, it says how good RUN is on those: the sealed test split and its
    numbers stay as they are, and what is found goes into RUN/evaluations.

    Of a run that looks for anomalies, precision, average precision and alarms are those at the table's own share of
    anomalies, or at --prevalence.
    """
    from saccade.cli._describing import warn_unfinished
    from saccade.core.rendering import Console
    from saccade.core.run import Run
    from saccade.tasks import base

    opened = Run.open(run)
    warn_unfinished(opened)
    given: dict[str, Any] = {
        "without_duplicates": score_without_duplicates or None,
        "prevalence": prevalence,
        "as_csv": as_csv or None,
    }
    given |= {"label": label or None, "normal": normal or None}
    asked = {name: value for name, value in given.items() if value is not None}
    task = base.for_run(opened)
    task.refuse_options(asked, task.evaluate_options, run)
    asked.pop("as_csv", None)
    evaluation = task.evaluate(opened, split=split, data=data, quiet=as_json or as_csv, **asked)
    if as_json:
        click.echo(json.dumps(evaluation.to_dict()))
    elif as_csv:
        click.echo(evaluation.to_csv(), nl=False)
    else:
        Console().print(evaluation)
        if evaluation.other_data:
            click.echo(f"In {opened.path}/evaluations; the run's own test split and its numbers are as they were.")
        elif evaluation.split == "test":
            click.echo(f"In {opened.path}: evaluation.json, {', '.join(evaluation.tables)}")
