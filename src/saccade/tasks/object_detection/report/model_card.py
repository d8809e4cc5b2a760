"""The model card of an object detector: README.md with a YAML front, as the Hugging Face Hub shows it."""

from pathlib import Path

from saccade.report.card import fill
from saccade.tasks.image_report import front_matter
from saccade.tasks.object_detection.confidence_threshold import ConfidenceThreshold
from saccade.tasks.object_detection.evaluation import NAMES
from saccade.tasks.object_detection.report.material import DetectionMaterial

_TEMPLATE = Path(__file__).with_name("detection_card.md.j2")


def compose_card(material: DetectionMaterial) -> str:
    """Return the model card."""
    evaluation = material.evaluation
    front = front_matter(
        material,
        tag="object-detection",
        title="Object Detection",
        scores=evaluation.metrics if evaluation else {},
        pipeline="object-detection",
    )
    threshold = material.run.load(ConfidenceThreshold) or ConfidenceThreshold.unknown()
    return fill(_TEMPLATE, material, front, evaluation=evaluation, names=NAMES, threshold=threshold.sentence)
