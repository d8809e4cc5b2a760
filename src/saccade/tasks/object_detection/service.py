"""DetectionService: images in, boxes with class and score out."""

import asyncio
from functools import cache
from pathlib import Path

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from saccade.core.requests import Problem
from saccade.core.safe_json import Json
from saccade.modalities.images.requests import Named
from saccade.serving.limits import Limits
from saccade.serving.middleware import print_log
from saccade.serving.openapi import Description, properties, query_parameter
from saccade.serving.service import AsJson
from saccade.tasks.image_service import ImageService, describe_images
from saccade.tasks.object_detection.box_colours import colour_of
from saccade.tasks.object_detection.detections import Detections
from saccade.tasks.object_detection.placement import Sizes
from saccade.tasks.object_detection.predictor import DetectionPredictor, seen_size

LEAST_SHOWN = 0.05
"""The score from which on the page asks for boxes; which of them it draws a person chooses."""


class DetectionService(ImageService):
    """An object detector behind addresses."""

    predictor: DetectionPredictor

    def __init__(self, predictor: DetectionPredictor, *, name: str, limits: Limits, token: str | None = None) -> None:
        super().__init__(
            predictor,
            description=_describe(predictor, limits),
            parameters={
                "classes": list(predictor.objects),
                "threshold": predictor.threshold.value,
                "fit": predictor.intake.fit,
            },
            name=name,
            limits=limits,
            token=token,
        )
        self._answers = cache(self.measures.answers.labels)

    async def predict(self, request: Request) -> Response:
        """Answer images: a raw body, a form, or base64 in JSON; with ?threshold=0.2 boxes from that score on."""
        least = _score(request.query_params.get("threshold"), self.predictor.threshold.value)
        found, outputs = await self.ask(request)
        sizes = await asyncio.to_thread(_sizes, found)
        detections = [each.above(least) for each in self.predictor.interpret(outputs, sizes)]
        print_log(request, images=len(found), objects=sum(map(len, detections)))
        for image in detections:
            for number in set(image.numbers.tolist()):
                self._answers(self.predictor.objects[number]).inc()
        answered = [self._answer(each, image) for each, image in zip(found, detections, strict=True)]
        return AsJson({"model": self.name, "threshold": least, "predictions": answered})

    def _answer(self, image: Named, found: Detections) -> Json:
        height, width = found.size
        return {
            "name": image.name,
            "width": width,
            "height": height,
            "objects": found.to_dicts(self.predictor.objects),
        }

    def render_page(self) -> Response:
        """Return the page where a person drops an image and sees the boxes on it."""
        return self.rendered_for_images(
            Path(__file__).with_name("service.html.j2"),
            objects=self.predictor.objects,
            threshold=self.predictor.threshold,
            least=min(LEAST_SHOWN, self.predictor.threshold.value),
            palette=["rgb({} {} {})".format(*colour_of(number)) for number in range(len(self.predictor.objects))],
        )


def _score(text: str | None, default: float) -> float:
    try:
        score = default if text is None else float(text)
    except ValueError:
        score = -1.0
    if not 0 <= score <= 1:
        raise Problem(422, f"threshold should be a score from 0 to 1, found {text!r:.50}.")
    return score


def _sizes(images: list[Named]) -> Sizes:
    """Return height and width of images (n, 2), which were decoded already."""
    return np.array([seen_size(each.content) for each in images], np.int32)


def _describe(predictor: DetectionPredictor, limits: Limits) -> Description:
    whole = {"type": "integer", "minimum": 1}
    box = {"type": "array", "minItems": 4, "maxItems": 4, "items": {"type": "number"}}
    score = {"type": "number", "minimum": 0, "maximum": 1.000001}
    found = properties(score=score, box={**box, "description": "left, top, right, bottom, in pixels of the image"})
    found["properties"]["class"] = {"enum": list(predictor.objects)}
    found["required"] = ["class", *found["required"]]
    image = properties(name={"type": "string"}, width=whole, height=whole, objects={"type": "array", "items": found})
    default = predictor.threshold.value
    return describe_images(
        predictor.intake,
        limits,
        about=f"Finds objects of {len(predictor.objects):,} classes. It takes",
        then=" and files of any size; boxes are in pixels of the image as it is sent",
        summary="Find objects in images",
        answer=properties(
            model={"type": "string"}, threshold={"type": "number"}, predictions={"type": "array", "items": image}
        ),
        parameters=[query_parameter("threshold", f"The least score of a box, 0 to 1 [{default:.4g}].", type="number")],
    )
