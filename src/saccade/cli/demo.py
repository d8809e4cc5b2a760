"""Train on the embedded digits, evaluate, predict, and say where to look: a minute in all."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saccade.cli._options import OneOf

if TYPE_CHECKING:
    from saccade.core.rendering import Console


DEMOS = {"digits": "quick-digits", "boxes": "scattered-digits"}
"""Recipes on data that need no download."""


@click.command("demo")
@click.argument("what", type=OneOf(tuple(DEMOS)), default="digits")
@click.option("--runs", type=click.Path(path_type=Path), default=Path("runs"), help="Where the run goes. [runs]")
def command(what: str, runs: Path) -> None:
    """Go the whole way on scikit-learn's 8×8 digits, which need no download; or find them, scattered: demo boxes."""
    from saccade.core.audit import print_problems
    from saccade.tasks import steps

    prepared = steps.prepare_training(DEMOS[what], {"name": "demo"}, quiet=False)
    task, dataset = prepared.task, prepared.dataset
    task.describe(dataset)
    audit = prepared.audit(quiet=False, show=print_problems)

    from saccade import training
    from saccade.core.rendering import Console
    from saccade.training.display import show

    with show() as progress:
        trained = training.train(prepared.recipe, dataset, runs=runs, progress=progress, audit=audit.to_dict())
    run = task.trained(trained.path)
    console = Console()
    console.print(run.evaluate())
    rows = dataset.rows("test")[:8]
    if what == "digits":
        _print_answers(console, run, dataset, rows)
    run.save_image("samples", lambda path: task.preview(dataset, path))
    console.print(
        f"\nLook at {run.report()}, the whole story in one page; samples.png and confusion.png lie beside it."
    )
    image = dataset.names[rows[0]]
    console.print("Next:", style="bold")
    for command in (f"inspect {run.path} {image}", "train mnist-convnet", "train YOUR_FOLDER"):
        console.print(f"  saccade {command}", highlight=False, soft_wrap=True)


def _print_answers(console: "Console", run: Any, dataset: Any, rows: Any) -> None:
    """Print what the network says of some images, and what they are."""
    console.print("\nSome test images, and what the network says:", style="bold")
    for row, answer in zip(rows, run.predict(dataset.images[rows]), strict=True):
        truth = dataset.classes[dataset.labels[row]]
        mark = "" if truth == answer.label else f"   wrong, it is a {truth}"
        console.print(f"  {dataset.names[row]}   {answer.label}   {answer.probability:.3f}{mark}", highlight=False)
