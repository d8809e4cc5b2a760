"""The model card of a multi-label classifier: README.md with a YAML front, as the Hugging Face Hub shows it."""

from pathlib import Path

from saccade.report.card import fill
from saccade.tasks.image_report import ImageMaterial, front_matter
from saccade.tasks.multi_label.evaluation import NAMES
from saccade.tasks.multi_label.thresholds import Thresholds

_TEMPLATE = Path(__file__).with_name("multi_label_card.md.j2")


def compose_card(material: ImageMaterial) -> str:
    """Return the model card."""
    evaluation = material.evaluation
    scores = evaluation.metrics if evaluation else {}
    front = front_matter(
        material,
        tag="multi-label-image-classification",
        title="Multi-Label Image Classification",
        scores=scores,
        pipeline="image-classification",
    )
    thresholds = material.run.load(Thresholds)
    said = thresholds.sentence if thresholds else "Labels are given from a probability of .5 on."
    return fill(_TEMPLATE, material, front, evaluation=evaluation, names=NAMES, thresholds=said)
