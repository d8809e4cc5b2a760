"""Train a network on named data, a folder or archive of images, or a table."""

import json
import os
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saccade.cli._settings import WORDS, SettingsCommand, changes
from saccade.cli._train_options import Wanted

if TYPE_CHECKING:
    from saccade.core.audit import Audit
    from saccade.core.pending_audit import PendingAudit
    from saccade.core.run import Run
    from saccade.core.safe_json import Json
    from saccade.tasks.steps import Prepared
    from saccade.training.distributed.cluster import Place
    from saccade.training.distributed.world import World
    from saccade.training.tracking.tracking import Tracking


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
@click.option("--processes", type=click.IntRange(1), metavar="N", help="Train by N processes of this machine together.")
@click.option("--machines", metavar="A:PORT,B:PORT", help="Train by several machines together: all their addresses.")
@click.option("--rank", type=click.IntRange(0), metavar="N", help="Which of --machines this is, from 0, which writes.")
@click.option(
    "--track",
    multiple=True,
    metavar="NAME[=PLACE]",
    help="Write it to mlflow or wandb too, as their environment variables say or to PLACE; may be repeated.",
)
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
    processes: int | None,
    machines: str | None,
    rank: int | None,
    track: tuple[str, ...],
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
    images and labels. Images with files of boxes beside them are taken for object detection, a table of users, items
    and ratings for recommendation. Any other CSV, Parquet or NPZ file is a table of rows: the recipe `ae` then learns
    to find those that do not belong.
    """
    from saccade.cli._together import as_rank
    from saccade.core.errors import RecipeError
    from saccade.training.distributed import cluster, supervisor

    if strict and no_check:
        raise RecipeError("--strict refuses what the audit finds, and --no-check leaves the audit out: choose one.")
    wanted = Wanted(resume, run, runs, track, evaluate, strict, no_check, quiet, as_json)
    if place := cluster.Place.of_environment():
        with as_rank(place, wanted) as (own, world):
            _train(words, options, own, seeds=1, place=place, world=world)
        return
    tf_config = os.environ.get("TF_CONFIG")
    together = cluster.choose(processes=processes, machines=machines, rank=rank, tf_config=tf_config)
    if not together:
        _train(words, options, wanted, seeds=seeds)
    elif seeds > 1:
        raise RecipeError("--seeds trains one after the other: with several processes, give each --seed its command.")
    else:
        context = click.get_current_context()
        context.exit(supervisor.supervise(["train", *context.meta[WORDS]], together))


def _train(
    words: tuple[str, ...],
    options: dict[str, Any],
    wanted: Wanted,
    *,
    seeds: int,
    place: "Place | None" = None,
    world: "World | None" = None,
) -> None:
    """Train as one process, or as a rank among others."""
    from saccade.core.errors import RecipeError
    from saccade.core.run import Run
    from saccade.core.run_folder import refuse_file

    if not wanted.run and not wanted.resume:
        refuse_file(wanted.runs)
    word, fields = changes(options, words)
    if wanted.resume and (word or fields or wanted.run or seeds > 1):
        raise RecipeError("--resume goes on with the run's own recipe; other settings cannot be changed.")
    opened = Run.open_to_resume(wanted.resume) if wanted.resume else None
    tracking = _tracking(wanted, opened)
    prepared = _prepared(word, fields, wanted, opened, world)
    _describe(prepared, wanted)
    audit = _audit(prepared, wanted, opened, together=world is not None)

    # the data are good: now load Keras, which takes seconds
    from saccade.cli._results import print_result, print_spread
    from saccade.training.display import show
    from saccade.training.seed_training import train_seeds

    quiet, as_json, finished = wanted.quiet, wanted.as_json, []
    with tracking, _with_others(place, world):
        for each in train_seeds(
            prepared.recipe,
            prepared.dataset,
            seeds=seeds,
            begun=opened,
            folder=wanted.run,
            runs=wanted.runs,
            evaluate=wanted.evaluate,
            audit=audit,
            began=prepared.began,
            watch=partial(tracking.watched, partial(show, quiet=quiet, as_json=as_json)),
        ):
            print_result(*each, quiet=quiet, as_json=as_json)
            tracking.finish(*each)
            finished.append(each)
    if len(finished) > 1:
        print_spread(finished, as_json=as_json)


def _prepared(
    word: str | None, fields: dict[str, Any], wanted: Wanted, opened: "Run | None", world: "World | None"
) -> "Prepared":
    """Return the recipe and its data, the same for all ranks."""
    from saccade.cli._together import prepared_in_turn
    from saccade.tasks import base, steps

    with prepared_in_turn(world):
        if opened:
            prepared = steps.Prepared(opened.recipe, base.reload(opened, quiet=wanted.silent))
        else:  # several processes join each other before Keras loads
            prepared = steps.prepare_training(word, fields, quiet=wanted.silent, keras_ahead=not world)
    if world:
        from saccade.training.distributed.agreement import require_agreement

        require_agreement(world, prepared.recipe, prepared.dataset)
    return prepared


def _describe(prepared: "Prepared", wanted: Wanted) -> None:
    from saccade.cli._describing import print_notes

    if wanted.as_json:
        print_notes(prepared.dataset)
    elif not wanted.quiet:
        prepared.task.describe(prepared.dataset)


def _audit(
    prepared: "Prepared", wanted: Wanted, opened: "Run | None", *, together: bool
) -> "Json | PendingAudit | None":
    """Return what is wrong with the data, or what is still looking for it; None where nobody is to look."""
    if opened and opened.has_audit:
        return opened.audit  # for the other seeds
    if not (opened.awaits_audit if opened else not wanted.no_check):
        return None
    shown = partial(_print_audit, quiet=wanted.quiet, as_json=wanted.as_json)
    # waited for where it may refuse to train; and by several processes, of which only the first writes
    if wanted.strict or together:
        return prepared.audit(quiet=wanted.silent, strict=wanted.strict, show=shown).to_dict()
    return prepared.audit_beside(show=shown)


def _tracking(wanted: Wanted, resumed: "Run | None") -> "Tracking":
    """Return what follows the trainings; without trackers, nothing."""
    from saccade.training.tracking.tracking import Tracking

    def note(text: str) -> None:
        if wanted.as_json:
            click.echo(json.dumps({"event": "note", "text": text}))
        elif not wanted.quiet:
            click.echo(text)

    warn = (lambda text: click.echo(f"note: {text}", err=True)) if wanted.quiet and not wanted.as_json else None
    return Tracking(wanted.track, note=note, warn=warn, resumed=resumed)


def _with_others(place: "Place | None", world: "World | None") -> AbstractContextManager[None]:
    if not place or not world:
        return nullcontext()
    from saccade.training.distributed.training_together import training_together

    return training_together(place, world)


def _print_audit(audit: "Audit", *, quiet: bool, as_json: bool) -> None:
    """Say the worst of what was found."""
    from saccade.core.audit import print_problems

    if as_json:
        findings = audit.to_dict()["findings"]
        click.echo(json.dumps({"event": "audit", "verdict": audit.verdict, "findings": findings}))
    elif not quiet:
        print_problems(audit)
