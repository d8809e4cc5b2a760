"""The curves of a report on a regression, as SVG in the colours of the page."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.charts import as_svg, axes_for_page
from saccade.report.curves import ACCENT, PALE

Numbers = NDArray[np.float64]

MOST_POINTS = 800
"""With more, a sample is drawn: a point takes a hundred characters of the page."""


def answers(targets: Numbers, found: Numbers, half_width: float | None, *, target: str) -> str:
    """Return answers (n,) against true numbers (n,), with the interval around them; on the diagonal is right."""
    figure, axes = axes_for_page()
    ends = np.array([min(targets.min(), found.min()), max(targets.max(), found.max())])
    axes.plot(ends, ends, color=PALE, linestyle="--", linewidth=1)
    if half_width is not None:
        axes.fill_between(ends, ends - half_width, ends + half_width, color=ACCENT, alpha=0.15, linewidth=0)
    _points(axes, targets, found)
    axes.set_xlabel(f"true {target}", parse_math=False)
    axes.set_ylabel("answer")
    return as_svg(figure, name="answers", label="answers against true numbers")


def errors(targets: Numbers, found: Numbers, half_width: float | None, *, target: str) -> str:
    """Return how far off answers (n,) are, against the answers; a slope or a funnel is a fault."""
    figure, axes = axes_for_page()
    axes.axhline(0, color=PALE, linestyle="--", linewidth=1)
    if half_width is not None:
        axes.axhspan(-half_width, half_width, color=ACCENT, alpha=0.15, linewidth=0)
    _points(axes, found, found - targets)
    axes.set_xlabel("answer")
    axes.set_ylabel(f"answer minus true {target}", parse_math=False)
    return as_svg(figure, name="errors", label="how far off the answers are")


def _points(axes: Any, across: Numbers, upwards: Numbers) -> None:
    shown = np.random.default_rng(0).permutation(len(across))[:MOST_POINTS]
    axes.plot(across[shown], upwards[shown], "o", color=ACCENT, markersize=3, alpha=0.6, markeredgewidth=0)
