"""Service: a network behind addresses, whatever it takes."""

import asyncio
import base64
import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from saccade.core import pages
from saccade.core.predictor import Predictor
from saccade.core.requests import busy
from saccade.serving.batching import Batcher
from saccade.serving.example import Example
from saccade.serving.limits import Limits
from saccade.serving.openapi import Description, describe
from saccade.serving.prometheus_metrics import Measures
from saccade.serving.request_body import Intake
from saccade.serving.tensors import Ends

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src {scripts}; img-src blob: data:; media-src blob:; "
    "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
"""Of the pages: nothing is loaded from anywhere, nothing is sent elsewhere, and no script runs but the page's own."""

SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


class AsJson(JSONResponse):
    """An answer that may have many numbers."""

    def render(self, content: Any) -> bytes:
        """Return it as bytes."""
        return orjson.dumps(content)


class Service(ABC):
    """A network behind addresses.

    Attributes:
        name: of the network, in the addresses of the Open Inference Protocol.
        ends: its tensors, as its signature has them.
        most: inputs in one request.
        engine: what computes.
    """

    def __init__(
        self,
        predictor: Predictor,
        *,
        name: str,
        ends: Ends,
        limits: Limits,
        batch: int,
        most: int,
        waiting: int,
        description: Description,
        token: str | None,
    ) -> None:
        self.name, self.engine, self.ends, self.limits, self.most = name, predictor.engine, ends, limits, most
        self.measures = Measures()
        self.intake = Intake(limits)
        self._outputs = predictor.outputs
        self.batcher = Batcher(
            predictor.outputs,
            batch=batch,
            most_waiting=waiting,
            noun=ends.noun,
            observe=self.measures.batches.observe,
        )
        self.description = describe(description, ends, name=name, token=token is not None)

    @abstractmethod
    async def predict(self, request: Request) -> Response:
        """Answer a request for people and simple programs."""

    def routes(self) -> list[Route]:
        """Return what it answers at besides the addresses that every service has."""
        return []

    @abstractmethod
    def render_page(self) -> Response:
        """Return the page where a person tries it, made anew."""

    @property
    def example(self) -> Example:
        """A request that it answers; of a service that says none, a file of any kind."""
        return Example("application/octet-stream", file="input")

    @asynccontextmanager
    async def running(self, app: object) -> AsyncIterator[None]:
        """Warm up before the first request, which need not wait for that; stop when all is answered."""
        await asyncio.to_thread(self._outputs, self.ends.taken.zeros(1))
        _ = self._page, self._documentation, self._openapi  # made once: to make a page takes longer than an answer
        self.batcher.start()
        beside = [asyncio.create_task(self._measure()), asyncio.create_task(self.intake.watch())]
        yield
        for task in beside:
            task.cancel()
        await asyncio.to_thread(self.batcher.stop)

    async def _measure(self) -> None:
        """Keep what comes and goes up to date, for those who ask another process of the service."""
        while True:
            self._note()
            await asyncio.sleep(1)

    def _note(self) -> None:
        self.measures.waiting.set(self.batcher.waiting)
        self.measures.bytes_in_flight.set(self.intake.bytes_in_flight)

    async def health(self, request: Request) -> Response:
        """Say that the process answers."""
        return JSONResponse({"live": True})

    async def readiness(self, request: Request) -> Response:
        """Say whether requests would be answered."""
        if not self.batcher.alive:
            raise busy("The network is not ready.")
        return JSONResponse({"ready": True})

    async def metrics(self, request: Request) -> Response:
        """Return the measures as Prometheus reads them."""
        self._note()
        return Response(self.measures.text(), media_type=CONTENT_TYPE_LATEST)

    async def page(self, request: Request) -> Response:
        """Return the page where a person tries it."""
        return self._page

    async def openapi(self, request: Request) -> Response:
        """Return the description of all this, for programs."""
        return self._openapi

    async def documentation(self, request: Request) -> Response:
        """Return the description of all this, for people."""
        return self._documentation

    @cached_property
    def _page(self) -> Response:
        return self.render_page()

    @cached_property
    def _openapi(self) -> Response:
        return JSONResponse(self.description)

    @cached_property
    def _documentation(self) -> Response:
        return _as_page(Path(__file__).with_name("docs.html.j2"), about=self.description)

    def rendered(self, template: Path, **values: Any) -> Response:
        """Return a page made of a template, with the service's name and whether it wants a token."""
        return _as_page(template, name=self.name, token=bool(self.description["security"]), **values)


def _as_page(template: Path, **values: Any) -> Response:
    page = pages.render(template, **values)
    return HTMLResponse(page, headers={"Content-Security-Policy": policy_of(page)})


def policy_of(page: str) -> str:
    """Return the content policy of a page, which names its scripts by their hashes."""
    digests = [hashlib.sha256(script.encode()).digest() for script in SCRIPT.findall(page)]
    scripts = (f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return POLICY.format(scripts=" ".join(scripts) or "'none'")
