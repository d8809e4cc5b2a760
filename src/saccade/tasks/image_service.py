"""A service that takes images and answers each with a record; a page where a person drops some."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from saccade.modalities.images.intake import Intake
from saccade.modalities.images.requests import describe_body, images
from saccade.serving.describing import Description, properties
from saccade.serving.guarding import print_log
from saccade.serving.limits import Limits
from saccade.serving.service import AsJson, Service
from saccade.serving.tensors import Ends, finite


class ImageService(Service):
    """A network for images behind addresses; a task says what its answers are.

    Attributes:
        about: what it says of an image, for people: "Says the length of what an image shows."
    """

    about: str

    def __init__(
        self,
        predictor: Any,
        *,
        about: str,
        answer: Mapping[str, Any],
        parameters: Mapping[str, Any],
        name: str,
        limits: Limits,
        token: str | None = None,
    ) -> None:
        """Make the service.

        Args:
            predictor: with `signature`, `outputs` and `intake`.
            about: see there.
            answer: the schema of each entry of `records`, by its name.
            parameters: what the Open Inference Protocol is told of the network.
            name: of the network.
            limits: what it takes at most.
            token: that requests must bring; None for none.
        """
        super().__init__(
            predictor,
            name=name,
            ends=Ends(predictor.signature, "images", dict(parameters)),
            limits=limits,
            batch=limits.batch,
            most=limits.images,
            waiting=limits.waiting,
            description=_describe(about, predictor.intake, answer, limits),
            token=token,
        )
        self.about, self.predictor = about, predictor
        self._read = predictor.intake.reader(limits.image_pixels)

    def records(self, outputs: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Return what is said of each image, plain values by name, from the outputs (n, ...) of the network."""
        raise NotImplementedError

    async def predict(self, request: Request) -> Response:
        """Answer images: a raw body, a form, or base64 in JSON."""
        async with self.intake.body(request) as body:
            found = await images(request, body, self.limits.images)
            outputs = await self.batcher.read_and_answer([each.content for each in found], self._read)
            records = self.records(finite(outputs))
        print_log(request, images=len(found))
        named = [{"name": each.name, **record} for each, record in zip(found, records, strict=True)]
        return AsJson({"model": self.name, "predictions": named})

    def render_page(self) -> Response:
        """Return the page where a person drops images."""
        height, width, channels = self.predictor.image_shape
        return self.rendered(
            Path(__file__).with_name("image_service.html.j2"),
            about=self.about,
            height=height,
            width=width,
            colours="grey" if channels == 1 else "colour",
            images=self.limits.images,
        )


def _describe(about: str, intake: Intake, answer: Mapping[str, Any], limits: Limits) -> Description:
    prediction = properties(name={"type": "string"}, **answer)
    return Description(
        about=f"{about} It takes images of {'×'.join(map(str, intake.image_shape))}. At most "
        f"{limits.body_bytes / 1e6:g} MB and {limits.images} images a request, {limits.image_pixels / 1e6:g} "
        "megapixels an image.",
        summary="Answer images: an image file as the body, a form with files, or base64 in JSON.",
        parameters=[],
        body=describe_body(limits.images),
        answer=properties(model={"type": "string"}, predictions={"type": "array", "items": prediction}),
        returned="An answer an image, in order.",
    )
