"""The model card of a regression: README.md with a YAML front, in the form that the Hugging Face Hub shows."""

from pathlib import Path

from saccade.report.card import fill
from saccade.tasks.image_report import ImageMaterial, front_matter
from saccade.tasks.regression.conformal import Intervals
from saccade.tasks.regression.evaluation import NAMES
from saccade.tasks.regression.report.report_page import written

_TEMPLATE = Path(__file__).with_name("regression_card.md.j2")


def compose_card(material: ImageMaterial) -> str:
    """Return the model card."""
    evaluation = material.evaluation
    scores = evaluation.metrics if evaluation else {}
    front = front_matter(material, tag="image-regression", title="Image Regression", scores=scores)
    intervals = material.run.load(Intervals)
    said = intervals.sentence(str(material.data["target"])) if intervals else ""
    return fill(_TEMPLATE, material, front, evaluation=evaluation, names=NAMES, written=written, intervals=said)
