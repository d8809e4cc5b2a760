"""What a request over HTTP may say, and why it is not answered; for those who read bodies, whatever is in them."""

import asyncio
from typing import Any

from saccade.core.safe_json import parse_json

RETRY_SECONDS = 1

SHORT_JSON = 100_000
"""Bytes; longer texts are parsed in a thread, so that others need not wait."""


class Problem(Exception):
    """A request that is not answered.

    Attributes:
        status: of HTTP, 400 to 599.
        headers: of the response, besides the usual ones.
    """

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.headers = status, headers


def busy(message: str) -> Problem:
    """Return what tells a client to come back: more work is here than can be done soon."""
    return Problem(503, f"{message} Try again in a moment.", **{"Retry-After": str(RETRY_SECONDS)})


def content_type(header: str | None) -> str:
    """Return the type that a Content-Type header says, without its parameters, in small letters; "" for none."""
    return (header or "").partition(";")[0].strip().lower()


async def parsed(text: bytes) -> Any:
    """Return what a JSON text says; raises Problem (400) when it is none."""
    try:
        return parse_json(text) if len(text) < SHORT_JSON else await asyncio.to_thread(parse_json, text)
    except ValueError as error:
        raise Problem(400, f"The body is no JSON: {error}.") from error
