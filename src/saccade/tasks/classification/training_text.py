"""What a finished training says."""

from collections.abc import Iterator, Sequence

from saccade.core.run import Run
from saccade.tasks import race_text
from saccade.tasks.classification.calibration import Calibration
from saccade.tasks.classification.predictor import novelty_of


def sentences(run: Run) -> Sequence[str]:
    """Return what there was to choose, a line a way to train; that only one class is answered; what is refused."""
    return [*race_text.lines(run), *filter(None, _sentences(run))]


def _sentences(run: Run) -> Iterator[str]:
    calibration, novelty = run.load(Calibration), novelty_of(run)
    if calibration:
        yield calibration.warning
        yield calibration.mirroring
    if novelty:
        yield novelty.sentence
