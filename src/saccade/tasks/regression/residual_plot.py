"""Answers beside true numbers, and how far they are apart, as a figure."""

from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from saccade.tasks.regression.conformal import Intervals, Level

Numbers = NDArray[np.float64]

MOST_POINTS = 5000
"""With more, a sample is drawn."""


def draw_residuals(targets: Numbers, answers: Numbers, intervals: Intervals | None, *, target: str) -> Figure:
    """Return two images side by side: answers (n,) against true numbers (n,), and errors against answers."""
    figure = Figure(figsize=(9, 4), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    shown = np.random.default_rng(0).permutation(len(targets))[:MOST_POINTS]
    usual = intervals.usual if intervals else None
    _answers(left, targets[shown], answers[shown], usual, target)
    _errors(right, answers[shown], (answers - targets)[shown], usual, target)
    return figure


def _answers(axes: Any, targets: Numbers, answers: Numbers, usual: Level | None, target: str) -> None:
    ends = np.array([min(targets.min(), answers.min()), max(targets.max(), answers.max())])
    axes.plot(ends, ends, color="grey", linewidth=1)
    if usual:
        low, high = ends - usual.half_width, ends + usual.half_width
        axes.fill_between(ends, low, high, color="tab:blue", alpha=0.15, linewidth=0)
    axes.scatter(targets, answers, s=8, alpha=0.6, linewidths=0)
    axes.set_xlabel(f"true {target}", parse_math=False)
    axes.set_ylabel("answer")


def _errors(axes: Any, answers: Numbers, errors: Numbers, usual: Level | None, target: str) -> None:
    axes.axhline(0, color="grey", linewidth=1)
    if usual:
        axes.axhspan(-usual.half_width, usual.half_width, color="tab:blue", alpha=0.15, linewidth=0)
    axes.scatter(answers, errors, s=8, alpha=0.6, linewidths=0)
    axes.set_xlabel("answer")
    axes.set_ylabel(f"answer minus true {target}", parse_math=False)
