"""Run → confidence_threshold.json: from which score on a box is an answer, by the validation images."""

from collections.abc import Mapping

from saccade.core.errors import RecipeError, RunError
from saccade.core.run import Run
from saccade.inference import load_model
from saccade.tasks import base
from saccade.tasks.object_detection.answers import answers
from saccade.tasks.object_detection.coco_matching import match
from saccade.tasks.object_detection.confidence_threshold import ConfidenceThreshold
from saccade.tasks.object_detection.marked_and_found import beside
from saccade.tasks.object_detection.object_images import ObjectImages
from saccade.tasks.object_detection.threshold_choice import Criterion, choose, criterion_of


def fit_threshold(run: Run, dataset: ObjectImages, *, by: Criterion = Criterion()) -> ConfidenceThreshold | None:  # noqa: B008  (frozen)
    """Return the threshold of a run's network and write it into the run.

    None where there is no validation split, where that has no object, or where the network finds none of them. The test
    split is not read.

    Args:
        run: a trained run.
        dataset: its data.
        by: what the threshold is chosen by; the best F1 when left out.

    Raises:
        RecipeError: no threshold has the wanted precision.
    """
    rows = dataset.rows("validation")
    if not len(rows):
        return None
    found = answers(load_model(run), dataset, rows, run.recipe)
    chosen = choose(match(beside(dataset, rows, found)), by)
    if chosen:
        run.save(chosen)
    return chosen


def choose_threshold(
    run: Run, wanted: Mapping[str, str], *, rows_per_day: float | None, prevalence: float | None
) -> tuple[ConfidenceThreshold, ConfidenceThreshold | None]:
    """Return the threshold of a run and what it was before, chosen anew where something is wanted.

    Args:
        run: a trained run.
        wanted: {"precision": ".95"} or {"f_beta": "2"}; empty: nothing is changed.
        rows_per_day: of other tasks.
        prevalence: of other tasks.

    Raises:
        RecipeError: that cannot be meant or had.
        RunError: there are no validation images to choose by.
    """
    if rows_per_day is not None or prevalence is not None:
        raise RecipeError("--rows-per-day and --prevalence are not for boxes: choose by --precision or --f-beta.")
    old = run.load(ConfidenceThreshold)
    if not wanted:
        return old or ConfidenceThreshold.unknown(), None
    new = fit_threshold(run, base.reload(run), by=criterion_of(wanted))
    if new is None:
        raise RunError(
            f"{run.path} has no validation images in which its network finds an object: there is nothing to choose a "
            "threshold by. Train longer, or with --validation 0.15."
        )
    return new, old
