"""The curves of a report on anomalies, as SVG in the colours of the page, and where their points lie in them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from saccade.core.charts import as_svg, axes_for_page
from saccade.report.curves import ACCENT, GOOD, INK, PALE, WARNING, explain, in_percent
from saccade.tasks.anomaly_detection.evaluation import Detection, Measure, Rival
from saccade.tasks.anomaly_detection.evaluation_text import MEASURES
from saccade.tasks.anomaly_detection.report.material import Scored
from saccade.tasks.anomaly_detection.report.operating_points import Point

BINS = 50

ROOM = 1.4
"""So much higher than its curves is an image whose words stand above them."""

Place = tuple[float, float]


@dataclass(frozen=True)
class Drawn:
    """A figure, and where in it a marker stands for each point.

    Attributes:
        svg: the figure.
        places: (left, top) of each point, in percent of the figure; of a line only the left counts.
        top, height: of a line, in percent of the figure; None where the marker is a dot.
    """

    svg: str
    places: list[Place]
    top: float | None = None
    height: float | None = None


def beside(detection: Detection, measure: Measure) -> str:
    """Return by how much the network is better than each other detector, with the interval of the paired bootstrap."""
    others = [*detection.rivals, *([detection.untrained] if detection.untrained else [])]
    ordered = sorted(others, key=lambda each: each.score(measure).value or 0)
    figure, axes = axes_for_page(height=1 + 0.32 * len(ordered))
    axes.axvline(0, color=INK, linewidth=1)
    for row, rival in enumerate(ordered):
        gain, colour = rival.gain(measure), _colour(rival, measure)
        if gain.low is not None and gain.high is not None:
            axes.plot([gain.low, gain.high], [row, row], color=colour, linewidth=2, solid_capstyle="round")
        axes.plot([gain.value], [row], "o", color=colour, markersize=6)
    axes.set_yticks(range(len(ordered)), [f"{_title(each)}  {each.score(measure).value:.3f}" for each in ordered])
    axes.set_ylim(-0.6, len(ordered) - 0.4)
    axes.grid(visible=False, axis="y")
    return as_svg(figure, name=f"beside_{measure}", label=f"{MEASURES[measure]} of the network minus that of others")


def _title(rival: Rival) -> str:
    return "untrained" if rival.name == "untrained" else rival.title


def _colour(rival: Rival, measure: Measure) -> str:
    gain = rival.gain(measure)
    if gain.is_positive:
        return GOOD
    return WARNING if gain.high is not None and gain.high < 0 else PALE


def roc(detection: Detection, points: Sequence[Point]) -> Drawn:
    """Return the share of anomalies that is caught against that of normal rows that are alarms."""
    curve = _columns(detection)
    figure, axes = axes_for_page()
    axes.plot([0, 1], [0, 1], color=PALE, linestyle="--", linewidth=1, label="guessing")
    axes.fill_between(
        curve["false_alarm_rate"], curve["recall_low"], curve["recall_high"], color=ACCENT, alpha=0.2, linewidth=0
    )
    axes.plot(curve["false_alarm_rate"], curve["recall"], color=ACCENT, label="the network, with 95% interval")
    _mark_frozen(axes, points, across="false_alarm_rate", up="recall")
    in_percent(axes, "of the normal, false alarms", "of the anomalies, caught")
    explain(axes)
    svg = as_svg(figure, name="roc", label="share of anomalies caught against share of false alarms")
    return Drawn(svg, _places(figure, axes, points, across="false_alarm_rate", up="recall"))


def precision_recall(detection: Detection, points: Sequence[Point]) -> Drawn:
    """Return the share of right alarms against that of anomalies caught, in steps: nothing is interpolated."""
    curve, share = _columns(detection), detection.prevalence
    figure, axes = axes_for_page()
    axes.axhline(share, color=PALE, linestyle="--", linewidth=1, label="guessing")
    # as average precision sums it: up to each recall its own precision counts
    axes.step(curve["recall"], curve["precision"], where="pre", color=ACCENT, label="the network")
    _mark_frozen(axes, points, across="recall", up="precision")
    axes.set_ylim(-0.02, 1.02)
    in_percent(axes, "of the anomalies, caught", "of the alarms, right")
    explain(axes)
    svg = as_svg(figure, name="precision", label="share of right alarms against share of anomalies caught")
    return Drawn(svg, _places(figure, axes, points, across="recall", up="precision"))


def _mark_frozen(axes: Any, points: Sequence[Point], *, across: str, up: str) -> None:
    frozen = [each for each in points if each.frozen]
    if frozen:
        place = [_value(frozen[0], across)], [_value(frozen[0], up)]
        axes.plot(*place, "D", color=WARNING, markersize=6, label="at the frozen threshold")


def scores(scored: Scored, *, threshold: float | None) -> str:
    """Return how the scores of normal rows and of anomalies are spread, on a logarithmic axis."""
    figure, axes = axes_for_page()
    bins = _logarithmic(scored.scores)
    groups = ((0, "normal", PALE), (-1, "without a label", PALE), (1, "anomalies", WARNING))
    for label, name, colour in groups:
        values = np.maximum(scored.scores[scored.labels == label], bins[0])
        if len(values):
            even = np.full(len(values), 1 / len(values))
            axes.hist(values, bins=bins, weights=even, color=colour, alpha=0.45, label=f"{name} ({len(values):,})")
            axes.hist(values, bins=bins, weights=even, color=colour, histtype="step", linewidth=1.2)
    if threshold is not None and threshold > 0:
        axes.axvline(threshold, ymax=1 / ROOM, color=ACCENT, linewidth=1.5, label="threshold: above it are alarms")
    axes.set_xscale("log")
    axes.set_ylim(0, ROOM * axes.get_ylim()[1])
    in_percent(axes, "score", "of its kind")
    _plain_scores(axes)
    explain(axes)
    return as_svg(figure, name="scores", label="how the scores of normal rows and of anomalies are spread")


def _logarithmic(values: NDArray[np.float64]) -> NDArray[np.float64]:
    positive = values[(values > 0) & np.isfinite(values)]
    low, high = (positive.min(), positive.max()) if len(positive) else (1.0, 1.0)
    return np.geomspace(low, high, BINS + 1) if high > low else np.array([low / 2, 2 * high])


def rates(points: Sequence[Point]) -> Drawn:
    """Return recall and precision against the threshold; only where there are labels."""
    figure, axes = axes_for_page()
    thresholds = _thresholds(points)
    lows, highs = ([getattr(each.recall, end) for each in points] for end in ("low", "high"))
    axes.fill_between(thresholds, lows, highs, step="post", color=ACCENT, alpha=0.2, linewidth=0)
    recalls, precisions = ([_value(each, name) for each in points] for name in ("recall", "precision"))
    axes.step(thresholds, recalls, where="post", color=ACCENT, label="of the anomalies, caught (95% interval)")
    axes.step(thresholds, precisions, where="post", color=GOOD, linestyle="--", label="of the alarms, right")
    axes.set_ylim(0, ROOM)
    axes.set_yticks(np.linspace(0, 1, 6))
    in_percent(axes, "threshold of the score", "")
    return _against_threshold(figure, axes, points, name="rates", label="recall and precision against the threshold")


def alarms(points: Sequence[Point]) -> Drawn:
    """Return alarms in a thousand rows against the threshold."""
    figure, axes = axes_for_page()
    counts = [max(each.alarms, 1e-9) for each in points]  # no alarms lie below the image
    axes.step(_thresholds(points), counts, where="post", color=ACCENT, label="alarms in a thousand rows")
    axes.set_yscale("log")
    low = min((count for count in counts if count > 1e-6), default=0.1) / 2
    axes.set_ylim(low, low * (1000 / low) ** ROOM)
    axes.yaxis.set_major_formatter(FuncFormatter(_brief))
    axes.set_xlabel("threshold of the score")
    return _against_threshold(figure, axes, points, name="alarms", label="alarms against the threshold")


def _against_threshold(figure: Any, axes: Any, points: Sequence[Point], *, name: str, label: str) -> Drawn:
    frozen = [each.threshold for each in points if each.frozen]
    if frozen and frozen[0] > 0:
        axes.axvline(frozen[0], ymax=1 / ROOM, color=WARNING, linewidth=1.5, label="the frozen threshold")
    axes.set_xscale("log")
    _plain_scores(axes)
    explain(axes)
    svg = as_svg(figure, name=name, label=label)
    places = [_place(figure, axes, each, axes.get_ylim()[0]) for each in _thresholds(points)]
    box = axes.get_position()
    return Drawn(svg, places, top=_percent(1 - box.y0 - box.height / ROOM), height=_percent(box.height / ROOM))


def _thresholds(points: Iterable[Point]) -> list[float]:
    """Return thresholds as a logarithmic axis can show them."""
    found = [each.threshold for each in points]
    least = min((each for each in found if each > 0), default=1.0)
    return [max(each, least) for each in found]


def _value(point: Point, name: str) -> float:
    found = getattr(point, name)
    found = found.value if hasattr(found, "value") else found
    return float("nan") if found is None else float(found)


def _plain_scores(axes: Any) -> None:
    axes.xaxis.set_major_formatter(FuncFormatter(_brief))


def _brief(value: float, _: object = None) -> str:
    return f"{value:,.12g}" if 1e-4 <= value < 1e6 else f"{value:.0e}"


def _places(figure: Any, axes: Any, points: Sequence[Point], *, across: str, up: str) -> list[Place]:
    """Return where each point is drawn; one whose height is not defined lies on the ground."""
    return [_place(figure, axes, _value(each, across), np.nan_to_num(_value(each, up))) for each in points]


def _place(figure: Any, axes: Any, across: float, up: float) -> Place:
    """Return where a point is drawn, in percent of the figure from its left and its top."""
    x, y = axes.transData.transform((across, up))
    return _percent(x / figure.bbox.width), _percent(1 - y / figure.bbox.height)


def _percent(share: float) -> float:
    return round(100 * float(share), 2)


def _columns(detection: Detection) -> dict[str, NDArray[np.float64]]:
    assert detection.curve
    return {name: np.array(values, float) for name, values in detection.curve.columns.items()}
