"""Search for better settings within a budget of time, and say whether they are better than the recipe."""

import json
import time
from pathlib import Path
from typing import Any

import click

from saccade.cli._settings import SettingsCommand, changes
from saccade.core.shell_words import shell_word


class TuneCommand(SettingsCommand):
    """Settings of the recipe, but for its budget of time: here that is of the whole search."""

    def _settings(self) -> dict[str, list[click.Option]]:
        return {
            heading: [option for option in options if "--budget" not in option.opts]
            for heading, options in super()._settings().items()
        }


@click.command(
    "tune",
    cls=TuneCommand,
    context_settings={"ignore_unknown_options": True, "max_content_width": 110},
    epilog="What is searched can be said: saccade tune quick-digits --budget 5m 'search={learning_rate: [1e-4, 1e-2, "
    "log], model.width: [16, 64], optimizer: {choices: [adam, sgd]}}'. Every setting also works as field=value.",
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[RECIPE|DATA] [FIELD=VALUE]...")
@click.option("--budget", metavar="TIME", help="Time of the whole search, last comparison included (5m, 1.5h). [30m]")
@click.option("--trials", type=click.IntRange(2), metavar="N", help="Try at most N settings. [as many as fit]")
@click.option("--seeds", type=click.IntRange(1), metavar="N", help="Trainings of recipe and winner to compare. [3]")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Processes that train side by side. [1]")
@click.option("--folder", type=click.Path(path_type=Path), help="Folder of the search. [searches/<recipe>-<n>]")
@click.option(
    "--resume", type=click.Path(path_type=Path), metavar="FOLDER", help="Go on with a search, or work on it too."
)
@click.option("--quiet", "-q", is_flag=True, help="Print only the recipe that was found.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
def command(
    words: tuple[str, ...],
    budget: str | None,
    trials: int | None,
    seeds: int | None,
    jobs: int | None,
    folder: Path | None,
    resume: Path | None,
    quiet: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Search for better settings of RECIPE (see `saccade list recipes`), or of the default recipe on DATA.

    Trials are short trainings of the recipe with other settings; the best third trains again, three times as long. A
    part of the time is kept to train recipe and winner anew with other seeds, and to compare them on validation rows
    that the search never saw. The test split stays sealed. Several processes, also of several machines, may work on
    one folder: saccade tune --resume FOLDER.
    """
    from saccade.core.errors import RecipeError
    from saccade.tasks import steps
    from saccade.tuning.workers import share_cores

    began = time.monotonic()
    word, fields = changes(options, words)
    budget = fields.pop("budget", budget)
    silent = quiet or as_json
    if resume:
        given = (word, budget, trials, seeds, jobs, folder, *(name for name in fields if name != "data"))
        if any(given):
            raise RecipeError("--resume goes on with the search as it was begun; only --data can be said anew.")
        _go_on(resume, fields.get("data"), quiet=quiet, as_json=as_json)
        return
    seconds = _seconds(budget if budget is not None else "30m")
    share_cores(jobs or 1)  # before Keras is loaded, which takes seconds: beside reading the data
    prepared = steps.prepare_training(word, fields, quiet=silent, keras_ahead=True)
    if not silent:
        prepared.task.describe(prepared.dataset)

    from saccade.core.atomic_files import removed_on_failure
    from saccade.tuning import searching
    from saccade.tuning.search_folder import SearchFolder

    made = SearchFolder.create(folder, name=prepared.recipe.name, beside=Path("searches"))
    asked = searching.Options(seconds, trials, seeds or 3, jobs or 1)
    with removed_on_failure(made.path):
        searching.begin(made, prepared.recipe, prepared.dataset, asked, began=began)
    _search(made, prepared.dataset, began, quiet=quiet, as_json=as_json, helpers=asked.jobs - 1)


def _go_on(path: Path, data: Any, *, quiet: bool, as_json: bool) -> None:
    from saccade.tuning.search_folder import SearchFolder
    from saccade.tuning.workers import share_cores

    made = SearchFolder.open(path)
    share_cores(made.plan.jobs)
    prepared = _prepared(made, data, quiet=quiet or as_json)
    helpers = 0 if quiet or made.is_claimed("lead") else made.plan.jobs - 1  # quiet ones are helpers themselves
    _search(made, prepared.dataset, prepared.began, quiet=quiet, as_json=as_json, helpers=helpers)


def _prepared(made: Any, data: Any, *, quiet: bool) -> Any:
    """Return the recipe and data of a search, wherever they lie now."""
    from saccade.core.errors import DataError
    from saccade.tasks import steps

    if data is None:
        try:
            return steps.prepare(made.recipe, quiet=quiet, keras_ahead=True, alone=True)
        except DataError as error:
            raise DataError(
                f"{error} If the data of {made.path} have moved, say where they are with --data."
            ) from error
    from saccade.tuning.searching import refuse_other_data

    prepared = steps.prepare(made.recipe.changed(data=data), quiet=quiet, keras_ahead=True, alone=True)
    refuse_other_data(made, prepared.dataset)
    made.move_data(prepared.recipe)
    return prepared


def _search(made: Any, dataset: Any, began: float, *, quiet: bool, as_json: bool, helpers: int) -> None:
    from saccade.core.errors import TrainingInterrupted
    from saccade.tuning.display import show_search
    from saccade.tuning.searching import search
    from saccade.tuning.workers import workers

    try:
        with workers(made, helpers) as others, show_search(quiet=quiet, as_json=as_json) as progress:
            verdict = search(made, dataset, began=began, progress=progress, helpers=others)
    except (TrainingInterrupted, KeyboardInterrupt) as stop:
        path = shell_word(made.path)
        raise TrainingInterrupted(f"Stopped; nothing is lost. Go on with: saccade tune --resume {path}") from stop
    if verdict is not None:
        _print_result(made, verdict, quiet=quiet, as_json=as_json)


def _print_result(made: Any, verdict: Any, *, quiet: bool, as_json: bool) -> None:
    from saccade.core.rendering import Console
    from saccade.tuning.display import ending, landing

    result = made.read_result()
    if as_json:
        ended = {"event": "finished", "folder": str(made.path), "recipe": str(made.best_recipe), **result}
        click.echo(json.dumps(ended))
    elif quiet:
        click.echo(made.best_recipe)
    else:
        console = Console()
        console.print(ending(verdict, result["importances"], made.results(), width=console.width), highlight=False)
        if died := made.helpers.sentence:
            console.print(died, style="yellow", highlight=False)
        if said := landing(result["seconds"], made.plan, _trials(made)):
            console.print(said, highlight=False)
        click.echo(
            f"Everything is in {made.path}, after {result['seconds']:.0f} s. Next:\n{_next_steps(made, verdict)}"
        )


def _trials(made: Any) -> int:
    return len({each.trial for each in made.results()})


def _next_steps(made: Any, verdict: Any) -> str:
    best, own = shell_word(made.best_recipe), shell_word(made.path / "recipe.yaml")
    if verdict.is_alone:
        return (
            f"  saccade evaluate {shell_word(verdict.best_run)}    open its test split, once\n"
            f"  saccade report {shell_word(verdict.best_run)}    look at it"
        )
    if verdict.is_better:
        return f"  saccade train {best}    train it, on all validation rows, as long as the recipe says"
    width = max(len(own), len(best))
    return (
        f"  saccade train {own:<{width}}    the recipe, which nothing was better than\n"
        f"  saccade train {best:<{width}}    what came next to it"
    )


def _seconds(text: object) -> float:
    """Return the seconds of "90s", "5m", "1.5h"; raises RecipeError for anything else."""
    from saccade.core.recipe import read

    seconds = read("", budget=text).budget
    return float(seconds or 0)
