"""What a finished training says."""

from collections.abc import Sequence

from saccade.core.run import Run
from saccade.tasks import race_text
from saccade.tasks.multi_label.thresholds import Thresholds


def sentences(run: Run) -> Sequence[str]:
    """Return how the ways to train did, and how the thresholds of a run were chosen."""
    found = run.load(Thresholds)
    return [*race_text.lines(run), *([found.sentence] if found else [])]
