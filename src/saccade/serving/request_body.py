"""Request → body within the limits."""

import asyncio
import time

from starlette.requests import ClientDisconnect, Request

from saccade.core.requests import Problem, busy
from saccade.serving.limits import Limits

DRAINED = 4
"""So many times the largest body is read and thrown away: most clients read no answer before all is sent."""


class Intake:
    """Reads bodies, and counts what all of them take in memory."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.bytes_in_flight = 0
        self.bodies: set[_Body] = set()

    def body(self, request: Request) -> "_Body":
        """Give the body of a request, for an `async with` in which it is answered.

        Its bytes count as in flight until the block ends, and the block may take no longer than the limits allow.

        Raises:
            Problem: 408, 413, 415 or 503.
        """
        return _Body(self, request)

    async def watch(self) -> None:
        """End what takes too long; until cancelled. A timer for each request takes as long as a small network."""
        while True:
            await asyncio.sleep(min(1, self.limits.seconds / 4))
            latest = time.monotonic() - self.limits.seconds
            for body in [body for body in self.bodies if body.started < latest]:
                body.give_up()


class _Body:
    """One body; a class, because a generator as context manager takes longer than the reading.

    Attributes:
        started: when the reading began, in seconds of the clock that only goes forward.
    """

    def __init__(self, intake: Intake, request: Request) -> None:
        self._intake, self._limits, self._request = intake, intake.limits, request
        self._task = asyncio.current_task()
        self._taken = 0
        self._arrived = self._late = False
        self.started = time.monotonic()

    async def __aenter__(self) -> bytes:
        _refuse_encoded(self._request)
        self._refuse_declared()
        self._intake.bodies.add(self)
        try:
            return await self._read()
        except BaseException as error:
            await self.__aexit__(type(error))
            raise

    async def __aexit__(self, kind: type[BaseException] | None, *error: object) -> None:
        self._intake.bodies.discard(self)
        self._intake.bytes_in_flight -= self._taken
        if self._late and self._task and kind is asyncio.CancelledError and not self._task.uncancel():
            if self._arrived:
                raise busy(f"No answer within {self._limits.seconds:g} seconds.") from None
            message = f"The body did not arrive within {self._limits.seconds:g} seconds."
            raise Problem(408, message, Connection="close") from None

    def give_up(self) -> None:
        """End it, unless that was done before."""
        if self._task and not self._late:
            self._late = True
            self._task.cancel()

    async def _read(self) -> bytes:
        chunks: list[bytes] = []
        arrived = 0
        while not self._arrived and arrived <= DRAINED * self._limits.body_bytes:
            message = await self._request.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            chunk = message.get("body", b"")
            arrived += len(chunk)
            if arrived <= self._limits.body_bytes:
                self._refuse_when_full(len(chunk))
                self._intake.bytes_in_flight += len(chunk)
                self._taken += len(chunk)
                chunks.append(chunk)
            else:
                chunks.clear()
            self._arrived = not message.get("more_body")
        if arrived > self._limits.body_bytes:
            raise self._too_large()
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _refuse_declared(self) -> None:
        declared = self._request.headers.get("content-length", "0")
        if declared.isdecimal() and int(declared) > DRAINED * self._limits.body_bytes:
            raise self._too_large()

    def _too_large(self) -> Problem:
        message = f"The body is larger than {self._limits.body_bytes / 1e6:g} MB. Send less at once."
        return Problem(413, message, Connection="close")

    def _refuse_when_full(self, more: int) -> None:
        if self._intake.bytes_in_flight + more > self._limits.bytes_in_flight:
            raise busy("Too many large requests at once.")


def _refuse_encoded(request: Request) -> None:
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise Problem(415, "Compressed bodies are not read. Send it without Content-Encoding.")
