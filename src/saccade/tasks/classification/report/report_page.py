"""The report as one HTML page: no network, under 5 MB, with a script that shows the images behind a number."""

import shlex
from pathlib import Path
from typing import Any

from saccade.core import pages
from saccade.inspection.summary import total
from saccade.modalities.images.audit.page import shown
from saccade.tasks.classification.report import curves, tables
from saccade.tasks.classification.report.album import Album
from saccade.tasks.classification.report.material import Material, Told
from saccade.tasks.classification.report.shown_images import Choice, choose

ROOM_FOR_SAMPLES, ROOM_FOR_AUDIT, ROOM_FOR_ANSWERS = 200_000, 900_000, 2_700_000
"""Characters of the page. The rest of it takes 0.2 MB, and 1 MB with a thousand classes of long names."""

AUDIT_ROWS = 4
"""Rows of images of a finding: `saccade check --html` shows more."""

FREQUENT = 15
SHOWN_SKIPPED = 20

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
        **{name: getattr(tables, name) for name in ("percent", "as_percent", "as_points", "sureness")},
    )


def shared(material: Told) -> dict[str, Any]:
    """Return what every report's page shows, whatever the task, by the names of its template."""
    return {
        "told": material,
        "audit": material.audit,
        "settings": tables.settings(material.recipe),
        "learning": curves.learning(material.history, best=best_epoch(material)),
        "commands": commands(material, material.run.path),
        "layers": material.layers,
        "totals": total(material.layers) if material.layers else None,
        "exports": tables.exports(material),
        "stale": [each.name for each in material.shipped if not each.current],
        "shown_aside": SHOWN_SKIPPED,
        "duration": tables.duration,
    }


def _findings(material: Material) -> list[dict[str, Any]]:
    if material.audit is None:
        return []
    album = Album(material.dataset, room=ROOM_FOR_AUDIT)
    return shown(material.audit, material.dataset, rows=AUDIT_ROWS, embed=album.embed)


def best_epoch(material: Told) -> int | None:
    """Return the epoch whose weights were kept; None when there was nothing to choose from."""
    best = material.manifest["best"]
    return int(best["epoch"]) if best and len(material.history) > 1 else None


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


def commands(material: Told, path: Path) -> dict[str, str]:
    """Return the commands that install, repeat, evaluate, report and use the run in the folder `path`."""
    versions, folder = material.manifest["versions"], shlex.quote(str(path))
    packages = ("saccade", "keras", "tensorflow", "numpy", "pillow")
    return {
        "install": " ".join(["pip install", *(f"{name}=={versions[name]}" for name in packages if name in versions)]),
        "repeat": f"saccade train {shlex.quote(str(path / 'recipe.yaml'))}",
        "resume": f"saccade train --resume {folder}",
        "check": f"saccade check {shlex.quote(material.recipe.data)} --html check.html",
        "evaluate": f"saccade evaluate {folder}",
        "report": f"saccade report {folder}",
        "export": f"saccade export {folder}",
        "drift": f"saccade check {folder} new.csv",
        "predict": f"saccade predict {folder} {'new.csv' if material.noun == 'rows' else 'IMAGES'}",
    }
