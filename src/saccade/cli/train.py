"""Train a network on named data, a folder or archive of images, or a table."""

import json
from pathlib import Path
from typing import Any

import click

from saccade.cli._settings import SettingsCommand, changes


@click.command(
    "train",
    cls=SettingsCommand,
    context_settings={"ignore_unknown_options": True, "max_content_width": 110},
    epilog="Every setting also works as field=value: saccade train mnist-convnet epochs=2 optimizer=sgd. "
    "In brackets: what a setting is when neither the recipe nor the command says it.",
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[RECIPE|DATA] [FIELD=VALUE]...")
@click.option(
    "--resume",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Go on with an interrupted run, and its other seeds.",
)
@click.option("--run", type=click.Path(path_type=Path), metavar="FOLDER", help="Exact run folder; must not exist.")
@click.option("--runs", type=click.Path(path_type=Path), default=Path("runs"), help="Where numbered runs go. [runs]")
@click.option("--seeds", type=click.IntRange(1), default=1, metavar="N", help="Train N times; mean and spread.")
@click.option("--evaluate", is_flag=True, help="Open the sealed test split at the end.")
@click.option("--strict", is_flag=True, help="Refuse to train when the audit of the data has a warning or worse.")
@click.option("--no-check", is_flag=True, help="Train without the audit of the data.")
@click.option("--quiet", "-q", is_flag=True, help="Print only the run folder.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
def command(
    words: tuple[str, ...],
    resume: Path | None,
    run: Path | None,
    runs: Path,
    seeds: int,
    evaluate: bool,
    strict: bool,
    no_check: bool,
    quiet: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Train RECIPE (see `saccade list recipes`) or, with the default recipe, on DATA.

    DATA is a name (`saccade list data`), a folder (train|val|test/<class>/* or <class>/*), an archive of one, a table
    (CSV, JSON, Parquet) with a column that names images and one with their classes, or an NPZ file with arrays of
    images and labels. Any other CSV, Parquet or NPZ file is a table of rows: the recipe `ae` then learns to find those
    that do not belong.
    """
    from saccade.cli._describing import print_notes
    from saccade.core.errors import RecipeError

    word, fields = changes(options, words)
    silent = quiet or as_json
    if strict and no_check:
        raise RecipeError("--strict refuses what the audit finds, and --no-check leaves the audit out: choose one.")
    if resume and (word or fields or run or seeds > 1):
        raise RecipeError("--resume goes on with the run's own recipe; other settings cannot be changed.")
    opened, settled, dataset = _prepared(resume, word, fields, silent=silent)
    if as_json:
        print_notes(dataset)
    unchecked = bool(resume) or no_check
    audit = _kept(opened) if unchecked else _audited(settled, dataset, strict=strict, quiet=quiet, as_json=as_json)

    # the data are good: now load Keras, which takes seconds
    from saccade.cli._results import print_result, print_spread
    from saccade.training.display import show
    from saccade.training.seed_sweep import Sweep

    sweep = (opened and Sweep.read(opened)) or Sweep.of(settled.seed, seeds, folder=run, evaluate=evaluate)
    beside = opened.path.parent if opened else run.parent if run else runs
    known: dict[int, Any] = sweep.runs(beside) if len(sweep.seeds) > 1 else {settled.seed: opened}
    finished = []
    for seed in sweep.seeds:
        before, place = known.get(seed), run if len(sweep.seeds) == 1 else sweep.place(seed, beside)
        whole = len(sweep.seeds) > 1 and before and before.manifest["status"] == "finished"
        with show(quiet=quiet, as_json=as_json) as progress:
            new = {"runs": beside, "folder": place, "audit": audit, "sweep": sweep}
            seeded = settled.changed(seed=seed)
            done: Any = before if whole else _trained(before, seeded, dataset, progress=progress, **new)
        evaluation = _evaluated(done, anew=not whole) if evaluate or sweep.evaluate else None
        print_result(done, evaluation, quiet=quiet, as_json=as_json)
        finished.append((done, evaluation))
    if len(finished) > 1:
        print_spread(finished, as_json=as_json)


def _trained(before: Any, recipe: Any, dataset: Any, *, progress: Any, **new: Any) -> Any:
    """Return the finished run: of one that was begun, or a new one."""
    from saccade import training

    if before:
        return training.resume(before, dataset, progress=progress)
    return training.train(recipe, dataset, progress=progress, **new)


def _evaluated(run: Any, *, anew: bool) -> Any:
    """Return the evaluation on the test split; one of a run that was finished is read: each opening is recorded."""
    from saccade.tasks import base

    task = base.for_run(run)
    return task.read_evaluation(run) if run.has_evaluation and not anew else task.evaluate(run)


def _prepared(resume: Path | None, word: str | None, fields: dict[str, Any], *, silent: bool) -> tuple[Any, Any, Any]:
    """Return the run to go on with (or None), the recipe and the data, and say what the data are."""
    from saccade.cli._describing import describe
    from saccade.core import recipe as recipes
    from saccade.core.run import Run
    from saccade.tasks import base

    opened = Run.open_to_resume(resume) if resume else None
    if opened:
        settled, dataset = opened.recipe, base.reload(opened, quiet=silent)
    else:
        name, fields = base.what_to_train(word, fields)
        settled, dataset = base.prepare(recipes.read(name, **fields), quiet=silent)
    if not silent:
        describe(settled, dataset)
    return opened, settled, dataset


def _kept(run: Any) -> dict[str, Any] | None:
    """Return the audit that a run to go on with keeps, for the other seeds."""
    found: dict[str, Any] | None = run.audit if run and run.has_audit else None
    return found


def _audited(recipe: Any, dataset: Any, *, strict: bool, quiet: bool, as_json: bool) -> dict[str, Any]:
    """Return what the audit found, and say the worst of it; with `strict`, refuse it."""
    from saccade.core.audit import print_problems
    from saccade.tasks import base

    audit = base.audit(recipe, dataset, quiet=quiet or as_json)
    found = audit.to_dict()
    if strict:
        audit.refuse_problems()
    if as_json:
        click.echo(json.dumps({"event": "audit", "verdict": audit.verdict, "findings": found["findings"]}))
    elif not quiet:
        print_problems(audit)
    return found
