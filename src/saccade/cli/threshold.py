"""Show from which score on an answer is given, an alarm or a box, or choose that anew without training."""

import json
from pathlib import Path

import click


@click.command("threshold")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--max-alarms", "alarms", metavar="RATE", help="False alarms: 20/day, 5/1000, 1% or 0.001 of the rows.")
@click.option("--budget", metavar="K/N", help="Of the next N rows, a person can look at K: 50/10000.")
@click.option("--cost", metavar="COSTS", help="Least expected cost: miss=500,alarm=10. Needs labelled anomalies.")
@click.option("--f-beta", metavar="BETA", help="Best F-beta: 1, or 2 where a miss is worse. Needs labelled anomalies.")
@click.option("--precision", metavar="SHARE", help="Share of the found boxes that are right, at least: .95.")
@click.option("--p-value", metavar="P", help="Conformal p-value of at most P: 0.01.")
@click.option("--extreme-value", metavar="RATE", help="Rarer false alarms than calibration rows can show: 0.0001.")
@click.option("--prevalence", type=float, metavar="SHARE", help="Share of anomalies among the rows to come: .00173.")
@click.option("--rows-per-day", type=float, metavar="N", help="Rows that come a day; counted with a time column.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    run: Path, prevalence: float | None, rows_per_day: float | None, as_json: bool, **wanted: str | None
) -> None:
    """Print the threshold of RUN, or choose another one by one of the options, and write it into the run.

    Of anomalies, it is chosen from the scores that the calibration split had when RUN was trained; with --prevalence or
    --rows-per-day alone, what was asked before is chosen anew. Of boxes, by --precision or --f-beta, on the validation
    images.
    """
    from saccade.core.run import Run
    from saccade.tasks import base

    opened = Run.open(run)
    asked = {method: words for method, words in wanted.items() if words is not None}
    shown, old = base.for_run(opened).choose_threshold(opened, asked, rows_per_day=rows_per_day, prevalence=prevalence)
    if as_json:
        click.echo(json.dumps(shown.to_dict()))
        return
    click.echo("\n".join(shown.sentences))
    if old:
        click.echo(f"Before: scores above {old.value:.6g}. Files exported before carry that: export them again.")
