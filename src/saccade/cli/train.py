"""Train a network on named data, a folder or archive of images, or a table."""

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saccade.cli._settings import SettingsCommand, changes

if TYPE_CHECKING:
    from saccade.core.audit import Audit


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
@click.option(
    "--strict", is_flag=True, help="Wait for the audit of the data, and refuse to train when it has a warning or worse."
)
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
    from saccade.core.run import Run
    from saccade.tasks import base, steps

    word, fields = changes(options, words)
    silent = quiet or as_json
    if strict and no_check:
        raise RecipeError("--strict refuses what the audit finds, and --no-check leaves the audit out: choose one.")
    if resume and (word or fields or run or seeds > 1):
        raise RecipeError("--resume goes on with the run's own recipe; other settings cannot be changed.")
    opened = Run.open_to_resume(resume) if resume else None
    if opened:
        prepared = steps.Prepared(opened.recipe, base.reload(opened, quiet=silent))
    else:
        prepared = steps.prepare_training(word, fields, quiet=silent, keras_ahead=True)
    if as_json:
        print_notes(prepared.dataset)
    elif not quiet:
        prepared.task.describe(prepared.dataset)
    shown = partial(_print_audit, quiet=quiet, as_json=as_json)
    audit: Any = None
    if opened and opened.has_audit:
        audit = opened.audit  # for the other seeds
    elif strict:
        audit = prepared.audit(quiet=silent, strict=True, show=shown).to_dict()
    elif opened.awaits_audit if opened else not no_check:
        audit = prepared.audit_beside(show=shown)

    # the data are good: now load Keras, which takes seconds
    from saccade.cli._results import print_result, print_spread
    from saccade.training.display import show
    from saccade.training.seed_training import train_seeds

    finished = []
    for each in train_seeds(
        prepared.recipe,
        prepared.dataset,
        seeds=seeds,
        begun=opened,
        folder=run,
        runs=runs,
        evaluate=evaluate,
        audit=audit,
        began=prepared.began,
        watch=partial(show, quiet=quiet, as_json=as_json),
    ):
        print_result(*each, quiet=quiet, as_json=as_json)
        finished.append(each)
    if len(finished) > 1:
        print_spread(finished, as_json=as_json)


def _print_audit(audit: "Audit", *, quiet: bool, as_json: bool) -> None:
    """Say the worst of what was found."""
    from saccade.core.audit import print_problems

    if as_json:
        findings = audit.to_dict()["findings"]
        click.echo(json.dumps({"event": "audit", "verdict": audit.verdict, "findings": findings}))
    elif not quiet:
        print_problems(audit)
