"""Brightness over HTTP."""

from starlette.responses import HTMLResponse

from saccade.modalities.images.intake import Intake
from saccade.modalities.images.requests import describe_body, images
from saccade.serving.openapi import Description, properties
from saccade.serving.service import AsJson, Service
from saccade.serving.tensors import Ends, finite


class BrightnessService(Service):
    """A network that says how bright images are, behind addresses."""

    def __init__(self, predictor, *, name, limits, token=None):
        number = {"type": "number"}
        super().__init__(
            predictor,
            name=name,
            ends=Ends(predictor.signature, "images"),
            limits=limits,
            batch=limits.batch,
            most=limits.images,
            waiting=limits.waiting,
            description=Description(
                about="Says how bright images are.",
                summary="Say how bright images are.",
                parameters=[],
                body=describe_body(limits.images),
                answer=properties(predictions={"type": "array", "items": number}),
                returned="A number an image.",
            ),
            token=token,
        )
        self._read = Intake(predictor.signature.input.sizes, "pad").reader(limits.image_pixels)

    async def predict(self, request):
        async with self.intake.body(request) as body:
            found = await images(request, body, self.limits.images)
            outputs = await self.batcher.read_and_answer([each.content for each in found], self._read)
        return AsJson({"predictions": finite(outputs)["brightness"][:, 0].tolist()})

    def render_page(self):
        return HTMLResponse("<!doctype html><title>brightness</title>")
