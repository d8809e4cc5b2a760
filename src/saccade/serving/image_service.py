"""ImageService: images in, classes out."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from saccade.core.errors import SaccadeError
from saccade.inference import Predictor
from saccade.modalities.images.headers import MAX_PIXELS
from saccade.serving.describing import describe
from saccade.serving.guarding import print_log
from saccade.serving.limits import Limits
from saccade.serving.problems import Problem
from saccade.serving.reading import images
from saccade.serving.service import AsJson, Service
from saccade.serving.tensors import finite, of_images

LARGEST_DRAWN = 64
"""Grey images up to this size can be drawn by hand on the page."""


class ImageService(Service):
    """A network for images behind addresses."""

    def __init__(self, predictor: Predictor, *, name: str, limits: Limits, token: str | None = None) -> None:
        super().__init__(
            predictor.answer,
            name=name,
            engine=predictor.engine,
            ends=of_images(predictor),
            limits=limits,
            batch=limits.batch,
            most=limits.images,
            waiting=limits.waiting,
            description=describe(predictor, name=name, limits=limits, token=token is not None),
        )
        self.predictor = predictor
        self._answers = cache(self.measures.answers.labels)
        self._tell_all = predictor.tell(None)

    def outputs(self, answers: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Return the probabilities, (n, k)."""
        return {"probabilities": answers}

    async def predict(self, request: Request) -> Response:
        """Answer images: a raw body, a form, or base64 in JSON."""
        asked = request.query_params.get("abstain") if request.scope["query_string"] else None
        tell = self._tell_all if asked is None else self._told(asked)
        async with self.intake.body(request) as body:
            found = await images(request, body, self.limits)
            contents = [each.content for each in found]
            probabilities = finite(await self.batcher.read_and_answer(contents, self._read))
        answers = tell(probabilities)
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

    def _read(self, content: bytes, *, most_pixels: int = MAX_PIXELS, **bounds: Any) -> NDArray[np.uint8]:
        return self.predictor.read(content, most_pixels=min(most_pixels, self.limits.image_pixels), **bounds)

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
            "page.html.j2",
            classes=self.predictor.classes,
            height=height,
            width=width,
            colours="grey" if channels == 1 else "colour",
            drawn=channels == 1 and max(height, width) <= LARGEST_DRAWN,
            images=self.limits.images,
        )
