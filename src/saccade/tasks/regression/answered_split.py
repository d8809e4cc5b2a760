"""What a regression says of each image of a split: those that it is furthest off in, first."""

import numpy as np

from saccade.core.answered_split import AnsweredSplit
from saccade.core.run import Run
from saccade.evaluation.answered_split import open_own_split
from saccade.inference import load_model
from saccade.tasks.answered_images import Pile, Said, answered_images
from saccade.tasks.regression.conformal import Intervals
from saccade.tasks.regression.conformal_fitting import answers as answers_of


def answered(run: Run, *, split: str, data: str | None, quiet: bool) -> AnsweredSplit:
    """Return what the network says of each image of a split; arguments and errors as `Task.answered`."""
    dataset, rows = open_own_split(run, split=split, data=data, quiet=quiet)
    answers, targets = answers_of(load_model(run), dataset, rows), dataset.of(split)
    order = np.argsort(-np.abs(answers - targets), kind="stable").tolist()
    said = [_said(int(rows[at]), float(answers[at]), float(targets[at])) for at in order]
    signed = sorted(range(len(rows)), key=lambda at: float(answers[at] - targets[at]))
    by_row = {each.row: each for each in said}
    high = [by_row[int(rows[at])] for at in reversed(signed) if answers[at] > targets[at]]
    low = [by_row[int(rows[at])] for at in signed if answers[at] < targets[at]]
    piles = [
        Pile("worst", "Furthest off", f"{_promise(run)}The largest differences first.", said),
        Pile("high", "Too high", "The network says more than is true.", high),
        Pile("low", "Too low", "The network says less than is true.", low),
    ]
    return answered_images(dataset, split, piles, count=len(rows))


def _said(row: int, answer: float, target: float) -> Said:
    return Said(row, f"{answer:.5g}", f"{target:.5g}", f"off by {answer - target:+.4g}")


def _promise(run: Run) -> str:
    """Return how wide the usual interval is, in words; "" where there is none."""
    intervals = run.load(Intervals)
    usual = intervals.usual if intervals else None
    return f"{usual.coverage:.0%} of answers are promised to be within {usual.half_width:.4g}. " if usual else ""
