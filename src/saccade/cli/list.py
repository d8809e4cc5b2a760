"""List models, recipes, data sets, tasks or runs; preview the images of a data set."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from saccade.cli._options import OneOf
from saccade.core.naming import readable

if TYPE_CHECKING:
    from saccade.report.run_listing import ListedRun

KINDS = (
    *("data", "models", "backbones", "autoencoders", "recipes", "tasks", "sources"),
    *("metrics", "checks", "detectors", "formats", "trackers", "runs"),
)


@click.command("list")
@click.argument("kind", type=OneOf(KINDS), required=False, metavar="[KIND]")
@click.argument("name", required=False)
@click.option("--preview", type=click.Path(path_type=Path), metavar="PNG", help="Draw sample images of a data set.")
@click.option("--runs", type=click.Path(path_type=Path), default=Path("runs"), help="Where the runs are. [runs]")
@click.option("--csv", "as_csv", is_flag=True, help="Print one KIND as CSV; of runs all scores and settings.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(kind: str | None, name: str | None, preview: Path | None, runs: Path, as_csv: bool, as_json: bool) -> None:
    """List what there is of one KIND, or of every kind.

    Kinds: data, models, backbones, autoencoders, recipes, tasks, sources, metrics, checks, detectors, formats,
    trackers, runs.

    `saccade list data NAME|FOLDER` counts its images, and with --preview grid.png draws some with their class names.

    `saccade list runs --csv` is a table for a spreadsheet: a row a run with its state, the best validation score, the
    test score with its 95% interval once it was opened, and every setting. `saccade list runs FOLDER` lists those of
    another folder, such as the trials of a search.
    """
    from saccade.core.errors import RecipeError

    if kind == "runs" and name:
        runs, name = Path(name), None
        _refuse_no_folder_of_runs(runs)
    if (name or preview) and kind not in (None, "data"):
        raise RecipeError("Only data have a NAME and a --preview: saccade list data mnist --preview grid.png")
    if preview and not name:
        raise RecipeError("Say which data to draw: saccade list data mnist --preview grid.png")
    if as_csv and (kind is None or name or as_json):
        raise RecipeError("--csv prints one kind as a table, without --json: saccade list runs --csv")
    if name:
        _show_data(name, preview, as_json=as_json)
        return
    if as_csv:
        click.echo(_as_csv(kind, runs), nl=False)
        return
    shown = [kind] if kind else KINDS[:-1]
    found = {each: _lines(_listed(runs)) if each == "runs" else _described(each) for each in shown}
    if as_json:
        click.echo(json.dumps(found))
        return
    for heading, entries in found.items():
        click.secho(heading, bold=True)
        width = max((len(entry) for entry in entries), default=0)
        for entry, description in entries.items():
            click.echo(f"  {entry:<{width}}  {description}")
        if not entries:
            click.echo("  none yet")


def _refuse_no_folder_of_runs(folder: Path) -> None:
    from saccade.core.errors import RunError
    from saccade.core.run import Run
    from saccade.core.shell_words import shell_word

    if Run(folder).has_manifest:
        raise RunError(f"{folder} is a run itself. Look at it: saccade summary {shell_word(folder)}")
    if not folder.is_dir():
        raise RunError(f"There is no folder {folder}. Runs lie where they were trained, in runs/ unless you said else.")


def _described(kind: str) -> dict[str, str]:
    """Return a line on each thing of a kind."""
    from saccade.core import registry

    return registry.known_data() if kind == "data" else registry.descriptions(kind)


def _as_csv(kind: str | None, runs: Path) -> str:
    if kind == "runs":
        from saccade.report.run_listing import to_csv

        return to_csv(_listed(runs))
    return _csv(_described(str(kind)))


def _listed(folder: Path) -> "list[ListedRun]":
    from saccade.report.run_listing import list_runs

    return list_runs(folder)


def _lines(runs: "Sequence[ListedRun]") -> dict[str, str]:
    """Return a line a run; one that is damaged says so in its own line."""
    return {str(run.path): _line(run) for run in runs}


def _line(run: "ListedRun") -> str:
    if run.status == "damaged":
        return run.problem
    best = f", {readable(run.monitor)} {run.best:.4f}" if run.best is not None else ""
    test = f", test {run.test[0]} {run.test[1]}" if run.test else ""
    damage = f"; {run.problem}" if run.status == "finished" and run.problem else ""
    return f"{run.status}{best}{test}, started {run.started}{damage}"


def _csv(entries: dict[str, str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("name", "description"), *entries.items()])
    return text.getvalue()


def _counted(counts: Mapping[str, int]) -> str:
    """Return the images of each class; of very many classes the largest, and how many more there are."""
    from saccade.core.many_classes import are_many, first_of_many

    if not are_many(counts):
        return ", ".join(f"{label} {count:,}" for label, count in counts.items())
    largest = first_of_many(counts.items(), key=lambda each: -each[1])
    shown = ", ".join(f"{label} {count:,}" for label, count in largest)
    return f"{shown}; and {len(counts) - len(largest):,} classes of {min(counts.values()):,} to {largest[-1][1]:,}"


def _show_data(name: str, preview: Path | None, *, as_json: bool) -> None:
    from saccade.tasks import steps

    prepared = steps.prepare_check(name, {}, quiet=False)
    dataset = prepared.dataset
    if as_json:
        click.echo(json.dumps(dataset.record()))
    else:
        prepared.task.describe(dataset)
        for split, counts in dataset.counts().items():
            click.echo(f"  {split:<10}  {_counted(counts)}")
    if preview:
        prepared.task.preview(dataset, preview)
        click.echo(f"Sample images: {preview}", err=as_json)
