"""Train on embedded data, evaluate, predict, and say where to look: a minute in all."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saccade.cli._options import OneOf

if TYPE_CHECKING:
    from saccade.core.rendering import Console


NAMES = ("digits", "boxes", "films")


@dataclass(frozen=True)
class Demo:
    """A recipe on data that need no download, and what is shown of it.

    Attributes:
        recipe: its name.
        show: prints some answers, given a console, the run and its dataset; returns what was written beside the report.
        following: what to try next, commands with {run} and {shown}.
        shown: the dataset's name for what `following` looks at.
    """

    recipe: str
    show: Callable[["Console", Any, Any], str]
    following: tuple[str, ...]
    shown: Callable[[Any], str]


@click.command("demo")
@click.argument("demo", type=OneOf(NAMES), default="digits")
@click.option("--runs", type=click.Path(path_type=Path), default=Path("runs"), help="Where the run goes. [runs]")
def command(demo: str, runs: Path) -> None:
    """Go the whole way on scikit-learn's 8×8 digits, which need no download.

    Or find them, scattered: demo boxes. Or recommend films, all of them invented: demo films.
    """
    from saccade.core.audit import print_problems
    from saccade.tasks import steps

    chosen = DEMOS[demo]
    prepared = steps.prepare_training(chosen.recipe, {"name": "demo"}, quiet=False, keras_ahead=True)
    task, dataset = prepared.task, prepared.dataset
    task.describe(dataset)
    audit = prepared.audit_beside(show=print_problems)

    from saccade import training
    from saccade.core.held_data import holding
    from saccade.core.rendering import Console
    from saccade.inference.held_network import holding_network
    from saccade.training.display import show
    from saccade.training.imports_ahead import TO_COMPLETE, TO_EVALUATE, TO_REPORT, ImportsAhead

    ahead = ImportsAhead(task, (*TO_COMPLETE, *TO_EVALUATE, *TO_REPORT))
    console = Console()
    with holding(dataset), holding_network():
        with show() as progress:
            trained = training.train(
                prepared.recipe, dataset, runs=runs, progress=progress, callbacks=[ahead], audit=audit
            )
        run = task.trained(trained.path)
        console.print(run.evaluate())
        beside = chosen.show(console, run, dataset)
        report = run.report()
    console.print(f"\nLook at {report}, the whole story in one page{beside}.")
    console.print("Next:", style="bold")
    for command in chosen.following:
        following = command.format(run=run.path, shown=chosen.shown(dataset))
        console.print(f"  saccade {following}", highlight=False, soft_wrap=True)


def _show_digits(console: "Console", run: Any, dataset: Any) -> str:
    """Print what the network says of some images, and what they are."""
    rows = _some(dataset)
    console.print("\nSome test images, and what the network says:", style="bold")
    for row, answer in zip(rows, run.predict(dataset.images[rows]), strict=True):
        truth = dataset.classes[dataset.labels[row]]
        mark = "" if truth == answer.label else f"   wrong, it is a {truth}"
        console.print(f"  {dataset.names[row]}   {answer.label}   {answer.probability:.3f}{mark}", highlight=False)
    return _show_images(console, run, dataset)


def _show_images(console: "Console", run: Any, dataset: Any) -> str:
    """Draw some images into the run."""
    from saccade.tasks import base

    run.save_image("samples", lambda path: base.for_run(run).preview(dataset, path))
    return "; samples.png and confusion.png lie beside it"


def _show_films(console: "Console", run: Any, dataset: Any) -> str:
    """Print what one person may like, and the ratings that speak for it."""
    person, count = dataset.ratings.users[dataset.users_of("test")[0]], 5
    console.print(f"\nWhat person {person} of the data may like:", style="bold")
    for each in run.recommend(user=person, count=count).items:
        because = ", ".join(f"{reason.title} ({reason.rating:g})" for reason in each.reasons)
        console.print(f"  {each.title:<32} {each.expected:.2f} stars expected", highlight=False)
        console.print(f"     because of {because}", highlight=False, soft_wrap=True)
    return ""


def _some(dataset: Any) -> Any:
    return dataset.rows("test")[:8]


def _first_image(dataset: Any) -> str:
    return str(dataset.names[_some(dataset)[0]])


def _first_title(dataset: Any) -> str:
    return str(dataset.ratings.titles[0])


_IMAGES_NEXT = ("inspect {run} {shown}", "train mnist-convnet", "train YOUR_FOLDER")

DEMOS = {
    "digits": Demo("quick-digits", _show_digits, _IMAGES_NEXT, _first_image),
    "boxes": Demo("scattered-digits", _show_images, _IMAGES_NEXT, _first_image),
    "films": Demo(
        "films-rbm",
        _show_films,
        ('predict {run} --rate "{shown}=5"', 'inspect {run} "{shown}"', "train YOUR_RATINGS.csv"),
        _first_title,
    ),
}
