"""TriedRuns: the services of runs that are tried in the studio, within its own process; the last few stay open."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from saccade.core.errors import RunError
from saccade.core.run import Run
from saccade.core.shell_words import shell_word

MOST_OPEN = 3

PATIENCE = 10.0
"""Seconds for a service to end what it is at."""

OWN_PAGE = (b"frame-ancestors 'none'", b"frame-ancestors 'self'")
"""In its content policy: what says that nobody frames it, and what lets the studio do so."""


@dataclass
class Started:
    """A service that runs.

    Attributes:
        app: it.
        state: of the run when it was opened.
        ends: ends it.
        ended: is done when it has ended.
    """

    app: ASGIApp
    state: str
    ends: asyncio.Event = field(default_factory=asyncio.Event)
    ended: "asyncio.Task[None] | None" = None


class TriedRuns:
    """Opens the service of a run when it is asked first, by its exported file: neither Keras nor TensorFlow loads."""

    def __init__(self, make: Callable[[Run], ASGIApp] | None = None) -> None:
        self._make = make or _service
        self._started: dict[Path, Started] = {}
        self._lock = asyncio.Lock()

    async def app(self, run: Run) -> ASGIApp:
        """Return the service of a run as it is now; raises RunError where it has no exported file."""
        async with self._lock:
            state = _state(run)
            known = self._started.pop(run.path, None)
            if known is not None and known.state != state:
                known.ends.set()
                known = None
            if known is None:
                known = await self._start(run, state)
            self._started[run.path] = known  # the last one asked stands last
            for path in list(self._started)[:-MOST_OPEN]:
                self._started.pop(path).ends.set()
            return known.app

    async def _start(self, run: Run, state: str) -> Started:
        started = Started(await asyncio.to_thread(self._make, run), state)
        ready = asyncio.get_running_loop().create_future()
        started.ended = asyncio.create_task(_live(started, ready))
        await ready
        return started

    async def close(self) -> None:
        """End all of them."""
        for each in self._started.values():
            each.ends.set()
        tasks = [each.ended for each in self._started.values() if each.ended]
        self._started.clear()
        if tasks:
            await asyncio.wait(tasks, timeout=PATIENCE)


def has_file(run: Run) -> bool:
    """Say whether a run has an exported file of its present network, by which it answers without Keras."""
    return run.exported("model.onnx") is not None


def _state(run: Run) -> str:
    parity = run.path / "export" / "parity.json"
    return f"{run.answering_state} {parity.stat().st_mtime_ns if parity.is_file() else 0}"


def _service(run: Run) -> ASGIApp:
    from saccade import inference, serving

    if not has_file(run):
        raise RunError(
            f"{run.path} has no model.onnx of its present network. Make it with: saccade export {shell_word(run.path)}"
        )
    return serving.make_app(inference.open_run(run), name=run.path.name)


async def _live(started: Started, ready: "asyncio.Future[None]") -> None:
    """Tell a service that it begins and, when it is time, that it ends, as a web server does."""
    begun = False

    async def receive() -> Message:
        nonlocal begun
        if not begun:
            begun = True
            return {"type": "lifespan.startup"}
        await started.ends.wait()
        return {"type": "lifespan.shutdown"}

    async def send(message: Message) -> None:
        if message["type"] == "lifespan.startup.complete" and not ready.done():
            ready.set_result(None)
        elif message["type"] == "lifespan.startup.failed" and not ready.done():
            ready.set_exception(RunError(f"The network cannot be asked: {message.get('message', '')[:300]}"))

    scope: dict[str, Any] = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    with contextlib.suppress(Exception):
        await started.app(scope, receive, send)
    if not ready.done():
        ready.set_exception(RunError("The network cannot be asked: it did not begin."))


class Framed:
    """A service whose page the studio may show in a frame."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    (name, value.replace(*OWN_PAGE) if name.lower() == b"content-security-policy" else value)
                    for name, value in message.get("headers", ())
                ]
            await send(message)

        await self._app(scope, receive, framed)
