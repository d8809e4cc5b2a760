"""What the page of a classifier adds: what is taken for what, how sure it is, mistakes, baselines; under 5 MB."""

from pathlib import Path
from typing import Any

from saccade.modalities.images.audit.page import shown
from saccade.report import numbers, page
from saccade.report.page import Section, TaskContent, commands
from saccade.tasks import image_report, race_text
from saccade.tasks.classification.calibration import Calibration
from saccade.tasks.classification.predictor import novelty_of
from saccade.tasks.classification.pretrained_layers import draw
from saccade.tasks.classification.report import curves, tables
from saccade.tasks.classification.report.image_budget import Album
from saccade.tasks.classification.report.material import Material
from saccade.tasks.classification.report.nearest import likenesses
from saccade.tasks.classification.report.shown_images import Choice, choose
from saccade.tasks.classification.report.strangest import strangest
from saccade.tasks.classification.trials.choosing import Choices

ROOM_FOR_SAMPLES, ROOM_FOR_AUDIT, ROOM_FOR_ANSWERS = 200_000, 900_000, 2_000_000
ROOM_FOR_NEAREST, ROOM_FOR_STRANGEST = 500_000, 200_000
"""Characters of the page. The rest of it takes 0.2 MB, and 1 MB with a thousand classes of long names."""

MOST_EXPLAINED = 12
"""Mistakes that are shown beside the training images that they are most like."""

AUDIT_ROWS = 4
"""Rows of images of a finding: `saccade check --html` shows more."""

FREQUENT = 15

SECTIONS = {
    "confusion": "Confusion",
    "classes": "Classes",
    "calibration": "Calibration",
    "mistakes": "Mistakes",
    "baselines": "Baselines",
}
"""By the names of their templates."""

_FOLDER = Path(__file__).parent


def compose_page(material: Material) -> str:
    """Return the page."""
    choice = choose(material.answers, Album(material.dataset, room=ROOM_FOR_ANSWERS))
    values = _values(material, choice)
    evaluation = material.evaluation
    content = TaskContent(
        says=_sentences(material),
        lead=page.fill(_FOLDER / "lead.html.j2", **values),
        sections=[
            *race_text.section(material.run),
            *_pretraining(material, values),
            *(_sections(values) if evaluation else ()),
            *_novelty(material, values),
        ],
        facts=_facts(material),
        data=page.fill(_FOLDER / "data.html.j2", **values),
        findings=_findings(material),
        evaluated=evaluation.when if evaluation else "",
        accesses=evaluation.accesses if evaluation else 0,
        end=page.fill(_FOLDER / "enlarged.html.j2"),
        script=(_FOLDER / "page.js").read_text(encoding="utf-8"),
        script_data=_script_data(material, choice),
    )
    return page.compose_page(material, content)


def _sections(values: dict[str, Any]) -> list[Section]:
    return [Section(key, name, page.fill(_FOLDER / f"{key}.html.j2", **values)) for key, name in SECTIONS.items()]


def _pretraining(material: Material, values: dict[str, Any]) -> list[Section]:
    """Return how layers were trained before labels came, where they were."""
    drawn = draw(material.run, material.dataset)
    if drawn is None:
        return []
    filled = page.fill(_FOLDER / "pretraining.html.j2", **values, pretrained=drawn)
    return [Section("pretraining", "Pretraining", filled)]


def _novelty(material: Material, values: dict[str, Any]) -> list[Section]:
    """Return what is refused as none of the classes, where that is known."""
    novelty = novelty_of(material.run)
    if novelty is None:
        return []
    shown = strangest(material, novelty, Album(material.dataset, room=ROOM_FOR_STRANGEST))
    filled = page.fill(_FOLDER / "novelty.html.j2", **values, novelty=novelty, strangest=shown)
    return [Section("novelty", "None of these", filled)]


def _values(material: Material, choice: Choice) -> dict[str, Any]:
    """Return what the templates name."""
    return {
        "material": material,
        "evaluation": material.evaluation,
        "commands": commands(material, material.run.path),
        "counts": tables.counts(material, Album(material.dataset, room=ROOM_FOR_SAMPLES)),
        "choice": choice,
        "likenesses": likenesses(
            material,
            choice.images[: min(choice.gallery, MOST_EXPLAINED)],
            Album(material.dataset, room=ROOM_FOR_NEAREST),
        ),
        "most_rows": tables.MOST_ROWS,
        "sureness": tables.sureness,
        **{name: getattr(numbers, name) for name in ("percent", "as_percent", "as_points")},
        **_scored(material),
    }


def _sentences(material: Material) -> dict[str, str]:
    """Return what is the classifier's own in the sections that every page has."""
    sizes = material.sizes
    read = (
        "While both curves improve, it still learns what helps with new images. When only the training curve improves, "
        "it learns its images by heart. Early on, training may look worse than validation: it is measured while the "
        "network still changes, and on images that were changed at random, if the settings say so."
        if sizes["validation"]
        else "Without validation images these curves cannot say whether it learnt the classes or only its images by "
        "heart."
    )
    return image_report.sentences(
        sizes,
        audit="Before it was taught, the data were looked through for what spoils a test: images that are in two "
        "splits, names that contradict each other, marks that give a class away.",
        learning=" ".join([read, *_chosen(material)]),
        exports="take image bytes and give calibrated probabilities",
        differences="that between two probabilities of one class, “same answer” the share of the images with the "
        "same most probable class",
    )


def _chosen(material: Material) -> list[str]:
    """Return what was chosen by a trial before the training, and whether one class only came of it."""
    choices, calibration = material.run.load(Choices), material.run.load(Calibration)
    return [*(choices.sentences if choices else ()), *([calibration.warning] if calibration else [])]


def _facts(material: Material) -> list[tuple[str, str]]:
    sizes = ", ".join(f"{size:,} {split}" for split, size in material.sizes.items() if size)
    height, width, channels = material.data["image_shape"]
    colour = "grey" if channels == 1 else "colour"
    return [("images", f"{sizes}; {height}×{width} pixels, {colour}; {len(material.classes)} classes")]


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
