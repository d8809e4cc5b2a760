"""MultiLabelService: images in, labels out."""

from collections.abc import Mapping, Sequence
from typing import Any

from saccade.serving.limits import Limits
from saccade.serving.openapi import properties
from saccade.tasks.image_service import RecordService
from saccade.tasks.multi_label.predictor import PROBABILITIES, MultiLabelPredictor


class MultiLabelService(RecordService):
    """A multi-label classifier behind addresses."""

    def __init__(self, predictor: MultiLabelPredictor, *, name: str, limits: Limits, token: str | None = None) -> None:
        share = {"type": "number", "minimum": 0, "maximum": 1.000001}
        super().__init__(
            predictor,
            about=f"Says which of {len(predictor.classes):,} labels an image has: none, one or more.",
            answer={
                "labels": {"type": "array", "items": {"enum": list(predictor.classes)}},
                "probabilities": properties(**dict.fromkeys(predictor.classes, share)),
            },
            parameters={"classes": list(predictor.classes)},
            name=name,
            limits=limits,
            token=token,
        )

    def records(self, outputs: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Return the labels of each image, with the probabilities of all."""
        answers = self.predictor.interpret(outputs[PROBABILITIES])
        return [{"labels": list(each.labels), "probabilities": each.probabilities} for each in answers]
