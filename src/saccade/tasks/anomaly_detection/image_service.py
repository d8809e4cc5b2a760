"""ImageAnomalyService: images in; whether they are alarms, and on request where, out."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from saccade.core.requests import Problem
from saccade.modalities.images.requests import describe_body, images
from saccade.serving.describing import Description, properties, query_parameter
from saccade.serving.guarding import print_log
from saccade.serving.limits import Limits
from saccade.serving.service import AsJson, Service
from saccade.serving.tensors import Ends, finite
from saccade.tasks.anomaly_detection.anomaly_map import COLOURS, FAINT, HOTTEST, Verdict
from saccade.tasks.anomaly_detection.image_predictor import ImageAnomalyPredictor

DECIMALS = 3
"""Of a pixel of a map: colour begins at 0.5."""

YES_OR_NO = {"true": True, "1": True, "": True, "false": False, "0": False}


class ImageAnomalyService(Service):
    """An anomaly detector of images behind addresses."""

    def __init__(
        self, predictor: ImageAnomalyPredictor, *, name: str, limits: Limits, token: str | None = None
    ) -> None:
        super().__init__(
            predictor,
            name=name,
            ends=Ends(predictor.signature, "images", {"threshold": predictor.threshold.value}),
            limits=limits,
            batch=limits.batch,
            most=limits.images,
            waiting=limits.waiting,
            description=_describe(predictor, limits),
            token=token,
        )
        self.predictor = predictor
        self._answers = cache(self.measures.answers.labels)
        self._read = predictor.intake.reader(limits.image_pixels)

    async def predict(self, request: Request) -> Response:
        """Answer images: a raw body, a form, or base64 in JSON; with ?map=true also where each is anomalous."""
        wants_maps = _flag(request.query_params.get("map", "false"))
        async with self.intake.body(request) as body:
            found = await images(request, body, self.limits.images)
            outputs = finite(await self.batcher.read_and_answer([each.content for each in found], self._read))
        verdicts = self.predictor.tell(outputs)
        print_log(request, images=len(found), alarms=sum(verdict.alarm for verdict in verdicts))
        for verdict in verdicts:
            self._answers(verdict.label).inc()
        maps = outputs["anomaly_map"] if wants_maps else [None] * len(found)
        told = [_told(each.name, *answer) for each, *answer in zip(found, verdicts, maps, strict=True)]
        return AsJson({"model": self.name, "threshold": self.predictor.threshold.value, "images": told})

    def render_page(self) -> Response:
        """Return the page where a person drops an image and sees where it is anomalous."""
        height, width, channels = self.predictor.intake.image_shape
        return self.rendered(
            Path(__file__).with_name("image_service.html.j2"),
            height=height,
            width=width,
            fit=self.predictor.intake.fit,
            colours="grey" if channels == 1 else "colour",
            threshold=self.predictor.threshold,
            images=self.limits.images,
            scale={"faint": FAINT, "hottest": HOTTEST, "colours": COLOURS},
        )


def _flag(text: str) -> bool:
    if text.lower() not in YES_OR_NO:
        raise Problem(422, f"map should be true or false, found {text!r:.50}.")
    return YES_OR_NO[text.lower()]


def _told(name: str, verdict: Verdict, where: NDArray[np.float32] | None) -> dict[str, Any]:
    told = {"name": name, "score": verdict.score, "alarm": verdict.alarm, "p_value": verdict.p_value}
    if where is None:
        return told
    return {**told, "anomaly_map": np.round(where.astype(np.float64), DECIMALS).tolist()}


def _describe(predictor: ImageAnomalyPredictor, limits: Limits) -> Description:
    number, row = {"type": "number"}, {"type": "array", "items": {"type": "number"}}
    image = properties(name={"type": "string"}, score=number, alarm={"type": "boolean"}, p_value=number)
    image["properties"]["anomaly_map"] = {"type": "array", "items": row}  # only where it is asked for
    (where,) = (output for output in predictor.signature.outputs if output.name == "anomaly_map")
    size = "×".join(map(str, predictor.intake.image_shape))
    return Description(
        about=f"Takes images of {size} and says which are anomalous, and where. At most "
        f"{limits.body_bytes / 1e6:g} MB and {limits.images} images a request, {limits.image_pixels / 1e6:g} "
        "megapixels an image.",
        summary="Say whether images are anomalous: an image file as the body, a form with files, or base64 in JSON.",
        parameters=[query_parameter("map", f"Also send the anomaly map: {where.meaning}.", type="boolean")],
        body=describe_body(limits.images),
        answer=properties(model={"type": "string"}, threshold=number, images={"type": "array", "items": image}),
        returned="An answer an image, in order.",
    )
