"""What the page on anomalies adds: scores, thresholds with a slider over those of the test, examples; under 2 MB."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from saccade.core.finding import SEVERITIES, Finding
from saccade.core.shell_words import shell_word
from saccade.modalities.images.audit.page import shown
from saccade.modalities.tables.table import ANOMALY, NORMAL
from saccade.report import numbers, page
from saccade.report.page import Section, TaskContent, commands
from saccade.tasks.anomaly_detection.evaluation import Probe
from saccade.tasks.anomaly_detection.evaluation_text import MEASURES
from saccade.tasks.anomaly_detection.network_choice import has_epochs
from saccade.tasks.anomaly_detection.report import anomaly_curves as curves
from saccade.tasks.anomaly_detection.report.material import AnomalyMaterial, Scored
from saccade.tasks.anomaly_detection.report.operating_points import Point, points
from saccade.tasks.anomaly_detection.report.plain_answers import answers, what_it_sees

EXAMPLES = 5
"""Rows of each kind that are shown."""

MOST_COLUMNS = 300

_FOLDER = Path(__file__).parent


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
    script_data = _script_data(material, moving, figures)
    values = _values(material, figures, script_data)
    detection = material.detection
    content = TaskContent(
        says=_sentences(material),
        lead=page.fill(_FOLDER / "lead.html.j2", **values),
        sections=list(_sections(material, values)),
        facts=_facts(material),
        data=page.fill(_FOLDER / "data.html.j2", **values),
        findings=shown(material.audit, None) if material.audit else [],
        evaluated=detection.when if detection else "",
        accesses=detection.accesses if detection else 0,
        style=(_FOLDER / "anomaly_page.css").read_text(encoding="utf-8"),
        script=(_FOLDER / "anomaly_page.js").read_text(encoding="utf-8") if moving else "",
        script_data=script_data,
    )
    return page.compose_page(material, content)


def _values(material: AnomalyMaterial, figures: dict[str, Any], script_data: dict[str, Any]) -> dict[str, Any]:
    """Return what the templates name."""
    detection = material.detection
    return {
        "material": material,
        "evaluation": detection,
        "commands": commands(material, material.run.path),
        "answers": list(answers(detection)) if detection else [],
        "evaluation_checks": evaluation_checks(material),
        "columns": _columns(material),
        "most_columns": MOST_COLUMNS,
        "kinds": _kinds(material),
        "groups": _groups(material),
        "seen": list(what_it_sees(detection)) if detection else [],
        "probes": [_probe(each) for each in detection.probes] if detection else [],
        "figures": figures,
        "script_data": script_data,
        **{name: getattr(numbers, name) for name in ("percent", "as_percent", "as_number", "signed", "few_digits")},
    }


def _sections(material: AnomalyMaterial, values: dict[str, Any]) -> Iterator[Section]:
    """Yield the sections on scores, thresholds and examples, as far as there is something to say."""
    detection = material.detection
    there = {
        "scores": ("Scores", bool(detection and detection.roc_auc)),
        "curves": ("Curves", bool(detection)),
        "threshold": ("Threshold", True),
        "examples": ("Examples", bool(values["groups"])),
        "copies": ("Does it copy?", bool(values["probes"])),
    }
    for key, (name, is_there) in there.items():
        if is_there:
            yield Section(key, name, page.fill(_FOLDER / f"{key}.html.j2", **values))


def _sentences(material: AnomalyMaterial) -> dict[str, str]:
    """Return what is the task's own in the sections that every page has."""
    noun, of_rows = material.noun, material.schema is not None
    curves_say = (
        f"While both curves fall, it still learns what is usual; when only the training curve falls, it learns its "
        f"{noun} by heart. Early on, training may look worse than validation: it is measured while the network still "
        "changes, and with what the settings add in training only, such as noise or penalties."
        if material.sizes["validation"]
        else f"Without validation {noun} nobody can tell what is usual from what was learnt by heart."
    )
    return {
        "data": f"{_learnt(material)} the training {noun}, which are normal or have no label. On the "
        f"validation {noun} the best moment was chosen, on the calibration {noun} the threshold. The test {noun} were "
        "kept sealed for the end. Known anomalies are in calibration and test only.",
        "audit": "Before it was taught, the data were looked through for what spoils a test.",
        "learning": f"The loss is the mean score: smaller is better reproduced. {curves_say} A small loss does not "
        "mean that anomalies are found: a network that copies has the smallest.",
        "network": "The columns pass through these layers from top to bottom and come out as what each adds to the "
        "score."
        if of_rows
        else "The image passes through these layers from top to bottom and comes out as what each pixel adds to the "
        "score.",
        "exports": "take a row's columns and give its score and what each column adds to it"
        if of_rows
        else "take an image's pixels and give its score and its anomaly map",
        "differences": f"that between two scores of one {noun[:-1]}, as a share of them, “same answer” the share of "
        f"the {noun} on which both say alarm, or both none",
    }


def _learnt(material: AnomalyMaterial) -> str:
    """Return how the network came to know what is normal: by training, or by looking once."""
    if has_epochs(material.recipe.model.name):
        return "The network learnt to reproduce"
    return "The network keeps patches, as a pretrained network sees them, of"


def _facts(material: AnomalyMaterial) -> list[tuple[str, str]]:
    schema = material.schema
    if schema is None:
        height, width, channels = material.data["image_shape"]
        colour = "grey" if channels == 1 else "colour"
        return [("images", f"{height}×{width} pixels, {colour}; “{material.data['normal']}” is normal")]
    label = f"label “{schema.label}”" if schema.label else "no label"
    time = [f"time “{schema.time}”, by which it was split"] if schema.time else []
    ignored = [f"not used: {', '.join(schema.ignored)}"] if schema.ignored else []
    return [("columns", "; ".join([f"{len(schema.columns)} used", label, *time, *ignored]))]


def _kinds(material: AnomalyMaterial) -> list[dict[str, str]]:
    """Return the columns of the table of counts: of rows normal or not, of images the classes of the source."""
    if material.schema is not None:
        titles = {"normal": "normal", "unknown": "without a label", "anomaly": "anomalies"}
        return [{"name": name, "title": title} for name, title in titles.items()]
    normal = material.data["normal"]
    kinds = dict.fromkeys(kind for counts in material.data["counts"].values() for kind in counts)
    return [{"name": kind, "title": f"{kind} (normal)" if kind == normal else kind} for kind in kinds]


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
        "command": f"saccade threshold {shell_word(material.run.path)} --max-alarms ",
    }
