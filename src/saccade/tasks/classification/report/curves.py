"""The curves of a report on a classifier, as SVG in the colours of the page."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator, PercentFormatter

from saccade.core.charts import as_svg, axes_for_page
from saccade.core.metric_value import Curve
from saccade.report.curves import ACCENT, PALE, WARNING, explain, in_percent
from saccade.tasks.classification.evaluation import Evaluation

CONFIDENCE_BINS = 20
KNOWN_FROM = 0.2
"""Coverage from which on the whole interval of the share of wrong answers is in the image."""


def reliability(evaluation: Evaluation) -> str:
    """Return how often answers of each confidence were right, with intervals; on the diagonal is honest."""
    curve = _columns(evaluation, "reliability")
    sure, right = curve["confidence"], curve["accuracy"]
    figure, axes = axes_for_page()
    axes.plot([0, 1], [0, 1], color=PALE, linestyle="--", linewidth=1, label="as sure as right")
    spread = np.abs(np.array([right - curve["low"], curve["high"] - right]))
    axes.errorbar(sure, right, yerr=spread, color=ACCENT, fmt="o-", markersize=4, linewidth=1.2, label="the network")
    least = float(np.floor(10 * min(sure.min(), curve["low"].min())) / 10)
    axes.set_xlim(least, 1.005)
    axes.set_ylim(least, 1.005)
    in_percent(axes, "it says so sure it is", "it is right so often")
    explain(axes)
    return as_svg(figure, name="reliability", label="how often answers of each confidence were right")


def confidence(probabilities: Sequence[float]) -> str:
    """Return how many answers have each confidence."""
    figure, axes = axes_for_page(height=2.2)
    axes.hist(probabilities, bins=np.linspace(0, 1, CONFIDENCE_BINS + 1), color=ACCENT, rwidth=0.9)
    axes.grid(visible=False, axis="x")
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.set_xlabel("it says so sure it is")
    axes.set_ylabel("images")
    return as_svg(figure, name="confidence", label="how many answers have each confidence")


def risk(evaluation: Evaluation) -> str:
    """Return the share of wrong answers against the share of images that are answered, and the thresholds on it."""
    curve = _columns(evaluation, "risk_coverage")
    figure, axes = axes_for_page()
    axes.fill_between(curve["coverage"], curve["low"], curve["high"], color=ACCENT, alpha=0.2, linewidth=0)
    axes.plot(curve["coverage"], curve["error"], color=ACCENT, label="the network, with 95% interval")
    kept = [each for each in evaluation.abstentions if each.error.value is not None]
    if kept:
        places = [each.coverage for each in kept], [each.error.value for each in kept]
        axes.plot(*places, "D", color=WARNING, markersize=5, label="thresholds chosen on validation")
    axes.set_xlim(0, 1.01)
    # of the first few images nothing is known: their wide interval would flatten the rest
    axes.set_ylim(0, 1.1 * max(curve["error"].max(), curve["high"][curve["coverage"] >= KNOWN_FROM].max()))
    in_percent(axes, "answered of all images", "wrong of these")
    explain(axes)
    return as_svg(figure, name="risk", label="share of wrong answers when only the surest images are answered")


def _columns(evaluation: Evaluation, name: str) -> dict[str, Any]:
    curve = evaluation.metrics[name]
    assert isinstance(curve, Curve)
    return {column: np.array(values, float) for column, values in curve.columns.items()}
