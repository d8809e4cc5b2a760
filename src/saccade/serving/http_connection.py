"""Connection: uvicorn's own, but what a client can make it wait for or keep has an end."""

import asyncio
import json
import math
import re
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from saccade.core.requests import RETRY_SECONDS

HEAD_SECONDS = 10.0
"""For the head of a request to arrive, from its first byte on, or of the first one from the connection on."""

LARGEST_HEAD = 64_000
"""Bytes of a head that is not finished, or of what comes with a body and is none; no token has been seen by then."""

UNREAD_SECONDS = 30.0
"""For a client to take some of its answer."""

MOST = 900
"""Open connections: below the 1,024 files that a process may usually open. For one more, the one that has been idle
longest is closed."""


class Connection(HttpToolsProtocol):
    """A connection whose requests must begin soon; uvicorn makes one of each new connection."""

    def __init__(self, *given: Any, head_seconds: float = HEAD_SECONDS, most: int = MOST, **named: Any) -> None:
        """Make one.

        Args:
            given: by uvicorn.
            head_seconds: for the head of a request; then the connection gets 408 and is closed.
            most: open connections. For one more, the one that has been idle longest is closed; if none is idle, it
                gets 503.
            named: by uvicorn.
        """
        super().__init__(*given, **named)
        self._head_seconds, self._most = head_seconds, most
        self._clock: asyncio.TimerHandle | None = None
        self._in_head = False
        self._beside = 0
        self._idle_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or send it away."""
        self._joined = _Joined(transport)
        super().connection_made(self._joined)  # type: ignore[arg-type] # has all that a transport has
        self._idle_since = self.loop.time()
        if len(self.connections) > self._most and not self._close_idle():
            self._split(HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections.", f"retry-after: {RETRY_SECONDS}\r\n")
        else:
            self._start_clock()

    def _close_idle(self) -> bool:
        """Close the connection that has been idle longest, and say whether there was one."""
        idle = [each for each in self.connections if isinstance(each, Connection) and each.is_idle and each is not self]
        if not idle:
            return False
        oldest = min(idle, key=lambda each: each._idle_since)
        oldest.connections.discard(oldest)  # now: others may come before its end is noticed
        oldest.transport.close()
        return True

    @property
    def is_idle(self) -> bool:
        """Whether no request has come whole that is not answered yet, and no answer is being sent."""
        return not (self._answering or self.transport.is_closing() or self.transport.get_write_buffer_size())

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read some of a request; what comes with its whole head needs no clock."""
        if b"pgrade" in data and not (self._answering and self.cycle.more_body):
            data = _without_upgrade(data)
        self._beside += len(data)
        super().data_received(data)  # which also stops uvicorn's own clock for connections that rest
        if self._beside > LARGEST_HEAD and self._answering:
            self.transport.abort()  # no other word may come into the answer
        elif self._beside > LARGEST_HEAD and self._in_head:
            self._split(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The head of the request is too large.")
        if (self._in_head or not self._answering) and self._clock is None and not self.transport.is_closing():
            self._start_clock()

    def on_message_begin(self) -> None:
        """Remember that a head has begun."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Remember that it is whole."""
        self._in_head = False
        self._beside = 0
        self._stop_clock()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take some of a body, which may be in small chunks: their sizes are not held against it."""
        self._beside = max(0, self._beside - 8 * len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Begin to count anew."""
        self._beside = 0
        super().on_message_complete()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Say whether a client that has said all still waits for its answer."""
        return self._answering and not self.cycle.more_body

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be parsed as all else is refused."""
        self._split(HTTPStatus.BAD_REQUEST, msg)

    def on_response_complete(self) -> None:
        """Send what is left of an answer without a body, and do not keep for ever what the client does not take."""
        self._joined.flush()
        self._idle_since = self.loop.time()
        super().on_response_complete()
        if self.transport.get_write_buffer_size():
            self._watch_unread(math.inf)

    def _watch_unread(self, before: float) -> None:
        """Close the connection when nothing of an answer was taken for some time."""
        unread = self.transport.get_write_buffer_size() if self in self.connections else 0
        if unread >= before:
            self.transport.abort()
        elif unread:
            self.loop.call_later(UNREAD_SECONDS, self._watch_unread, unread)

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _start_clock(self) -> None:
        self._clock = self.loop.call_later(self._head_seconds, self._give_up)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _give_up(self) -> None:
        self._clock = None
        if self._answering:  # the request before it
            self._start_clock()
        elif self._in_head:
            self._split(HTTPStatus.REQUEST_TIMEOUT, f"No whole request within {self._head_seconds:g} seconds.")
        else:
            self.transport.close()

    def _split(self, status: HTTPStatus, message: str, header: str = "") -> None:
        """Say why, and close."""
        content = json.dumps({"error": message})
        head = f"HTTP/1.1 {status} {status.phrase}\r\ncontent-type: application/json\r\n{header}"
        self.transport.write(f"{head}content-length: {len(content)}\r\nconnection: close\r\n\r\n{content}".encode())
        self.transport.close()


def _without_upgrade(data: bytes) -> bytes:
    """Return the start of a request in which no other protocol is offered.

    Java's HttpClient offers HTTP/2 with each first request, and the parser would then not read the body.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    return re.sub(rb"(?i)\r\nup(grade *:)", rb"\r\nx-\1", head) + end + rest


class _Joined:
    """A transport that sends the head of an answer with its body: each call of the system costs, and wakes a client."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send it, but keep the head of a good answer until the next call."""
        if not self._head and data.startswith(b"HTTP/1.1 2") and data.endswith(b"\r\n\r\n"):
            self._head = data
        else:
            head, self._head = self._head, b""
            self._write(head + data)

    def close(self) -> None:
        """Close it when all is sent."""
        self.flush()
        self._transport.close()

    def flush(self) -> None:
        """Send what is kept."""
        head, self._head = self._head, b""
        self._write(head)

    def _write(self, data: bytes) -> None:
        if data and not self._transport.is_closing():
            self._transport.write(data)
