"""The report on anomalies as one HTML page: no network, under 2 MB, with a slider over the thresholds of the test."""

import shlex
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from saccade.core import pages
from saccade.core.finding import SEVERITIES, Finding
from saccade.modalities.images.audit.page import shown
from saccade.modalities.tables.table import ANOMALY, NORMAL
from saccade.report import numbers
from saccade.report.page import shared
from saccade.tasks.anomaly_detection.evaluation import Probe
from saccade.tasks.anomaly_detection.evaluation_text import MEASURES
from saccade.tasks.anomaly_detection.report import anomaly_curves as curves
from saccade.tasks.anomaly_detection.report.material import AnomalyMaterial, Scored
from saccade.tasks.anomaly_detection.report.operating_points import Point, points
from saccade.tasks.anomaly_detection.report.plain_answers import answers, what_it_sees

EXAMPLES = 5
"""Rows of each kind that are shown."""

MOST_COLUMNS = 300

_TEMPLATE = Path(__file__).with_name("anomaly_page.html.j2")


@dataclass(frozen=True)
class Example:
    """A row of the test: its number in the source, score, p-value if it can be told, and reasons if they were kept."""

    name: str
    score: float
    p_value: float | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Rows of the test that are alike: what they are, how many there are, and some of them."""

    title: str
    count: int
    examples: list[Example]


def compose_anomaly_page(material: AnomalyMaterial) -> str:
    """Return the page."""
    moving = points(material)
    figures = _figures(material, moving)
    return pages.render(
        _TEMPLATE,
        **shared(material),
        evaluation=material.detection,
        findings=shown(material.audit, None) if material.audit else [],
        answers=list(answers(material.detection)) if material.detection else [],
        evaluation_checks=evaluation_checks(material),
        columns=_columns(material),
        most_columns=MOST_COLUMNS,
        groups=_groups(material),
        seen=list(what_it_sees(material.detection)) if material.detection else [],
        probes=[_probe(each) for each in material.detection.probes] if material.detection else [],
        figures=figures,
        script_data=_script_data(material, moving, figures),
        **{name: getattr(numbers, name) for name in ("percent", "as_percent", "as_number", "signed", "few_digits")},
    )


def evaluation_checks(material: AnomalyMaterial) -> list[Finding]:
    """Return what makes the numbers doubtful, the worst first."""
    found = material.detection.findings if material.detection else ()
    return sorted(found, key=lambda each: SEVERITIES.index(each.severity))


def _columns(material: AnomalyMaterial) -> list[dict[str, str]]:
    if material.schema is None:
        return []
    rows = material.schema.rows
    return [
        {
            "name": column.name,
            "kind": column.kind,
            "missing": numbers.percent(column.missing / rows) if column.missing and rows else "",
            "typical": column.typical(rows),
        }
        for column in material.schema.columns[:MOST_COLUMNS]
    ]


def _probe(probe: Probe) -> dict[str, str]:
    """Return one kind of rows that cannot be, in words and numbers."""
    made = "columns shuffled between rows" if probe.name == "shuffled" else f"{probe.name} away"
    return {
        "made": made,
        "roc_auc": numbers.as_number(probe.roc_auc),
        "untrained": numbers.as_number(probe.untrained) if probe.untrained else "–",
        "copied": numbers.percent(probe.copied),
    }


# Examples


def _groups(material: AnomalyMaterial) -> list[Group]:
    """Return the most telling rows of each kind: the highest alarms, false alarms, missed anomalies."""
    scored, threshold = material.scored, material.tested
    if scored is None or threshold is None:
        return []
    alarm, anomaly, normal = scored.scores > threshold, scored.labels == ANOMALY, scored.labels == NORMAL
    falling = np.argsort(-scored.scores, kind="stable")
    wanted = [
        ("The highest scores of the anomalies that it caught", alarm & anomaly, falling),
        ("The highest false alarms: normal by their label", alarm & normal, falling),
        ("The missed anomalies that look most usual to it", ~alarm & anomaly, falling[::-1]),
        ("The highest alarms without a label", alarm & ~anomaly & ~normal, falling),
    ]
    return [
        Group(title, int(kind.sum()), [_example(material, scored, row) for row in order[kind[order]][:EXAMPLES]])
        for title, kind, order in wanted
        if kind.any()
    ]


def _example(material: AnomalyMaterial, scored: Scored, row: int) -> Example:
    score = float(scored.scores[row])
    p_value = float(material.threshold.p_values(np.array([score]))[0]) if material.threshold else None
    return Example(scored.names[row], score, p_value, tuple(filter(None, scored.reasons[row].split("; "))))


# What moves


def _figures(material: AnomalyMaterial, moving: list[Point]) -> dict[str, Any]:
    """Return the figures by name; those that need labels, or the test, are None without."""
    detection, scored = material.detection, material.scored
    names = ("roc_auc", "average_precision", "roc", "precision", "scores", "rates", "alarms")
    found: dict[str, Any] = dict.fromkeys(names)
    if detection and scored:
        found |= {"scores": curves.scores(scored, threshold=material.tested), "alarms": curves.alarms(moving)}
    if detection and detection.curve:
        found |= {"roc": curves.roc(detection, moving), "rates": curves.rates(moving)}
        found["precision"] = curves.precision_recall(detection, moving)
    if detection and detection.rivals:
        found |= {each: curves.beside(detection, each) for each in MEASURES}
    return found


def _script_data(material: AnomalyMaterial, moving: list[Point], figures: dict[str, Any]) -> dict[str, Any]:
    """Return the points for the script, where they lie in each figure, and what to say of them."""
    detection, threshold = material.detection, material.threshold
    return {
        "points": [asdict(each) for each in moving],
        "plots": {
            name: {"places": drawn.places, "top": drawn.top, "height": drawn.height}
            for name, drawn in figures.items()
            if isinstance(drawn, curves.Drawn)
        },
        "anomalies": detection.anomalies if detection else 0,
        "normal": detection.normal if detection else 0,
        "rows": detection.rows if detection else 0,
        "prevalence": detection.prevalence if detection else None,
        "a_day": threshold.rows_per_day if threshold else None,
        "noun": material.noun,
        "command": f"saccade threshold {shlex.quote(str(material.run.path))} --max-alarms ",
    }
