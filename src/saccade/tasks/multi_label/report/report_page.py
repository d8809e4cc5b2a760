"""What the page of a multi-label classifier adds: label by label, the worst images, baselines."""

from pathlib import Path

import numpy as np

from saccade.report import page
from saccade.report.numbers import as_number
from saccade.report.numbers import signed as as_difference
from saccade.report.page import Section, TaskContent
from saccade.tasks import image_report, race_text
from saccade.tasks.image_report import ImageMaterial, Tile
from saccade.tasks.multi_label.evaluation import NAMES, MultiLabelEvaluation
from saccade.tasks.multi_label.reading import JOINT

_FOLDER = Path(__file__).parent

LONGEST = 60
"""Letters of a list of labels below an image."""


def compose_page(material: ImageMaterial) -> str:
    """Return the page."""
    evaluation = material.evaluation
    tags = material.data["classes"]
    content = TaskContent(
        says=image_report.sentences(
            material.sizes,
            exports="take image bytes and give a probability for each label",
            differences="that between two probabilities of one label, “same answer” the share of the images that are "
            "given the very same labels",
        ),
        lead=image_report.lead(material),
        sections=[*race_text.section(material.run), *(_sections(material, evaluation) if evaluation else ())],
        facts=[
            image_report.fact(material),
            ("labels", f"{len(tags)}: {', '.join(tags[:30])}{', …' * (len(tags) > 30)}"),
        ],
        data=page.fill(_FOLDER / "data.html.j2", counts=material.data["counts"], labels=len(tags)),
        findings=image_report.findings(material),
        evaluated=evaluation.when if evaluation else "",
        accesses=evaluation.accesses if evaluation else 0,
    )
    return page.compose_page(material, content)


def _sections(material: ImageMaterial, evaluation: MultiLabelEvaluation) -> list[Section]:
    values = {"evaluation": evaluation, "names": NAMES, "as_number": as_number}
    own = ("this network", as_number(evaluation.mean_average_precision), "")
    others = [(e.title, as_number(e.score), as_difference(e.difference)) for e in reversed(evaluation.baselines)]
    return [
        Section("labels", "Labels", page.fill(_FOLDER / "labels.html.j2", **values)),
        image_report.tiles(
            material,
            _worst(material),
            key="worst",
            name="Worst images",
            title="The images it is most wrong about",
            about="The test images whose labels it gives the least probability. Look whether it is the network that "
            "errs, or the labels in the data.",
        ),
        image_report.baselines(
            [own, *others],
            score="mean average precision",
            difference="network minus this",
            about="When the interval of the last column has only positive numbers, the network is better, and chance "
            "does not explain it.",
        ),
    ]


def _worst(material: ImageMaterial) -> list[Tile]:
    """Return the wrongly labelled images, those with the largest loss first."""
    tags = material.data["classes"]
    found = material.run.read_predictions(lambda row: (_loss(row, tags), row))
    wrong = [row for _, row in sorted(found, key=lambda each: -each[0]) if row["true"] != row["predicted"]]
    return [Tile(row["name"], f"says {_named(row['predicted'])}", f"is {_named(row['true'])}") for row in wrong]


def _loss(row: dict[str, str], tags: list[str]) -> float:
    """Return how little the network believed the labels of an image, in nats."""
    true = set(row["true"].split(JOINT))
    right = [float(row[f"p_{tag}"]) if tag in true else 1 - float(row[f"p_{tag}"]) for tag in tags]
    return float(-np.log(np.maximum(right, 1e-6)).sum())


def _named(text: str) -> str:
    named = ", ".join(filter(None, text.split(JOINT))) or "none"
    return named if len(named) <= LONGEST else f"{named[:LONGEST]}…"
