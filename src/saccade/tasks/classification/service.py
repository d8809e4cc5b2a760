"""ClassificationService: images in, classes out."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from saccade.core.errors import SaccadeError
from saccade.core.requests import Problem
from saccade.serving.limits import Limits
from saccade.serving.middleware import print_log
from saccade.serving.openapi import Description, properties, query_parameter
from saccade.serving.service import AsJson
from saccade.tasks.classification.prediction import Prediction
from saccade.tasks.classification.predictor import Predictor
from saccade.tasks.image_service import ImageService, describe_images

LARGEST_DRAWN = 64
"""Grey images up to this size can be drawn by hand on the page."""


class ClassificationService(ImageService):
    """A classifier behind addresses."""

    predictor: Predictor

    def __init__(self, predictor: Predictor, *, name: str, limits: Limits, token: str | None = None) -> None:
        super().__init__(
            predictor,
            description=_describe(predictor, limits),
            parameters={"classes": list(predictor.classes)},
            name=name,
            limits=limits,
            token=token,
        )
        self._answers = cache(self.measures.answers.labels)
        self._interpret_all = predictor.interpret(None)

    async def predict(self, request: Request) -> Response:
        """Answer images: a raw body, a form, or base64 in JSON."""
        asked = request.query_params.get("abstain") if request.scope["query_string"] else None
        interpret = self._interpret_all if asked is None else self._abstaining(asked)
        found, outputs = await self.ask(request)
        answers = interpret(self.predictor.joined(outputs))
        print_log(request, images=len(found))
        for answer in answers:
            self._answers("none of these" if answer.none_of_these else answer.label).inc()
        return AsJson(
            {
                "model": self.name,
                "predictions": [
                    {
                        "name": each.name,
                        "class": answer.answered,
                        "probability": answer.probability,
                        "probabilities": answer.probabilities,
                        **answer.of_novelty,
                    }
                    for each, answer in zip(found, answers, strict=True)
                ],
            }
        )

    def _abstaining(self, abstain: str) -> Callable[[NDArray[np.float32]], list[Prediction]]:
        """Return what turns probabilities into answers, as ?abstain= says."""
        try:
            return self.predictor.interpret(float(abstain))
        except ValueError as error:
            raise Problem(422, f"abstain should be a number such as 0.01, found {abstain!r:.50}.") from error
        except SaccadeError as error:
            raise Problem(422, str(error)) from error

    def render_page(self) -> Response:
        """Return the page where a person drops an image or draws one."""
        height, width, channels = self.predictor.image_shape
        return self.rendered_for_images(
            Path(__file__).with_name("service.html.j2"),
            classes=self.predictor.classes,
            refuses=self.predictor.novelty is not None and self.predictor.novelty.decides,
            drawn=channels == 1 and max(height, width) <= LARGEST_DRAWN,
        )


def _describe(predictor: Predictor, limits: Limits) -> Description:
    share = {"type": "number", "minimum": 0, "maximum": 1.000001}
    prediction = properties(
        name={"type": "string"},
        probability=share,
        probabilities=properties(**dict.fromkeys(predictor.classes, share)),
        **({"none_of_these": {"type": "boolean"}, "known_p_value": share} if predictor.novelty else {}),
        **{"class": {"enum": [*predictor.classes, None]}},
    )
    abstain = "Leave undecided (class null) what would be wrong more often than this."
    return describe_images(
        predictor.intake,
        limits,
        about="Takes",
        then=f" and names one of {len(predictor.classes)} classes",
        summary="Say what images show",
        answer=properties(model={"type": "string"}, predictions={"type": "array", "items": prediction}),
        parameters=[query_parameter("abstain", abstain, type="number", exclusiveMinimum=0, exclusiveMaximum=1)],
    )
