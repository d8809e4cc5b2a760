"""A detection in words, and as text on a terminal."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from saccade.core.finding import shown
from saccade.core.metric_value import MetricValue
from saccade.evaluation.text import add_row, brief_cell, heading, score_cells, start_table

if TYPE_CHECKING:
    from saccade.tasks.anomaly_detection.evaluation import Detection, Measure, Rival

MEASURES: "dict[Measure, str]" = {"roc_auc": "ROC AUC", "average_precision": "average precision"}


def sentences(detection: "Detection") -> Iterator[str]:
    """Yield what to know of a detection, the most important first."""
    yield _first(detection)
    if detection.rivals:
        yield against_rivals(detection)
    if detection.untrained and not detection.untrained.beaten:
        yield (
            "It is not shown to be better than the same network before training: these "
            f"{detection.noun} cannot tell whether what it learnt helps."
        )
    if detection.promise:
        yield detection.promise.sentence


def _first(detection: "Detection") -> str:
    if detection.other_data and detection.other_data.recall:
        return (
            f"All {detection.rows:,} {_called(detection)} are anomalies, and at the run's threshold recall is "
            f"{_said(detection.other_data.recall)}."
        )
    if detection.roc_auc is None or detection.average_precision is None:
        missing = f"normal {detection.noun.removesuffix('s')}" if detection.anomalies else "anomaly"
        return (
            f"None of the {detection.rows:,} {_called(detection)} is labelled as {_article(missing)}: how many "
            "anomalies the network finds cannot be said, only how many alarms it gives."
        )
    return (
        f"Of {detection.rows:,} {_called(detection)} {detection.anomalies:,} are anomalies. "
        f"ROC AUC is {_said(detection.roc_auc)}, average precision {_said(detection.average_precision)} "
        f"{at_prevalence(detection)}."
    )


def _called(detection: "Detection") -> str:
    return detection.noun if detection.other_data else f"{detection.split} {detection.noun}"


def _article(noun: str) -> str:
    return f"an {noun}" if noun.startswith("a") else f"a {noun}"


def at_prevalence(detection: "Detection") -> str:
    """Return what share of anomalies the numbers speak of, and where it comes from."""
    assert detection.prevalence is not None
    whole = "that of these data" if detection.other_data else "that of all data"
    source = "as stated" if detection.prevalence_from == "stated" else whole
    said = f"at a prevalence of {_percent(detection.prevalence)} ({source}"
    own = detection.split_prevalence
    if own is None or abs(own - detection.prevalence) < 1e-3 * own:
        return f"{said})"
    return f"{said}; the split itself has {_percent(own)})"


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"


def against_rivals(detection: "Detection") -> str:
    """Return whether the network beats the best simple detector, by each measure."""
    return " ".join(_beside(detection, measure) for measure in MEASURES)


def _beside(detection: "Detection", measure: "Measure") -> str:
    rival = detection.best_rival(measure)
    assert rival is not None
    gap, name = rival.gain(measure), f"{rival.title} ({rival.score(measure).value:.4f})"
    by = f"By {MEASURES[measure]}"
    if gap.low is None or gap.high is None:
        return f"{by} it is {'exactly as good as' if not gap.value else 'not the same as'} {name}."
    if gap.high < 0:
        advice = "" if leads(detection) else ": use that"
        return f"{by} {name} is better by {_points(-gap.high)} to {_points(-gap.low)}{advice}."
    if gap.low > 0:
        best = "the best simple detector, "
        return f"{by} it is better than {best}{name}, by {_points(gap.low)} to {_points(gap.high)}."
    return f"{by} it does not beat {name}: the difference is between {gap.low:+.3f} and {gap.high:+.3f}."


def leads(detection: "Detection") -> bool:
    """Say whether the network is better than the best simple detector by one of the measures."""
    return any(rival.gain(each).is_positive for each in MEASURES if (rival := detection.best_rival(each)))


def _points(gap: float) -> str:
    return f"{gap:.3f}" if gap >= 0.001 else f"{gap:.1g}"


def _said(score: MetricValue) -> str:
    interval = "" if score.low is None else f" ({score.low:.3f} to {score.high:.3f})"
    return "–" if score.value is None else f"{score.value:.3f}{interval}"


def lines(detection: "Detection") -> Iterator[RenderableType]:
    """Yield what a terminal shows, from top to bottom."""
    yield from heading(_title(detection), accesses=detection.accesses, other=detection.other_data)
    if detection.other_data:
        yield Text(_title(detection), "bold")
    if detection.roc_auc:
        yield _ranking_table(detection)
    if detection.at_threshold:
        yield _threshold_table(detection)
        yield _confusion_table(detection)
    if detection.probes:
        yield _probe_table(detection)
    yield Text("")
    yield from (Text(each) for each in sentences(detection))
    yield from (shown(each) for each in detection.findings)


def _title(detection: "Detection") -> str:
    kinds = {"anomalies": detection.anomalies, "normal": detection.normal, "without a label": detection.unlabelled}
    counts = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items() if count)
    return f"{detection.split}: {detection.rows:,} {detection.noun} ({counts})"


def _ranking_table(detection: "Detection") -> Table:
    table = start_table("", "ROC AUC", "average precision")
    assert detection.roc_auc and detection.average_precision
    add_row(table, "network", brief_cell(detection.roc_auc), brief_cell(detection.average_precision))
    others = [*reversed(detection.rivals), *([detection.untrained] if detection.untrained else [])]
    for each in others:
        add_row(table, _name(each), brief_cell(each.roc_auc), brief_cell(each.average_precision), style="dim")
    return table


def _name(rival: "Rival") -> str:
    return "the network untrained" if rival.name == "untrained" else rival.title


def _threshold_table(detection: "Detection") -> Table:
    found = detection.at_threshold
    assert found
    table = start_table(f"at the threshold {found.threshold:.6g}", "value", "95% interval")
    for name in ("recall", "precision", "f1", "false_alarm_rate"):
        add_row(table, name.replace("_", " "), *score_cells(getattr(found, name)))
    interval = "" if found.alarms.low is None else f"{found.alarms.low:.2f} to {found.alarms.high:.2f}"
    add_row(table, f"alarms a thousand {detection.noun}", f"{found.alarms.value:.2f}", interval)
    return table


def _confusion_table(detection: "Detection") -> Table:
    found = detection.at_threshold
    assert found
    table = start_table(f"{detection.noun} of the split", "alarm", "no alarm")
    add_row(table, "anomalies", f"{found.caught:,}", f"{found.missed:,}")
    add_row(table, "normal", f"{found.false_alarms:,}", f"{found.passed:,}")
    return table


def _probe_table(detection: "Detection") -> Table:
    table = start_table("rows that cannot be", "ROC AUC", "untrained", "reproduced")
    for each in detection.probes:
        untrained = "–" if each.untrained is None or each.untrained.value is None else f"{each.untrained.value:.3f}"
        copied = "–" if each.copied is None else f"{each.copied:.1%}"
        add_row(table, each.name, f"{each.roc_auc.value:.3f}", untrained, copied)
    return table
