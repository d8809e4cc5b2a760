"""The directories of a TIFF file, one a page, read without decoding anything."""

import struct
from collections.abc import Iterator

SUBFILE, INNER_DIRECTORIES = 254, 330

_CLASSIC, _BIG = (b"II*\0", b"MM\0*"), (b"II+\0", b"MM\0+")
_MOST_TAGS = 200_000
"""Tags that are read of all pages together, at most: a hostile file can have millions."""

_NUMBERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}
"""Types of values that are whole numbers."""


def is_tiff(content: bytes) -> bool:
    """Say by its first bytes whether a file is TIFF; many camera raw files are."""
    return content[:4] in _CLASSIC + _BIG


def directories(content: bytes, *, most: int) -> Iterator[dict[int, int]]:
    """Yield the tags of each page, with the first of their values where these are whole numbers.

    Ends where the file is damaged, at a directory that was there before, and after `most`.
    """
    big, order = content[:4] in _BIG, "<" if content[:1] == b"I" else ">"
    pointer = order + ("Q" if big else "I")
    seen: set[int] = set()
    tags_left = _MOST_TAGS
    try:
        (offset,) = struct.unpack_from(pointer, content, 8 if big else 4)
        while offset and offset not in seen and len(seen) < most:
            seen.add(offset)
            tags, end = _directory(content, offset, order, big=big, most=tags_left)
            yield tags
            tags_left -= len(tags)
            (offset,) = struct.unpack_from(pointer, content, end)
    except struct.error:
        return


def _directory(content: bytes, offset: int, order: str, *, big: bool, most: int) -> tuple[dict[int, int], int]:
    """Return the tags of the directory at an offset, and where it ends; raises struct.error when it is cut short."""
    (count,) = struct.unpack_from(order + ("Q" if big else "H"), content, offset)
    if count > most:
        raise struct.error
    start, size = offset + (8 if big else 2), 20 if big else 12
    tags = dict(_tag(content, start + size * number, order, big=big) for number in range(count))
    return tags, start + size * count


def _tag(content: bytes, at: int, order: str, *, big: bool) -> tuple[int, int]:
    """Return a tag and the first of its values, 0 where that is no whole number."""
    tag, kind, count = struct.unpack_from(order + ("HHQ" if big else "HHI"), content, at)
    if kind not in _NUMBERS or not count:
        return tag, 0
    place = at + (12 if big else 8)
    if count * struct.calcsize(_NUMBERS[kind]) > (8 if big else 4):
        (place,) = struct.unpack_from(order + ("Q" if big else "I"), content, place)
    return tag, struct.unpack_from(order + _NUMBERS[kind], content, place)[0]
