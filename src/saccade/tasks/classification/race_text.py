"""What the ways to train that were tried have to say."""

from collections.abc import Sequence

from saccade.core.run import Run
from saccade.training.contender import Entry, Race


def sentences(run: Run) -> Sequence[str]:
    """Return a line for each way to train, and which the run keeps; none when there was one way only."""
    race = run.load(Race)
    if race is None:
        return ()
    return [f"{line_of(each)}{'  ★ kept' if each.name == race.chosen else ''}" for each in race.entries]


def line_of(entry: Entry) -> str:
    """Return how one way to train did: "a linear layer …: validation accuracy 0.8692 after 21 s"."""
    if entry.reason:
        return f"{entry.about}: not tried. {entry.reason}"
    score = "no validation split" if entry.score is None else f"validation accuracy {entry.score:.4f}"
    return f"{entry.about}: {score} after {entry.seconds:.0f} s"
