"""Train a network on named data, a folder or archive of pictures, or a table."""

import json
from pathlib import Path
from typing import Any

import click

from saccade.cli._settings import changes, field_options, what_to_train


@click.command(
    "train",
    context_settings={"ignore_unknown_options": True, "max_content_width": 110},
    epilog="Every setting also works as field=value: saccade train mnist-convnet epochs=2 optimizer=sgd. "
    "In brackets: what a setting is when neither the recipe nor the command says it.",
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[RECIPE|DATA] [FIELD=VALUE]...")
@click.option("--resume", type=click.Path(path_type=Path), metavar="RUN", help="Go on with an interrupted run.")
@click.option("--run", type=click.Path(path_type=Path), metavar="FOLDER", help="Exact run folder; must not exist.")
@click.option("--runs", type=click.Path(path_type=Path), default=Path("runs"), help="Where numbered runs go. [runs]")
@click.option("--seeds", type=click.IntRange(1), default=1, metavar="N", help="Train N times; mean and spread.")
@click.option("--evaluate", is_flag=True, help="Open the sealed test part at the end.")
@click.option("--strict", is_flag=True, help="Refuse to train when the audit of the data has a warning or worse.")
@click.option("--no-check", is_flag=True, help="Train without the audit of the data.")
@click.option("--quiet", "-q", is_flag=True, help="Print only the run folder.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
@field_options
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
    from saccade.cli._describing import tell_notes
    from saccade.errors import RecipeError

    word, fields = changes(options, words)
    silent = quiet or as_json
    if strict and no_check:
        raise RecipeError("--strict refuses what the audit finds, and --no-check leaves the audit out: choose one.")
    if resume and (word or fields or run or seeds > 1):
        raise RecipeError("--resume goes on with the run's own recipe; other settings cannot be changed.")
    opened, settled, dataset = _prepared(resume, word, fields, silent=silent)
    if as_json:
        tell_notes(dataset)
    audit = None if resume or no_check else _audited(dataset, strict=strict, quiet=quiet, as_json=as_json)

    # the data are good: now load Keras, which takes seconds
    from saccade import evaluating, training
    from saccade.cli._results import told, told_spread
    from saccade.display import show

    finished = []
    for seed in range(settled.seed, settled.seed + seeds):
        with show(quiet=quiet, as_json=as_json) as progress:
            if opened:
                done = training.resume(opened, dataset, progress=progress)
            else:
                folder = run.with_name(f"{run.name}-seed{seed}") if run and seeds > 1 else run
                seeded = settled.changed(seed=seed)
                done = training.train(seeded, dataset, runs=runs, folder=folder, progress=progress, audit=audit)
        score = evaluating.evaluate_table if settled.finds_anomalies else evaluating.evaluate
        evaluation = score(done) if evaluate else None
        told(done, evaluation, quiet=quiet, as_json=as_json)
        finished.append((done, evaluation))
    if seeds > 1:
        told_spread(finished, as_json=as_json)


def _prepared(resume: Path | None, word: str | None, fields: dict[str, Any], *, silent: bool) -> tuple[Any, Any, Any]:
    """Return the run to go on with (or None), the recipe and the data, and say what the data are."""
    from saccade import preparing
    from saccade import recipe as recipes
    from saccade.cli._describing import describe
    from saccade.run import Run

    opened = Run.open_to_resume(resume) if resume else None
    if opened:
        settled, dataset = opened.recipe, preparing.reload_any(opened, quiet=silent)
    else:
        name, fields = what_to_train(word, fields)
        settled, dataset = preparing.prepare_any(recipes.read(name, **fields), quiet=silent)
    if not silent:
        describe(dataset)
    return opened, settled, dataset


def _audited(dataset: Any, *, strict: bool, quiet: bool, as_json: bool) -> dict[str, Any]:
    """Return what the audit found, and say the worst of it; with `strict`, refuse it."""
    from saccade import auditing
    from saccade.cli._describing import warn

    audit = auditing.audit(dataset, quiet=quiet or as_json)
    found = audit.to_dict()
    if strict:
        audit.refuse_problems()
    if as_json:
        click.echo(json.dumps({"event": "audit", "verdict": audit.verdict, "findings": found["findings"]}))
    elif not quiet:
        warn(audit)
    return found
