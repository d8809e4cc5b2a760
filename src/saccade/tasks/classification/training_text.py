"""What a finished training says."""

from collections.abc import Sequence

from saccade.core.run import Run
from saccade.tasks.classification.calibration import Calibration
from saccade.tasks.classification.predictor import novelty_of
from saccade.training.contender import Entry, Race


def sentences(run: Run) -> Sequence[str]:
    """Return what there was to choose, a line a way to train; that only one class is answered; what is refused."""
    race, calibration, novelty = run.load(Race), run.load(Calibration), novelty_of(run)
    entries = race.entries if race else ()
    tried = [f"{line_of(each)}{'  ★ kept' if race and each.name == race.chosen else ''}" for each in entries]
    warning = [calibration.warning] if calibration and calibration.warning else []
    return [*tried, *warning, *([novelty.sentence] if novelty else [])]


def line_of(entry: Entry) -> str:
    """Return how one way to train did: "a linear layer …: validation accuracy 0.8692 after 21 s"."""
    if entry.reason:
        return f"{entry.about}: not tried. {entry.reason}"
    score = "no validation split" if entry.score is None else f"validation accuracy {entry.score:.4f}"
    return f"{entry.about}: {score} after {entry.seconds:.0f} s"
