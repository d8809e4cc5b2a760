"""A budget of time in a training: what keeps it, and what is kept and said of it."""

from saccade.core.recipe import Recipe
from saccade.core.run import Run
from saccade.training.learner import Learner
from saccade.training.pace import Pace
from saccade.training.progress import Progress
from saccade.training.time_budget import Outcome, TimeBudget


def time_budget(learner: Learner, pace: Pace, *, spent: float) -> TimeBudget | None:
    """Return what ends a training when its time is over; None where it has no budget."""
    if not learner.recipe.budget:
        return None
    return TimeBudget(
        learner.trainer,
        learner.recipe.budget,
        spent=spent,
        step_seconds=pace.step_seconds,
        validation_seconds=pace.validation_seconds,
    )


def tell_budget(run: Run, outcome: Outcome, progress: Progress) -> None:
    """Keep how a budget of time was kept, and say why it was not."""
    run.write_manifest(budget=outcome.to_dict())
    if outcome.sentence:
        progress.note(outcome.sentence)


def make_repeatable(run: Run, recipe: Recipe) -> None:
    """Write the steps that were done in a time into the recipe, when nothing is left to resume."""
    run.write_recipe(recipe.changed(epochs=len(run.history), steps=run.manifest["budget"]["steps"], budget=None))
