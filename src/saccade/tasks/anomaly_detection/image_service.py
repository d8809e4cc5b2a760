"""ImageAnomalyService: images in; whether they are alarms, and on request where, out."""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from saccade.core.requests import Problem
from saccade.core.safe_json import Json
from saccade.serving.limits import Limits
from saccade.serving.middleware import print_log
from saccade.serving.openapi import Description, properties, query_parameter
from saccade.serving.service import AsJson
from saccade.tasks.anomaly_detection.anomaly_map import COLOURS, FAINT, HOTTEST, Verdict
from saccade.tasks.anomaly_detection.image_predictor import ImageAnomalyPredictor
from saccade.tasks.image_service import ImageService, describe_images

DECIMALS = 3
"""Of a pixel of a map: colour begins at 0.5."""

YES_OR_NO = {"true": True, "1": True, "": True, "false": False, "0": False}


class ImageAnomalyService(ImageService):
    """An anomaly detector of images behind addresses."""

    predictor: ImageAnomalyPredictor

    def __init__(
        self, predictor: ImageAnomalyPredictor, *, name: str, limits: Limits, token: str | None = None
    ) -> None:
        super().__init__(
            predictor,
            description=_describe(predictor, limits),
            parameters={"threshold": predictor.threshold.value},
            name=name,
            limits=limits,
            token=token,
        )
        self._answers = cache(self.measures.answers.labels)

    async def predict(self, request: Request) -> Response:
        """Answer images: a raw body, a form, or base64 in JSON; with ?map=true also where each is anomalous."""
        wants_maps = _flag(request.query_params.get("map", "false"))
        found, outputs = await self.ask(request)
        verdicts = self.predictor.interpret(outputs)
        print_log(request, images=len(found), alarms=sum(verdict.alarm for verdict in verdicts))
        for verdict in verdicts:
            self._answers(verdict.label).inc()
        maps = outputs["anomaly_map"] if wants_maps else [None] * len(found)
        answered = [_answer(each.name, *answer) for each, *answer in zip(found, verdicts, maps, strict=True)]
        return AsJson({"model": self.name, "threshold": self.predictor.threshold.value, "images": answered})

    def render_page(self) -> Response:
        """Return the page where a person drops an image and sees where it is anomalous."""
        return self.rendered_for_images(
            Path(__file__).with_name("image_service.html.j2"),
            fit=self.predictor.intake.fit,
            threshold=self.predictor.threshold,
            scale={"faint": FAINT, "hottest": HOTTEST, "colours": COLOURS},
        )


def _flag(text: str) -> bool:
    if text.lower() not in YES_OR_NO:
        raise Problem(422, f"map should be true or false, found {text!r:.50}.")
    return YES_OR_NO[text.lower()]


def _answer(name: str, verdict: Verdict, where: NDArray[np.float32] | None) -> Json:
    answer: Json = {"name": name, "score": verdict.score, "alarm": verdict.alarm, "p_value": verdict.p_value}
    if where is None:
        return answer
    return {**answer, "anomaly_map": np.round(where.astype(np.float64), DECIMALS).tolist()}


def _describe(predictor: ImageAnomalyPredictor, limits: Limits) -> Description:
    number, row = {"type": "number"}, {"type": "array", "items": {"type": "number"}}
    image = properties(name={"type": "string"}, score=number, alarm={"type": "boolean"}, p_value=number)
    image["properties"]["anomaly_map"] = {"type": "array", "items": row}  # only where it is asked for
    (where,) = (output for output in predictor.signature.outputs if output.name == "anomaly_map")
    return describe_images(
        predictor.intake,
        limits,
        about="Takes",
        then=" and says which are anomalous, and where",
        summary="Say whether images are anomalous",
        answer=properties(model={"type": "string"}, threshold=number, images={"type": "array", "items": image}),
        parameters=[query_parameter("map", f"Also send the anomaly map: {where.meaning}.", type="boolean")],
    )
