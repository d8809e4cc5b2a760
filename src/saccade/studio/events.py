"""Server-sent events: a page hears what changes, through one stream, which ends with the page."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import StreamingResponse

SILENCE = 15.0
"""Seconds after which a line is sent that says nothing, so that a page that has gone is noticed."""


def event(name: str, data: Any) -> bytes:
    """Return an event as it goes over the wire; pages hear it as `studio-NAME` (see static/studio.js)."""
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()


def watch(request: Request, read: Callable[[], dict[str, Any]], *, every: float = 0.5) -> StreamingResponse:
    """Return a stream that says what changes.

    Args:
        request: of the page, which ends the stream when it is closed.
        read: returns plain values by the name of their event; is asked again and again, in a thread. A value that is
            None is not sent. `read` may return {"closed": …} when nothing will change any more: the stream then ends.
        every: seconds between two questions.

    For example::

        return events.watch(request, lambda: {"runs": newest_stamp(context.runs)})
    """

    async def stream() -> AsyncIterator[bytes]:
        said: dict[str, Any] = {}
        silent = 0.0
        yield b"retry: 2000\n\n"
        while not await request.is_disconnected():
            found = await asyncio.to_thread(read)
            news = {name: value for name, value in found.items() if value is not None and said.get(name) != value}
            for name, value in news.items():
                yield event(name, value)
            said |= news
            if "closed" in found:
                return
            silent = 0.0 if news else silent + every
            if silent > SILENCE:
                silent = 0.0
                yield b": still here\n\n"
            await asyncio.sleep(every)

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
