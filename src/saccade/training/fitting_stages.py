"""Stages of a training: parts of the network that are trained before the whole."""

import time
from collections.abc import Callable

from saccade.core.run import Run
from saccade.core.run_files import interpreting
from saccade.training.learner import Learner
from saccade.training.progress import Progress
from saccade.training.stage import StageWeights

FitEpochs = Callable[[Run, Learner, Progress, float], object]
"""Trains a learner epoch by epoch in a folder; the last is when the work on it began."""


def fit_stages(run: Run, learner: Learner, progress: Progress, *, fit: FitEpochs) -> None:
    """Train the parts that are trained before the whole; those that were are only put back."""
    stages = learner.task.stages(learner.network, learner.recipe, learner.dataset)
    for position, stage in enumerate(stages, start=1):
        own = run.stage(f"{position:02}-{stage.name}")
        if known := own.load(StageWeights):
            with interpreting(own.path):
                stage.restore(known)
        else:
            progress.stage(stage.about, verb="Pretraining")
            own.write_manifest(about=stage.about)
            fit(own, learner.of_stage(stage), progress, time.monotonic())
            own.save(stage.learnt)
            own.drop_checkpoint()
