"""How many pages or frames an image file has, from its bytes; nothing is decoded."""

import struct
from collections.abc import Iterator

from saccade.core.dataset import SkippedItem
from saccade.modalities.images import tiff

MOST_PAGES = 10_000
"""Pages and frames are counted up to so many."""

_REDUCED_OR_MASK = 0b101
"""Of a TIFF page that is a smaller copy of another, or says where another is transparent."""

_CHUNKS = 100_000
"""Parts of a file that are looked at: a damaged one can have millions."""


def page_count(content: bytes) -> int:
    """Return how many pages or frames an image file has, at most `MOST_PAGES`; thumbnails and masks are none.

    The second images in a JPEG (MPO) or HEIC of a phone are depth, or the view of another eye: no pages.
    """
    try:
        return max(1, min(MOST_PAGES, _count(content)))
    except (struct.error, IndexError):  # cut short: decoding says so
        return 1


def further_pages(name: str, content: bytes) -> SkippedItem | None:
    """Return what is not used of an image file with several pages; None of others."""
    pages = page_count(content)
    return further(name, pages) if pages > 1 else None


def further(name: str, pages: int) -> SkippedItem:
    """Return what is not used of a file of so many pages."""
    return SkippedItem(name, f"page 1 is used: {pages} pages.", kind="pages", count=pages - 1)


def _count(content: bytes) -> int:
    if tiff.is_tiff(content):
        return sum(
            not tags.get(tiff.SUBFILE, 0) & _REDUCED_OR_MASK for tags in tiff.directories(content, most=MOST_PAGES)
        )
    if content[:4] == b"GIF8":
        return sum(1 for _ in _gif_frames(content))
    if content[:4] == b"\x89PNG":
        return _png_frames(content)
    if content[:4] == b"RIFF" and content[12:16] == b"VP8X" and content[20] & 2:  # animated
        return _webp_frames(content)
    if content[4:12] == b"ftypavis":
        (frames,) = struct.unpack_from(">I", content, content.index(b"stsz") + 12) if b"stsz" in content else (1,)
        return int(frames)
    return 1


def _png_frames(content: bytes) -> int:
    """Return what the chunk acTL says, which stands before the pixels; 1 where there is none."""
    at = 8
    for _ in range(_CHUNKS):
        length, kind, frames = struct.unpack_from(">I4sI", content, at)
        if kind == b"acTL":
            return int(frames)
        if kind == b"IDAT":
            break
        at += 12 + length
    return 1


def _webp_frames(content: bytes) -> int:
    at, frames = 12, 0
    for _ in range(_CHUNKS):
        if at + 8 > len(content) or frames == MOST_PAGES:
            break
        kind, length = struct.unpack_from("<4sI", content, at)
        frames += kind == b"ANMF"
        at += 8 + length + length % 2
    return frames


def _gif_frames(content: bytes) -> Iterator[int]:
    """Yield where each frame begins: blocks are jumped over, as they say how long they are."""
    at, frames = 13 + _table(content[10]), 0
    while at + 10 < len(content) and frames < MOST_PAGES:
        if content[at] == 0x2C:  # a frame: its place and size, then its table of colours, then how it is packed
            yield at
            at, frames = _after_blocks(content, at + 11 + _table(content[at + 9])), frames + 1
        elif content[at] == 0x21:  # an extension
            at = _after_blocks(content, at + 2)
        else:
            return


def _table(flags: int) -> int:
    """Return the bytes of a table of colours, if the flags say that there is one."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(content: bytes, at: int) -> int:
    """Return where a chain of blocks ends: each begins with its length, and the last is empty."""
    while at < len(content) and content[at]:
        at += content[at] + 1
    return at + 1
