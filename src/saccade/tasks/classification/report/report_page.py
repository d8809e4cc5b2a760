"""The report as one HTML page: no network, under 5 MB, with a script that shows the images behind a number."""

from pathlib import Path
from typing import Any

from saccade.core import pages
from saccade.modalities.images.audit.page import shown
from saccade.report import numbers
from saccade.report.page import shared
from saccade.tasks.classification.report import curves, tables
from saccade.tasks.classification.report.album import Album
from saccade.tasks.classification.report.material import Material
from saccade.tasks.classification.report.shown_images import Choice, choose

ROOM_FOR_SAMPLES, ROOM_FOR_AUDIT, ROOM_FOR_ANSWERS = 200_000, 900_000, 2_700_000
"""Characters of the page. The rest of it takes 0.2 MB, and 1 MB with a thousand classes of long names."""

AUDIT_ROWS = 4
"""Rows of images of a finding: `saccade check --html` shows more."""

FREQUENT = 15

_TEMPLATE = Path(__file__).with_name("page.html.j2")


def compose_page(material: Material) -> str:
    """Return the page."""
    choice = choose(material.answers, Album(material.dataset, room=ROOM_FOR_ANSWERS))
    samples = Album(material.dataset, room=ROOM_FOR_SAMPLES)
    return pages.render(
        _TEMPLATE,
        **shared(material),
        evaluation=material.evaluation,
        findings=_findings(material),
        counts=tables.counts(material, samples),
        choice=choice,
        script_data=_script_data(material, choice),
        most_rows=tables.MOST_ROWS,
        **_scored(material),
        sureness=tables.sureness,
        **{name: getattr(numbers, name) for name in ("percent", "as_percent", "as_points")},
    )


def _findings(material: Material) -> list[dict[str, Any]]:
    if material.audit is None:
        return []
    album = Album(material.dataset, room=ROOM_FOR_AUDIT)
    return shown(material.audit, material.dataset, rows=AUDIT_ROWS, embed=album.embed)


def _scored(material: Material) -> dict[str, Any]:
    """Return what is only there when the test split was opened."""
    evaluation = material.evaluation
    if evaluation is None:
        return {}
    sure = [answer.probability for answer in material.answers]
    return {
        "matrix": tables.matrix(evaluation),
        "matrix_classes": [evaluation.classes[number] for number in tables.confused(evaluation)],
        "frequent": tables.frequent(evaluation, FREQUENT),
        "reliability": curves.reliability(evaluation),
        "confidence": curves.confidence(sure),
        "risk": curves.risk(evaluation),
        "mistakes": sum(not answer.right for answer in material.answers),
    }


def _script_data(material: Material, choice: Choice) -> dict[str, Any]:
    """Return the images for the script; those of the gallery have their pixels in the page already."""
    return {
        "classes": material.classes,
        "images": [
            [each.name, each.true, each.predicted, each.probability, each.source if place >= choice.gallery else ""]
            for place, each in enumerate(choice.images)
        ],
        "cells": {f"{true},{predicted}": numbers for (true, predicted), numbers in choice.cells.items()},
    }
