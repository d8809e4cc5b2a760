"""ClassificationService: images in, classes out."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from saccade.core.errors import SaccadeError
from saccade.core.requests import Problem
from saccade.modalities.images.requests import describe_body, images
from saccade.serving.describing import Description, properties, query_parameter
from saccade.serving.guarding import print_log
from saccade.serving.limits import Limits
from saccade.serving.service import AsJson, Service
from saccade.serving.tensors import Ends, finite
from saccade.tasks.classification.predictor import Predictor

LARGEST_DRAWN = 64
"""Grey images up to this size can be drawn by hand on the page."""


class ClassificationService(Service):
    """A classifier behind addresses."""

    def __init__(self, predictor: Predictor, *, name: str, limits: Limits, token: str | None = None) -> None:
        super().__init__(
            predictor,
            name=name,
            ends=Ends(predictor.signature, "images", {"classes": list(predictor.classes)}),
            limits=limits,
            batch=limits.batch,
            most=limits.images,
            waiting=limits.waiting,
            description=_describe(predictor, limits),
            token=token,
        )
        self.predictor = predictor
        self._answers = cache(self.measures.answers.labels)
        self._tell_all = predictor.tell(None)
        self._read = predictor.intake.reader(limits.image_pixels)

    async def predict(self, request: Request) -> Response:
        """Answer images: a raw body, a form, or base64 in JSON."""
        asked = request.query_params.get("abstain") if request.scope["query_string"] else None
        tell = self._tell_all if asked is None else self._told(asked)
        async with self.intake.body(request) as body:
            found = await images(request, body, self.limits.images)
            outputs = await self.batcher.read_and_answer([each.content for each in found], self._read)
            answers = tell(finite(outputs)["probabilities"])
        print_log(request, images=len(found))
        for answer in answers:
            self._answers(answer.label).inc()
        return AsJson(
            {
                "model": self.name,
                "predictions": [
                    {
                        "name": each.name,
                        "class": answer.label if answer.decided else None,
                        "probability": answer.probability,
                        "probabilities": answer.probabilities,
                    }
                    for each, answer in zip(found, answers, strict=True)
                ],
            }
        )

    def _told(self, abstain: str) -> Callable[[Any], list[Any]]:
        """Return what turns probabilities into answers, as ?abstain= says."""
        try:
            return self.predictor.tell(float(abstain))
        except ValueError as error:
            raise Problem(422, f"abstain should be a number such as 0.01, found {abstain!r:.50}.") from error
        except SaccadeError as error:
            raise Problem(422, str(error)) from error

    def render_page(self) -> Response:
        """Return the page where a person drops an image or draws one."""
        height, width, channels = self.predictor.image_shape
        return self.rendered(
            Path(__file__).with_name("service.html.j2"),
            classes=self.predictor.classes,
            height=height,
            width=width,
            colours="grey" if channels == 1 else "colour",
            drawn=channels == 1 and max(height, width) <= LARGEST_DRAWN,
            images=self.limits.images,
        )


def _describe(predictor: Predictor, limits: Limits) -> Description:
    share = {"type": "number", "minimum": 0, "maximum": 1.000001}
    prediction = properties(
        name={"type": "string"},
        probability=share,
        probabilities=properties(**dict.fromkeys(predictor.classes, share)),
        **{"class": {"enum": [*predictor.classes, None]}},
    )
    abstain = "Leave undecided (class null) what would be wrong more often than this."
    return Description(
        about=f"Takes images of {'×'.join(map(str, predictor.image_shape))} and names one of {len(predictor.classes)} "
        f"classes. At most {limits.body_bytes / 1e6:g} MB and {limits.images} images a request, "
        f"{limits.image_pixels / 1e6:g} megapixels an image.",
        summary="Say what images show: an image file as the body, a form with files, or base64 in JSON.",
        parameters=[query_parameter("abstain", abstain, type="number", exclusiveMinimum=0, exclusiveMaximum=1)],
        body=describe_body(limits.images),
        answer=properties(model={"type": "string"}, predictions={"type": "array", "items": prediction}),
        returned="An answer an image, in order.",
    )
