"""App: the addresses of the service and what each answers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from saccade import pages
from saccade.data.pictures import MAX_PIXELS
from saccade.errors import SaccadeError
from saccade.predicting import Predictor
from saccade.serving import inference, problems
from saccade.serving.batching import Batcher
from saccade.serving.describing import describe
from saccade.serving.guarding import Guard, tell_log
from saccade.serving.limits import Limits
from saccade.serving.measuring import Measures
from saccade.serving.problems import Problem, busy
from saccade.serving.reading import Intake, pictures

LARGEST_DRAWN = 64
"""Grey pictures up to this size can be drawn by hand on the page."""

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src blob: data:; "
    "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
"""Of the pages: nothing is loaded from anywhere, and nothing is sent elsewhere."""


class AsJson(JSONResponse):
    """An answer that may have many numbers."""

    def render(self, content: Any) -> bytes:
        """Return it as bytes."""
        return orjson.dumps(content)


class Service:
    """A network behind addresses.

    Attributes:
        predictor: answers.
        name: of the network, in the addresses of the Open Inference Protocol.
    """

    def __init__(self, predictor: Predictor, *, name: str, limits: Limits, token: str | None = None) -> None:
        self.predictor, self.name, self.limits = predictor, name, limits
        self.measures = Measures()
        self._answers = cache(self.measures.answers.labels)
        self.intake = Intake(limits)
        self.batcher = Batcher(
            predictor.answer,
            batch=limits.batch,
            most_waiting=limits.waiting,
            observe=self.measures.batches.observe,
        )
        self.description = describe(predictor, name=name, limits=limits, token=token is not None)
        self._tell_all = predictor.tell(None)
        self.measures.waiting.set_function(lambda: self.batcher.waiting)
        self.measures.bytes_in_flight.set_function(lambda: self.intake.bytes_in_flight)

    @asynccontextmanager
    async def running(self, app: Starlette) -> AsyncIterator[None]:
        """Warm up before the first request, which need not wait for that; stop when all is answered."""
        await asyncio.to_thread(self.predictor.answer, np.zeros((1, *self.predictor.image_shape), np.uint8))
        self.batcher.start()
        yield
        await asyncio.to_thread(self.batcher.stop)

    async def predict(self, request: Request) -> Response:
        """Answer pictures: a raw body, a form, or base64 in JSON."""
        tell = self._told(abstain) if (abstain := request.query_params.get("abstain")) is not None else self._tell_all
        async with self.intake.body(request) as body:
            found = await pictures(request, body, self.limits)
            contents = [each.content for each in found]
            probabilities = await self.patiently(self.batcher.read_and_answer(contents, self._read))
        answers = tell(probabilities)
        tell_log(request, pictures=len(found))
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

    def _read(self, content: bytes, *, most_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
        return self.predictor.read(content, most_pixels=min(most_pixels, self.limits.picture_pixels))

    def _told(self, abstain: str) -> Callable[[Any], list[Any]]:
        """Return what turns probabilities into answers, as ?abstain= says."""
        try:
            return self.predictor.tell(float(abstain))
        except ValueError as error:
            raise Problem(422, f"abstain should be a number such as 0.01, found {abstain!r:.50}.") from error
        except SaccadeError as error:
            raise Problem(422, str(error)) from error

    async def patiently(self, work: Awaitable[Any]) -> Any:
        """Return the result of work; raises Problem (503) when it takes too long."""
        try:
            async with asyncio.timeout(self.limits.seconds):
                return await work
        except TimeoutError:
            raise busy(f"No answer within {self.limits.seconds:g} seconds.") from None

    async def health(self, request: Request) -> Response:
        """Say that the process answers."""
        return JSONResponse({"live": True})

    async def readiness(self, request: Request) -> Response:
        """Say whether pictures would be answered."""
        if not self.batcher.alive:
            raise busy("The network is not ready.")
        return JSONResponse({"ready": True})

    async def metrics(self, request: Request) -> Response:
        """Return the measures as Prometheus reads them."""
        return Response(generate_latest(self.measures.registry), media_type=CONTENT_TYPE_LATEST)

    async def openapi(self, request: Request) -> Response:
        """Return the description of all this, for programs."""
        return JSONResponse(self.description)

    async def documentation(self, request: Request) -> Response:
        """Return the description of all this, for people."""
        page = pages.render(Path(__file__).with_name("docs.html.j2"), about=self.description)
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})

    async def page(self, request: Request) -> Response:
        """Return the page where a person drops a picture or draws one."""
        height, width, channels = self.predictor.image_shape
        page = pages.render(
            Path(__file__).with_name("page.html.j2"),
            name=self.name,
            classes=self.predictor.classes,
            height=height,
            width=width,
            colours="grey" if channels == 1 else "colour",
            drawn=channels == 1 and max(height, width) <= LARGEST_DRAWN,
            pictures=self.limits.pictures,
            token=bool(self.description["security"]),
        )
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})


def make_app(
    predictor: Predictor, *, name: str = "model", limits: Limits | None = None, token: str | None = None
) -> Starlette:
    """Return the service as an ASGI application.

    Args:
        predictor: from `open_file` or `open_run`.
        name: of the network, in the addresses of the Open Inference Protocol.
        limits: what is taken at most.
        token: which requests must bring: "Authorization: Bearer TOKEN"; none when left out.
    """
    service = Service(predictor, name=name, limits=limits or Limits(), token=token)
    routes = [
        Route("/", service.page),
        Route("/predict", service.predict, methods=["POST"]),
        Route("/healthz", service.health),
        Route("/readyz", service.readiness),
        Route("/metrics", service.metrics),
        Route("/openapi.json", service.openapi),
        Route("/docs", service.documentation),
        *inference.routes(service),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, token=token, measures=service.measures)],
        exception_handlers={
            Problem: problems.say_problem,
            HTTPException: problems.say_refusal,
            ClientDisconnect: problems.say_nothing,
            Exception: problems.say_failure,
        },
        lifespan=service.running,
    )
