"""RegressionService: images in, numbers with their intervals out."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from saccade.serving.limits import Limits
from saccade.tasks.image_service import RecordService
from saccade.tasks.regression.predictor import VALUE, RegressionPredictor

NUMBER = {"type": "number"}
MAYBE = {"type": ["number", "null"]}


class RegressionService(RecordService):
    """A regression behind addresses."""

    def __init__(self, predictor: RegressionPredictor, *, name: str, limits: Limits, token: str | None = None) -> None:
        super().__init__(
            predictor,
            about=f"Says a number of each image, '{predictor.target}', and between which numbers the true one lies.",
            answer={"value": NUMBER, "low": MAYBE, "high": MAYBE, "coverage": MAYBE},
            parameters={"target": predictor.target},
            name=name,
            limits=limits,
            token=token,
        )

    def records(self, outputs: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Return number and interval of each image."""
        return [asdict(each) for each in self.predictor.interpret(outputs[VALUE])]
