"""Judge a trained network on the rows that were kept back, by its task's own evaluation, with the test split sealed.

A copy of the run is made whose split.csv calls the kept rows its test split, and all other rows nothing: the task
evaluates that, and two such copies are compared as any two runs are, row by row. The true test split is in no file that
is read here, so nothing can open it.
"""

import shutil

from saccade.core.dataset import Dataset
from saccade.core.run import Run
from saccade.tasks import base
from saccade.tuning.held_out_half import HeldOutHalf


def judge(run: Run, dataset: Dataset, held_out: HeldOutHalf, *, data: str, copy: Run) -> Run:
    """Return a copy of a finished run that is evaluated on the rows that were kept back.

    Args:
        run: what is judged.
        dataset: the data that it was trained on.
        held_out: says which rows.
        data: where the data lie now.
        copy: where; one that is there and whole is kept.
    """
    if copy.has_manifest and copy.has_evaluation:
        return copy
    shutil.rmtree(copy.path, ignore_errors=True)
    made = Run.create(run.recipe.changed(data=data), folder=copy.path)
    made.write_data(run.data)
    task = base.for_run(run)
    made.write_split(held_out.as_test(dataset, with_training=task.answers_by_training))
    if dataset.overrides:
        made.write_overrides(dataset.overrides)
    made.adopt(run, for_now=True)
    made.write_manifest(**{**run.manifest, "judged": str(run.path)})
    made.drop_checkpoint()
    task.evaluate(made, split="test", quiet=True)
    return made
