"""The model card: README.md with a YAML front, in the form that the Hugging Face Hub shows."""

from pathlib import Path
from typing import Any

from saccade.core import registry
from saccade.core.metric_value import MetricValue
from saccade.core.safe_json import Json
from saccade.report.card import fill, with_interval
from saccade.tasks.classification.calibration import Calibration
from saccade.tasks.classification.predictor import novelty_of
from saccade.tasks.classification.report.material import Material

WORST_CLASSES = 5
_TEMPLATE = Path(__file__).with_name("classification_card.md.j2")


def compose_card(material: Material) -> str:
    """Return the model card."""
    return fill(
        _TEMPLATE,
        material,
        front_matter(material),
        evaluation=material.evaluation,
        worst=_worst(material),
        calibration=material.run.load(Calibration),
        novelty=novelty_of(material.run),
    )


def front_matter(material: Material) -> Json:
    """Return the front of the card: what the Hub files the model under, and its results.

    It names no licence: that of the data is not that of the weights, which whoever publishes them chooses.
    """
    hub = _hub_name(material)
    front: dict[str, Any] = {
        "library_name": "keras",
        "pipeline_tag": "image-classification",
        "tags": ["saccade", "keras", "image-classification"],
        "metrics": ["accuracy", "f1"],
    }
    if hub:
        front["datasets"] = [hub]
    if material.evaluation:
        front["model-index"] = [{"name": material.run.path.absolute().name, "results": [_result(material, hub)]}]
    return front


def _hub_name(material: Material) -> str:
    """Return what named data are called on the Hub; "" for the user's own."""
    if material.recipe.data not in registry.names("data"):
        return ""
    return getattr(registry.load("data", material.recipe.data), "HUB", "")


def _result(material: Material, hub: str) -> Json:
    evaluation = material.evaluation
    assert evaluation is not None
    names = {"accuracy": "accuracy", "macro_f1": "f1"}
    metrics = [
        {"type": kind, "value": score.value, "name": with_interval(name.replace("_", " "), score), "verified": False}
        for name, kind in names.items()
        if (score := evaluation.scores[name]).value is not None
    ]
    return {
        "task": {"type": "image-classification", "name": "Image Classification"},
        "dataset": {"type": hub or "image-folder", "name": material.data["name"], "split": evaluation.split},
        "metrics": metrics,
    }


def _worst(material: Material) -> list[tuple[str, MetricValue]]:
    """Return the classes that are recognised least, and how often."""
    if material.evaluation is None:
        return []
    scores = zip(material.classes, material.evaluation.per_class["recall"], strict=True)
    known = [(name, score) for name, score in scores if score.value is not None]
    return sorted(known, key=lambda each: each[1].value or 0)[:WORST_CLASSES]
