"""What the page of an object detector adds: scores, classes, confusion, galleries with boxes, baselines."""

from pathlib import Path
from typing import Any

import numpy as np

from saccade.report import page
from saccade.report.numbers import as_number
from saccade.report.numbers import signed as as_difference
from saccade.report.page import Section, TaskContent
from saccade.tasks import image_report
from saccade.tasks.object_detection.coco_matching import match
from saccade.tasks.object_detection.confidence_threshold import ConfidenceThreshold
from saccade.tasks.object_detection.evaluation import NAMES, TITLES, DetectionEvaluation
from saccade.tasks.object_detection.object_images import NOTHING
from saccade.tasks.object_detection.report import curves
from saccade.tasks.object_detection.report.galleries import galleries
from saccade.tasks.object_detection.report.material import DetectionMaterial

_FOLDER = Path(__file__).parent

MOST_IN_MATRIX = 25
"""Classes in the confusion matrix: those with the most mistakes."""


def compose_page(material: DetectionMaterial) -> str:
    """Return the page."""
    evaluation = material.evaluation
    names = material.data["classes"]
    content = TaskContent(
        says=image_report.sentences(
            material.sizes,
            exports="take image bytes and give at most 100 boxes, with a score and a class each",
            differences="that between two scores of one box, “same answer” the share of the images with the very same "
            "boxes above the threshold",
        ),
        lead=image_report.lead(material),
        sections=_sections(material, evaluation) if evaluation else (),
        facts=[
            image_report.fact(material),
            ("classes", f"{len(names)}: {', '.join(names[:30])}{', …' * (len(names) > 30)}"),
        ],
        data=page.fill(_FOLDER / "data.html.j2", counts=material.data["counts"], classes=len(names)),
        findings=image_report.findings(material),
        evaluated=evaluation.when if evaluation else "",
        accesses=evaluation.accesses if evaluation else 0,
        style=(_FOLDER / "detection_page.css").read_text(encoding="utf-8"),
    )
    return page.compose_page(material, content)


def _sections(material: DetectionMaterial, evaluation: DetectionEvaluation) -> list[Section]:
    values = {"evaluation": evaluation, "names": NAMES, "titles": TITLES, "as_number": as_number}
    curve = curves.precision_recall(match(material.judged), evaluation.objects)
    threshold = material.run.load(ConfidenceThreshold) or ConfidenceThreshold.unknown()
    said = {"threshold": threshold.sentence, "is_another": abs(threshold.value - evaluation.threshold) > 1e-6}
    own = ("this network", as_number(evaluation.ap50), "")
    others = [(e.title, as_number(e.score), as_difference(e.difference)) for e in reversed(evaluation.baselines)]
    scores = page.fill(_FOLDER / "scores.html.j2", **values, **said, curve=curve)
    return [
        Section("scores", "Scores", scores),
        Section("classes", "Classes", page.fill(_FOLDER / "classes.html.j2", **values)),
        Section("confusion", "Confusion", page.fill(_FOLDER / "confusion.html.j2", **confusion_cells(evaluation))),
        *galleries(material),
        image_report.baselines(
            [own, *others],
            score="AP50",
            difference="network minus this",
            about="The average boxes are where those of training gather, whatever the image shows; the sliding window "
            "looks at edges and colours. When the interval of the last column has only positive numbers, the network "
            "is better, and chance does not explain it.",
        ),
    ]


def confusion_cells(evaluation: DetectionEvaluation) -> dict[str, Any]:
    """Return names and cells of the confusion matrix, of the classes with the most mistakes and the background."""
    counts = np.array(evaluation.confusion, np.int64)
    background = len(counts) - 1
    mistakes = counts.sum(axis=0) + counts.sum(axis=1) - 2 * counts.diagonal()
    shown = sorted(np.argsort(-mistakes[:background], kind="stable")[:MOST_IN_MATRIX].tolist())
    kept = counts[np.ix_([*shown, background], [*shown, background])]
    depth = (10 * np.sqrt(kept / np.maximum(kept.sum(axis=1, keepdims=True), 1))).round().astype(int)
    rows = [
        [
            {"count": int(kept[row, column]), "depth": int(depth[row, column]), "right": row == column}
            for column in range(len(kept))
        ]
        for row in range(len(kept))
    ]
    names = [*(evaluation.objects[at] for at in shown), NOTHING]
    return {"evaluation": evaluation, "names": names, "rows": rows}
