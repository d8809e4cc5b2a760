"""The image files in the body of a request over HTTP, and how that is described."""

import base64
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from saccade.core.requests import Problem, content_type, parsed
from saccade.core.safe_json import Json

LARGEST_FIELD = 10_000
"""Bytes of a form's field that is no file."""

KINDS = "an image/… or application/octet-stream body, multipart/form-data, or application/json"


@dataclass(frozen=True)
class Named:
    """One image file of a request: its name, "" when it has none, and its content."""

    name: str
    content: bytes


def describe_body(most: int) -> Json:
    """Return what `images` reads, as OpenAPI describes a body by its types; `most` images may be in it."""
    file = {"type": "string", "format": "binary"}
    bounds = {"type": "array", "minItems": 1, "maxItems": most}
    form = {"file": {**bounds, "items": file}}
    base64_texts = {"images": {**bounds, "items": {"type": "string"}}}
    return {
        "image/*": {"schema": file},
        "application/octet-stream": {"schema": file},
        "multipart/form-data": {"schema": {"type": "object", "properties": form, "required": list(form)}},
        "application/json": {"schema": {"type": "object", "properties": base64_texts, "required": list(base64_texts)}},
    }


async def images(request: Request, body: bytes, most: int) -> list[Named]:
    """Return the image files in a body, as its content type says: raw, a form, or base64 in JSON.

    Args:
        request: its head.
        body: all of it.
        most: so many images may be in it.

    Raises:
        Problem: 400 for a damaged form or JSON, 413 for too many images, 415 for another type, 422 for none.
    """
    kind = content_type(request.headers.get("content-type"))
    if kind == "multipart/form-data":
        found = await _of_form(request, body, most)
    elif kind == "application/json":
        found = _of_json(await parsed(body))
    elif kind.startswith("image/") or kind in {"application/octet-stream", ""}:
        found = [Named("", body)]
    else:
        raise Problem(415, f"Found a body of type {kind[:100]}. Expected {KINDS}.")
    if not found:
        raise Problem(422, "There is no image in the request.")
    if len(found) > most:
        raise _too_many(most)
    return found


async def _of_form(request: Request, body: bytes, most: int) -> list[Named]:
    """Return the files of a form, whatever their fields are called."""

    async def chunks() -> AsyncGenerator[bytes]:
        yield body

    parser = MultiPartParser(request.headers, chunks(), max_files=most, max_fields=10, max_part_size=LARGEST_FIELD)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        if error.message.startswith("Too many files"):
            raise _too_many(most) from error
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


def _too_many(most: int) -> Problem:
    return Problem(413, f"More than {most} images in a request. Send them in several.")


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
