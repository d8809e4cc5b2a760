"""List models, recipes, data sets, tasks or runs; preview the images of a data set."""

import json
from pathlib import Path
from typing import Any

import click

from saccade.cli._naming import readable
from saccade.cli._options import OneOf

KINDS = (
    *("data", "models", "backbones", "autoencoders", "recipes", "tasks", "sources"),
    *("metrics", "checks", "detectors", "formats", "runs"),
)


@click.command("list")
@click.argument("kind", type=OneOf(KINDS), required=False, metavar="[KIND]")
@click.argument("name", required=False)
@click.option("--preview", type=click.Path(path_type=Path), metavar="PNG", help="Draw sample images of a data set.")
@click.option("--runs", type=click.Path(path_type=Path), default=Path("runs"), help="Where the runs are. [runs]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(kind: str | None, name: str | None, preview: Path | None, runs: Path, as_json: bool) -> None:
    """List what there is of one KIND, or of every kind.

    Kinds: data, models, backbones, autoencoders, recipes, tasks, sources, metrics, checks, detectors, formats, runs.

    `saccade list data NAME|FOLDER` counts its images, and with --preview grid.png draws some with their class names.
    """
    from saccade.core.errors import RecipeError

    if (name or preview) and kind not in (None, "data"):
        raise RecipeError("Only data have a NAME and a --preview: saccade list data mnist --preview grid.png")
    if preview and not name:
        raise RecipeError("Say which data to draw: saccade list data mnist --preview grid.png")
    if name:
        _show_data(name, preview, as_json=as_json)
        return
    shown = [kind] if kind else KINDS[:-1]
    found = {each: _described(each, runs) for each in shown}
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


def _described(kind: str, runs: Path) -> dict[str, str]:
    """Return a line on each thing of a kind."""
    from saccade.core import registry

    if kind == "runs":
        return _runs(runs)
    return registry.known_data() if kind == "data" else registry.descriptions(kind)


def _runs(folder: Path) -> dict[str, str]:
    """Return a line a run; one that is damaged says so in its own line."""
    from saccade.core.errors import RunError
    from saccade.core.run import Run

    def line(path: Path) -> str:
        try:
            return _run_line(Run.open(path).manifest)
        except RunError as error:
            return str(error)

    found = {path.parent for name in ("run.json", "recipe.yaml") for path in folder.glob(f"*/{name}")}
    return {str(path): line(path) for path in sorted(found)}


def _run_line(manifest: dict[str, Any]) -> str:
    monitor, best = manifest.get("monitor"), manifest.get("best", {})
    score = f", {readable(monitor)} {best[monitor]:.4f}" if monitor in best else ""
    return f"{manifest['status']}{score}, started {manifest['started']}"


def _show_data(name: str, preview: Path | None, *, as_json: bool) -> None:
    from saccade.tasks import steps

    prepared = steps.prepare_check(name, {}, quiet=False)
    dataset = prepared.dataset
    if as_json:
        click.echo(json.dumps(dataset.record()))
    else:
        prepared.task.describe(dataset)
        for split, counts in dataset.counts().items():
            click.echo(f"  {split:<10}  " + ", ".join(f"{label} {count:,}" for label, count in counts.items()))
    if preview:
        prepared.task.preview(dataset, preview)
        click.echo(f"Sample images: {preview}", err=as_json)
