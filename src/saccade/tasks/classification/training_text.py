"""What a finished training says."""

from collections.abc import Sequence

from saccade.core.run import Run
from saccade.tasks import race_text
from saccade.tasks.classification.calibration import Calibration
from saccade.tasks.classification.predictor import novelty_of


def sentences(run: Run) -> Sequence[str]:
    """Return what there was to choose, a line a way to train; that only one class is answered; what is refused."""
    calibration, novelty = run.load(Calibration), novelty_of(run)
    warning = [calibration.warning] if calibration and calibration.warning else []
    return [*race_text.lines(run), *warning, *([novelty.sentence] if novelty else [])]
