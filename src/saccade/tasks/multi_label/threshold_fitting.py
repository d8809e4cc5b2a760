"""Run → thresholds.json: what the validation images say of its probabilities; the test split is not read."""

from saccade.core.run import Run
from saccade.inference import load_model
from saccade.tasks.image_evaluating import answers
from saccade.tasks.multi_label.tagged_images import TaggedImages
from saccade.tasks.multi_label.thresholds import Thresholds, choose


def fit_thresholds(run: Run, dataset: TaggedImages) -> Thresholds | None:
    """Return the thresholds of a run's network and write them into it; None where there is no validation split."""
    rows = dataset.rows("validation")
    if not len(rows):
        return None
    found = choose(dataset.of("validation"), answers(load_model(run), dataset, rows), dataset.tags)
    run.save(found)
    return found
