"""The model card of a network that looks for anomalies: README.md with a YAML front, for the Hugging Face Hub."""

from pathlib import Path
from typing import Any

from saccade.core.safe_json import Json
from saccade.report.card import fill, with_interval
from saccade.report.numbers import few_digits, signed
from saccade.tasks.anomaly_detection.network_choice import has_epochs
from saccade.tasks.anomaly_detection.report.anomaly_page import evaluation_checks
from saccade.tasks.anomaly_detection.report.material import AnomalyMaterial

_TEMPLATE = Path(__file__).with_name("anomaly_card.md.j2")


def compose_anomaly_card(material: AnomalyMaterial) -> str:
    """Return the model card."""
    return fill(
        _TEMPLATE,
        material,
        front_matter(material),
        evaluation=material.detection,
        has_epochs=has_epochs(material.recipe.model.name),
        evaluation_checks=evaluation_checks(material),
        signed=signed,
        few_digits=few_digits,
    )


def front_matter(material: AnomalyMaterial) -> Json:
    """Return the front of the card; no pipeline of the Hub finds anomalies, so it names none, and no licence."""
    kind = "tabular" if material.schema else "image"
    kinds = ["autoencoder"] if has_epochs(material.recipe.model.name) else []
    front: dict[str, Any] = {
        "library_name": "keras",
        "tags": ["saccade", "keras", kind, "anomaly-detection", *kinds],
    }
    if material.detection and material.detection.roc_auc:
        front["metrics"] = ["roc_auc", "average_precision"]
        front["model-index"] = [{"name": material.run.path.absolute().name, "results": [_result(material, kind)]}]
    return front


def _result(material: AnomalyMaterial, kind: str) -> Json:
    detection = material.detection
    assert detection and detection.roc_auc and detection.average_precision
    at = f"average precision at a prevalence of {detection.prevalence:.3%}"
    scores = (
        ("roc_auc", "ROC AUC", detection.roc_auc),
        ("average_precision", at, detection.average_precision),
    )
    return {
        "task": {"type": "anomaly-detection", "name": "Anomaly Detection"},
        "dataset": {"type": kind, "name": material.data["name"], "split": detection.split},
        "metrics": [
            {"type": name, "value": score.value, "name": with_interval(title, score), "verified": False}
            for name, title, score in scores
        ],
    }
