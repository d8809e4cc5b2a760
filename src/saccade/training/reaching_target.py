"""A target in a training: what ends it there, and what is kept and said of it."""

from collections.abc import Callable, Mapping
from functools import partial

from saccade.core.run import Run
from saccade.training.aim import Reaching
from saccade.training.averaging import SwappedWeights
from saccade.training.learner import Learner
from saccade.training.progress import Progress
from saccade.training.target_watch import BATCHES_A_LOOK, TargetWatch


def target_watch(learner: Learner, averages: SwappedWeights | None) -> TargetWatch | None:
    """Return what ends a training where its target is reached; it looks with the weights that would be kept."""
    if not learner.aim:
        return None
    trainer, metric = learner.trainer, learner.aim.metric

    def validate(is_hopeless: Callable[[float, int], bool]) -> float | None:
        def ask(results: Mapping[str, float], batches: int) -> bool:
            return is_hopeless(results[metric], batches * learner.validation_batch_size)

        check = partial(trainer.validated, ask, steps=BATCHES_A_LOOK)
        results = averages.around(check) if averages else check()
        return None if results is None else results[metric]

    return TargetWatch(trainer, learner.aim, validate=validate)


def tell_reaching(run: Run, reaching: Reaching, progress: Progress) -> None:
    """Keep whether the target was reached, and say so."""
    run.write_manifest(until=reaching.to_dict())
    progress.note(reaching.sentence)
