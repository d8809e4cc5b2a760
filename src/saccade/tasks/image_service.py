"""Services that take images, and a page where a person drops some."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from saccade.core.arrays import Array
from saccade.core.safe_json import Json
from saccade.modalities.images.intake import Intake
from saccade.modalities.images.requests import Named, describe_body, images
from saccade.serving.example import Example
from saccade.serving.limits import Limits
from saccade.serving.middleware import print_log
from saccade.serving.openapi import Description, properties
from saccade.serving.service import AsJson, Service
from saccade.serving.tensors import Ends, finite


class ImageService(Service):
    """A network for images behind addresses; a task says what its answers are.

    Attributes:
        predictor: what answers.
    """

    def __init__(
        self,
        predictor: Any,
        *,
        description: Description,
        parameters: Mapping[str, object],
        name: str,
        limits: Limits,
        token: str | None = None,
    ) -> None:
        """Make the service.

        Args:
            predictor: with `signature`, `outputs` and `intake`.
            description: from `describe_images`.
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
            description=description,
            token=token,
        )
        self.predictor = predictor
        self._read = predictor.intake.reader(limits.image_pixels)

    async def ask(self, request: Request) -> tuple[list[Named], Mapping[str, Array]]:
        """Return the images of a request, a raw body, a form, or base64 in JSON, and the outputs (n, ...) for them."""
        async with self.intake.body(request) as body:
            found = await images(request, body, self.limits.images)
            outputs = await self.batcher.read_and_answer([each.content for each in found], self._read)
            return found, finite(outputs)

    @property
    def example(self) -> Example:
        """An image file."""
        return Example("image/jpeg", file="photo.jpg")

    def rendered_for_images(self, template: Path, **values: object) -> Response:
        """Return the page where a person drops images."""
        height, width, channels = self.predictor.intake.image_shape
        return self.rendered(
            template,
            height=height,
            width=width,
            colours="grey" if channels == 1 else "colour",
            images=self.limits.images,
            **values,
        )


class RecordService(ImageService):
    """A service that answers each image with a record, `answer` by the names of its values."""

    def __init__(
        self,
        predictor: Any,
        *,
        about: str,
        answer: Json,
        parameters: Json,
        name: str,
        limits: Limits,
        token: str | None,
    ) -> None:
        """Make the service.

        Args:
            predictor: as in `ImageService`.
            about: what it says of an image, for people: "Says the length of what an image shows."
            answer: the schema of each entry of `records`, by its name.
            parameters: as in `ImageService`.
            name: of the network.
            limits: what it takes at most.
            token: that requests must bring; None for none.
        """
        prediction = properties(name={"type": "string"}, **answer)
        description = describe_images(
            predictor.intake,
            limits,
            about=f"{about} It takes",
            summary="Answer images",
            answer=properties(model={"type": "string"}, predictions={"type": "array", "items": prediction}),
        )
        super().__init__(
            predictor, description=description, parameters=parameters, name=name, limits=limits, token=token
        )
        self.about = about

    def records(self, outputs: Mapping[str, Array]) -> Sequence[Mapping[str, object]]:
        """Return what is said of each image, plain values by name, from the outputs (n, ...) of the network."""
        raise NotImplementedError

    async def predict(self, request: Request) -> Response:
        """Answer images."""
        found, outputs = await self.ask(request)
        records = self.records(outputs)
        print_log(request, images=len(found))
        named = [{"name": each.name, **record} for each, record in zip(found, records, strict=True)]
        return AsJson({"model": self.name, "predictions": named})

    def render_page(self) -> Response:
        """Return the page where a person drops images."""
        return self.rendered_for_images(Path(__file__).with_name("image_service.html.j2"), about=self.about)


def describe_images(
    intake: Intake,
    limits: Limits,
    *,
    about: str,
    summary: str,
    answer: Json,
    then: str = "",
    parameters: Sequence[Json] = (),
) -> Description:
    """Return what OpenAPI says of a service that takes images.

    Args:
        intake: which images the network takes.
        limits: what the service takes at most.
        about: what it does, up to the words "images of 28×28×1".
        summary: the same in two or three words.
        answer: its schema.
        then: what `about` goes on with.
        parameters: of the address.
    """
    shape = "×".join(map(str, intake.image_shape))
    return Description(
        about=f"{about} images of {shape}{then}. At most {limits.body_bytes / 1e6:g} MB and {limits.images} images a "
        f"request, {limits.image_pixels / 1e6:g} megapixels an image.",
        summary=f"{summary}: an image file as the body, a form with files, or base64 in JSON.",
        parameters=list(parameters),
        body=describe_body(limits.images),
        answer=answer,
        returned="An answer an image, in order.",
    )
