"""The model card of a recommender: README.md with a YAML front, as the Hugging Face Hub shows it."""

from pathlib import Path
from typing import Any

from saccade.core.safe_json import Json
from saccade.report.card import fill, with_interval
from saccade.report.numbers import signed
from saccade.tasks.recommendation.evaluation_text import NAMES
from saccade.tasks.recommendation.report.material import RecommendationMaterial

_TEMPLATE = Path(__file__).with_name("recommendation_card.md.j2")


def compose_card(material: RecommendationMaterial) -> str:
    """Return the model card."""
    return fill(
        _TEMPLATE,
        material,
        front_matter(material),
        evaluation=material.evaluation,
        names=NAMES,
        signed=signed,
    )


def front_matter(material: RecommendationMaterial) -> Json:
    """Return the front of the card; no pipeline of the Hub recommends, so it names none."""
    front: dict[str, Any] = {"library_name": "keras", "tags": ["saccade", "keras", "recommendation"]}
    evaluation = material.evaluation
    if evaluation:
        metrics = [
            {"type": name, "value": score.value, "name": with_interval(NAMES[name], score)}
            for name, score in evaluation.metrics.items()
            if score.value is not None
        ]
        result = {
            "task": {"type": "recommendation", "name": "Recommendation"},
            "dataset": {"type": "ratings", "name": material.data["name"], "split": evaluation.split},
            "metrics": metrics,
        }
        front["model-index"] = [{"name": material.run.path.absolute().name, "results": [result]}]
    return front
