"""Request → body within the limits → the image files in it."""

import asyncio
import base64
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from saccade.core.safe_json import parse_json
from saccade.serving.limits import Limits
from saccade.serving.problems import Problem, busy

DRAINED = 4
"""So many times the largest body is read and thrown away: most clients read no answer before all is sent."""

SHORT_JSON = 100_000
"""Bytes; longer texts are parsed in a thread, so that others need not wait."""

LARGEST_FIELD = 10_000
"""Bytes of a form's field that is no file."""

KINDS = "an image/… or application/octet-stream body, multipart/form-data, or application/json"


@dataclass(frozen=True)
class Named:
    """One image file of a request: its name, "" when it has none, and its content."""

    name: str
    content: bytes


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
        splits: list[bytes] = []
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
                splits.append(chunk)
            else:
                splits.clear()
            self._arrived = not message.get("more_body")
        if arrived > self._limits.body_bytes:
            raise self._too_large()
        return splits[0] if len(splits) == 1 else b"".join(splits)

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


async def images(request: Request, body: bytes, limits: Limits) -> list[Named]:
    """Return the image files in a body, as its content type says: raw, a form, or base64 in JSON.

    Raises:
        Problem: 400 for a damaged form or JSON, 413 for too many images, 415 for another type, 422 for none.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        found = await _of_form(request, body, limits)
    elif kind == "application/json":
        found = _of_json(await parsed(body))
    elif kind.startswith("image/") or kind in {"application/octet-stream", ""}:
        found = [Named("", body)]
    else:
        raise Problem(415, f"Found a body of type {kind[:100]}. Expected {KINDS}.")
    if not found:
        raise Problem(422, "There is no image in the request.")
    if len(found) > limits.images:
        raise _too_many(limits)
    return found


async def _of_form(request: Request, body: bytes, limits: Limits) -> list[Named]:
    """Return the files of a form, whatever their fields are called."""

    async def chunks() -> AsyncGenerator[bytes]:
        yield body

    parser = MultiPartParser(
        request.headers, chunks(), max_files=limits.images, max_fields=10, max_part_size=LARGEST_FIELD
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        if error.message.startswith("Too many files"):
            raise _too_many(limits) from error
        raise Problem(400, f"The form is damaged: {error.message}") from error
    except (ValueError, KeyError, LookupError) as error:  # no boundary, an unknown charset
        raise Problem(400, "The form is damaged: its content type says no boundary, or an unknown one.") from error
    try:
        files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
        return [Named(_as_text(file.filename), await file.read()) for file in files]
    finally:
        await form.close()


def _as_text(name: str | None) -> str:
    """Return a name that can be written: some charsets that a form may claim make halves of characters."""
    return (name or "").encode(errors="replace").decode()


def _too_many(limits: Limits) -> Problem:
    return Problem(413, f"More than {limits.images} images in a request. Send them in several.")


def _of_json(content: Any) -> list[Named]:
    found = content.get("images") if isinstance(content, dict) else None
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise Problem(422, 'Expected JSON such as {"images": ["iVBORw0…"]}: image files in base64.')
    return [Named("", _from_base64(position, each)) for position, each in enumerate(found, 1)]


def _from_base64(position: int, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Problem(422, f"Image {position}: not base64.") from error


async def parsed(text: bytes) -> Any:
    """Return what a JSON text says; raises Problem (400) when it is none."""
    try:
        return parse_json(text) if len(text) < SHORT_JSON else await asyncio.to_thread(parse_json, text)
    except ValueError as error:
        raise Problem(400, f"The body is no JSON: {error}.") from error
