"""Numbers as a report writes them."""

import math
from typing import Any

from saccade.core.metric_value import MetricValue


def percent(share: float | None) -> str:
    """Return "97.3%", with more figures near 100%: "99.95%"; "–" when not defined."""
    if share is None:
        return "–"
    return f"{share:.2%}" if 0.99 <= share < 1 or 0 < share < 0.01 else f"{share:.1%}"


def as_percent(score: MetricValue) -> str:
    """Return "97.3% (96.9% to 97.6%)"."""
    return percent(score.value) + _interval(score, percent)


def as_points(score: MetricValue) -> str:
    """Return a difference in points: "+0.8 (+0.3 to +1.3)"."""

    def signed(share: float | None) -> str:
        return f"{100 * (share or 0):+.1f}"

    return signed(score.value) + _interval(score, signed)


def as_number(score: MetricValue) -> str:
    """Return "0.187 (0.113 to 0.284)", "27", "–"."""

    def brief(value: float | None) -> str:
        if value is None:
            return "–"
        return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"

    return brief(score.value) + _interval(score, brief)


def _interval(score: MetricValue, written: Any) -> str:
    return "" if score.low is None or score.high is None else f" ({written(score.low)} to {written(score.high)})"


def bytes_of(count: int) -> str:
    """Return "1.2 MB", "426 kB"."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def duration(seconds: float) -> str:
    """Return "16 s", "5 min 12 s", "2 h 5 min"."""
    if seconds < 100:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes = math.floor(seconds / 60)
    return f"{minutes} min {seconds % 60:.0f} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def signed(score: MetricValue) -> str:
    """Return a difference: "+0.008 (-0.003 to +0.019)"."""
    return _with_interval(score, "+.3f")


def few_digits(score: MetricValue) -> str:
    """Return a count that need not be whole: "24.2 (19.8 to 29.5)"."""
    return _with_interval(score, ".3g")


def _with_interval(score: MetricValue, form: str) -> str:
    written = [f"{each:{form}}" for each in (score.value, score.low, score.high) if each is not None]
    return f"{written[0]} ({written[1]} to {written[2]})" if len(written) == 3 else "".join(written)
