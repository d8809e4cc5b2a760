"""What a finished training says."""

from collections.abc import Sequence

from saccade.core.run import Run
from saccade.tasks import race_text
from saccade.tasks.regression.conformal import Intervals


def sentences(run: Run) -> Sequence[str]:
    """Return how the ways to train did, and between which numbers the true one lies, and how often."""
    found = run.load(Intervals)
    return [*race_text.lines(run), *([found.sentence(run.data["target"])] if found else [])]
