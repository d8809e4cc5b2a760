"""What a finished training says."""

from collections.abc import Iterator, Sequence

from saccade.core.run import Run
from saccade.tasks import race_text
from saccade.tasks.classification.calibration import Calibration
from saccade.tasks.classification.predictor import novelty_of
from saccade.tasks.classification.views import VIEWS


def sentences(run: Run) -> Sequence[str]:
    """Return what there was to choose, a line a way to train; that only one class is answered; what is refused."""
    return [*race_text.lines(run), *filter(None, _sentences(run))]


def _sentences(run: Run) -> Iterator[str]:
    calibration, novelty = run.load(Calibration), novelty_of(run)
    if calibration:
        yield calibration.warning
        yield views(calibration, run.recipe.test_time_augmentation)
    if novelty:
        yield novelty.sentence


def views(calibration: Calibration, augmentation: str) -> str:
    """Return what the other views of an image bring, where answers take them in; else ""."""
    if calibration.accuracy_alone is None:
        return ""
    advice = "" if calibration.accuracy >= calibration.accuracy_alone else " Leave test_time_augmentation out."
    of = VIEWS[augmentation]
    return (
        f"Each answer is the mean of those for {of.words}: {calibration.accuracy:.4f} of the validation images are "
        f"right, {calibration.accuracy_alone:.4f} without; it takes {of.number} times the time.{advice}"
    )
