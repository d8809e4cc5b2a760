"""Pixels for a page: thumbnails as raw bytes, which a canvas draws at once, and single images as PNG or JPEG."""

import io
from collections.abc import Callable, Sequence
from typing import Any

from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from saccade.core.errors import DataError

MOST = 1000
"""Thumbnails that are asked for at once, at most."""


def rows_of(text: str, count: int) -> list[int]:
    """Return the rows that an address says, "3,7-9", of so many; raises DataError for what is none."""
    found = list[int]()
    for piece in filter(None, text.split(",")):
        first, _, last = piece.partition("-")
        if not (first.isdecimal() and (last or first).isdecimal() and len(piece) < 20):
            raise DataError(f"Expected rows such as 3,7-9, found {piece[:20]!r}.")
        if int(last or first) - int(first) + len(found) >= MOST:
            raise DataError(f"At most {MOST:,} thumbnails are given at once.")
        found += range(int(first), int(last or first) + 1)
    if any(row >= count for row in found):
        raise DataError(f"There are {count:,} images, and row {max(found):,} was asked for.")
    return found


async def thumbnails(request: Request, count: int, read: Callable[[Sequence[int]], Any]) -> Response:
    """Return the pixels (m, h, w, c) of the rows that the address asks for, uint8, one after the other."""
    rows = rows_of(request.query_params.get("rows", ""), count)
    pixels = await run_in_threadpool(read, rows)
    return Response(pixels.tobytes(), media_type="application/octet-stream")


def png(pixels: Any) -> Response:
    """Return an image (h, w, c) as PNG."""
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    out = io.BytesIO()
    image.save(out, "png", compress_level=1)
    return Response(out.getvalue(), media_type="image/png")


def jpeg(pixels: Any) -> Response:
    """Return a photo (h, w, 3) as JPEG, which the browser keeps for an hour."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "jpeg", quality=90)
    return Response(out.getvalue(), media_type="image/jpeg", headers={"cache-control": "private, max-age=3600"})
