"""Train a recipe with several seeds, one after the other, and go on where that was stopped."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from saccade.core.dataset import Dataset
from saccade.core.held_data import holding
from saccade.core.pending_audit import PendingAudit
from saccade.core.recipe import Recipe
from saccade.core.result import Result
from saccade.core.run import Run
from saccade.core.safe_json import Json
from saccade.inference.held_network import holding_network
from saccade.tasks import base
from saccade.training import racing
from saccade.training.imports_ahead import TO_COMPLETE, TO_EVALUATE, ImportsAhead
from saccade.training.progress import Progress
from saccade.training.seed_sweep import Sweep


def train_seeds(
    recipe: Recipe,
    dataset: Dataset,
    *,
    seeds: int,
    begun: Run | None,
    folder: Path | None,
    runs: Path,
    evaluate: bool,
    audit: Json | PendingAudit | None,
    began: float | None = None,
    watch: Callable[[], AbstractContextManager[Progress]],
) -> Iterator[tuple[Run, Result | None]]:
    """Yield the finished run of each seed, and its evaluation where that is asked for.

    Args:
        recipe: with the first seed.
        dataset: its data.
        seeds: how many.
        begun: a run to go on with, and with the other seeds that it was trained beside; those that are finished are
            neither trained nor evaluated again.
        folder: of the run, with -seedN for several; None: the next number in `runs`.
        runs: where numbered runs go.
        evaluate: open the test split at the end of each.
        audit: what was found in the data, kept in each run; where it is pending, as soon as it is there.
        began: when the work on the first began, for a budget of time, as `fitting.train` has it.
        watch: opens what a training tells.
    """
    first = recipe.seed
    sweep = (begun and Sweep.read(begun)) or Sweep.of(first, seeds, folder=folder, evaluate=evaluate)
    beside = begun.path.parent if begun else folder.parent if folder else runs
    several = len(sweep.seeds) > 1
    parts = (*TO_COMPLETE, *(TO_EVALUATE if evaluate or sweep.evaluate else ()))
    ahead = ImportsAhead(base.named(recipe.task, dataset.modality), parts)
    known = {**sweep.runs(beside)} if several else {first: begun} if begun else {}
    for seed in sweep.seeds:
        run = known.get(seed)
        is_whole = several and run is not None and run.manifest["status"] == "finished"
        with holding(dataset), holding_network():
            if run is None or not is_whole:
                with watch() as progress:
                    if run:
                        run = racing.resume(run, dataset, progress=progress, callbacks=[ahead], audit=audit)
                    else:
                        run = racing.train(
                            recipe.changed(seed=seed),
                            dataset,
                            callbacks=[ahead],
                            runs=beside,
                            folder=sweep.place(seed, beside) if several else folder,
                            audit=audit,
                            sweep=sweep,
                            began=began if seed == first else None,
                            progress=progress,
                        )
            found = _evaluation(run, anew=not is_whole) if evaluate or sweep.evaluate else None
        yield run, found


def _evaluation(run: Run, *, anew: bool) -> Result:
    """Return the evaluation on the test split; one of a run that was finished is read: each opening is recorded."""
    task = base.for_run(run)
    return task.read_evaluation(run) if run.has_evaluation and not anew else task.evaluate(run)
