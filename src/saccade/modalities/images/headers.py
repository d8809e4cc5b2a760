"""Headers: what an image file says of the work that it makes, read before a decoder sees it.

A decoder believes its file: 182 kB of JPEG can have 2,000 scans, each of which goes through all pixels, and 12 MB can
have a million chunks, strips or comments. What no honest file has is refused here, in microseconds; of the rest it is
estimated how long a decoder takes.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from PIL import Image

from saccade.core.errors import DataError

MAX_PIXELS = 100_000_000
"""Larger images are refused by their header: a few kilobytes can claim to be terabytes."""

MOST_SCANS = 500
"""Of a JPEG. Usual are 1 to 20, and few programs write 100."""

MOST_SEGMENTS = 10_000
"""Of a JPEG before its pixels, of a PNG for its first megabytes, and blocks of a GIF before its first frame."""

MOST_STRIPS = 100_000
"""Strips or tiles of a TIFF."""

_FEW_SCANS = 20  # so many may seem to be there without a closer look
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # that ends a scan: neither a stuffed byte nor a restart
_VALUE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_MORE_DIRECTORIES = (34665, 34853, 40965)  # EXIF, GPS, interoperability: directories that hang on the first
_TIFF_START = re.compile(rb"II\*\0|MM\0\*")
_MOST_EXIF = 16
_ORIENTATION = re.compile(rb'tiff:Orientation(?:="|>)([1-8])')

# Seconds a pixel on one core of 2020, of files as slow as we could make them.
_SECONDS = {"JPEG": 4e-9, "PNG": 15e-9, "GIF": 10e-9, "WEBP": 30e-9, "TIFF": 15e-9, "BMP": 5e-9}
_SLOWEST = 30e-9  # of other formats
_JPEG_SCAN, _JPEG_BYTE = 0.3e-9, 15e-9
_BMP_RUNS, _BMP_RUN = 100e-9, 0.6e-6  # Pillow unpacks them in Python
_TIFF_STRIP = 15e-6  # as above
_DAMAGED = 10.0  # so that a decoder which can read it after all is watched


@dataclass(frozen=True)
class Header:
    """What was found in a file before decoding.

    Attributes:
        scans: times that a decoder goes through all pixels.
        seconds: that decoding takes beside those for the pixels.
        a_pixel: seconds for a pixel beside the usual of its format.
        exif: of a PNG, wherever it stands in the file; b"" where there is none.
        kind: what a TIFF, BMP or rare JPEG is like, "TIFF of 32-bit float values": said when it cannot be read.
    """

    scans: int = 1
    seconds: float = 0
    a_pixel: float = 0
    exif: bytes = b""
    kind: str = ""


def examine(content: bytes) -> Header:
    """Return what an image file's content says of itself; of an unknown format: nothing.

    Raises:
        DataError: it has more scans, segments, chunks, strips or values than any honest file.
    """
    for magic, read in _READERS.items():
        if content.startswith(magic, 4 if magic == b"ftyp" else 0):
            try:
                return read(content)
            except (
                struct.error,
                ArithmeticError,
                LookupError,
                ValueError,
            ):  # cut short; what a decoder makes of it is not known
                return Header(seconds=_DAMAGED)
    return Header()


def seconds_to_decode(header: Header, image: Image.Image) -> float:
    """Return how long a core takes for an image whose header was read, about and at most."""
    pixels = image.width * image.height
    reference = _SECONDS.get(image.format or "", _SLOWEST) + _JPEG_SCAN * (header.scans - 1)
    return header.seconds + pixels * (reference + header.a_pixel)


def orientation(exif: bytes, xmp: bytes) -> int:
    """Return how a camera was held, 1 to 8, from the two blocks that may say so; 1 where none does."""
    for tag, _, _, value in next(_directories(exif.removeprefix(b"Exif\0\0")), []):
        if tag == 274 and 1 <= value <= 8:
            return value
    found = _ORIENTATION.search(xmp)
    return int(found[1]) if found else 1


def _jpeg(content: bytes) -> Header:
    position, steps, kind, exif = 2, 0, "", b""
    while steps <= MOST_SEGMENTS:
        at = content.index(b"\xff", position)
        steps += 1 + at - position  # Pillow goes through what is no segment byte by byte
        marker, body, position = _segment(content, at)
        if marker == 0xDA:
            _refuse_overlapping(exif)
            return Header(scans=_scans(content, at), seconds=_JPEG_BYTE * len(content), kind=kind)
        if content.startswith(b"Exif\0\0", body):
            exif += content[body + 6 : position]
        elif content.startswith(b"MPF\0", body):
            _refuse_overlapping(content[body + 4 : position])
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            is_usual = content[body] == 8 and marker & 3 != 3
            kind = "" if is_usual else f"JPEG of {content[body]} bits{', lossless' * (marker & 3 == 3)}"
    raise DataError(f"a JPEG of more than {MOST_SEGMENTS:,} segments before its pixels: refused. Save it anew.")


def _segment(content: bytes, at: int) -> tuple[int, int, int]:
    """Return the marker of a JPEG's segment, where its body starts, and where the next one may."""
    marker = content[at + 1]
    if marker == 0xFF:  # filling
        return marker, at + 1, at + 1
    if marker < 0xC0 or marker == 0xC8 or 0xD0 <= marker <= 0xD9 or 0xF0 <= marker <= 0xFD:  # of no length to Pillow
        return marker, at + 2, at + 2
    (length,) = struct.unpack_from(">H", content, at + 2)
    return marker, at + 4, at + 2 + max(2, length)


def _scans(content: bytes, first: int) -> int:
    """Return how many scans a JPEG has from the first on; never too few."""
    count = content.count(b"\xff\xda")
    if count > _FEW_SCANS:  # or previews and films that are hung on behind the image
        count = _counted_scans(content, first)
    if count > MOST_SCANS:
        raise DataError(f"a JPEG of more than {MOST_SCANS} scans, where up to 20 are usual: refused. Save it anew.")
    return count


def _counted_scans(content: bytes, position: int) -> int:
    count = 0
    while count <= MOST_SCANS and (found := _MARKER.search(content, position)):
        marker, position = content[found.end() - 1], found.end()
        if marker == 0xD9:
            break
        count += marker == 0xDA
        if marker not in (0x01, 0xD8):  # which have no length
            position += struct.unpack_from(">H", content, position)[0]
    return count


def _png(content: bytes) -> Header:
    position, count, exif = 8, 0, b""
    most = MOST_SEGMENTS + len(content) // 1000
    while position + 8 <= len(content):
        length, name = struct.unpack_from(">I4s", content, position)
        if name == b"eXIf":
            exif = content[position + 8 : position + 8 + length]
            _refuse_overlapping(exif)
        position += 12 + length
        count += 1
        if count > most:
            raise DataError(
                f"a PNG of more than {most:,} chunks in {len(content) / 1e6:.1f} MB: refused. Save it anew."
            )
        if name == b"IEND":
            break
    return Header(exif=exif, a_pixel=40e-9 if content[24] == 16 else 0)


def _gif(content: bytes) -> Header:
    position = 13 + (3 << (content[10] & 7) + 1 if content[10] & 128 else 0)
    for _ in range(MOST_SEGMENTS):
        if content[position] != 0x21:  # a frame, or the end
            return Header()
        position = _behind_blocks(content, position + 2)
    raise DataError(f"a GIF of more than {MOST_SEGMENTS:,} comments before its first frame: refused. Save it anew.")


def _behind_blocks(content: bytes, position: int) -> int:
    for _ in range(MOST_SEGMENTS):
        length = content[position]
        position += 1 + length
        if not length:
            return position
    raise DataError(f"a GIF with a comment of more than {MOST_SEGMENTS:,} blocks: refused. Save it anew.")


def _bmp(content: bytes) -> Header:
    bits, compression = struct.unpack_from("<HI", content, 28)
    kind = f"BMP of {bits} bits, kind {compression}"
    packed = compression in (1, 2)
    return Header(seconds=_BMP_RUN * len(content) * packed, a_pixel=_BMP_RUNS * packed, kind=kind)


def _tiff(content: bytes) -> Header:
    _refuse_overlapping(content)
    tags = {tag: (count, value) for tag, _, count, value in next(_directories(content), [])}
    strips = max(tags.get(273, (0, 0))[0], tags.get(324, (0, 0))[0])
    if strips > MOST_STRIPS:
        raise DataError(
            f"a TIFF of {strips:,} strips or tiles; up to {MOST_STRIPS:,} are read. Save it in larger ones."
        )
    width, height, across, down = (tags.get(tag, (0, 0))[1] for tag in (256, 257, 322, 323))
    if across and down and -(-width // across) * across * -(-height // down) * down > 4 * MAX_PIXELS:
        raise DataError(f"a TIFF of {width}×{height} in tiles of {across}×{down}: refused. Save it anew.")
    return Header(seconds=_TIFF_STRIP * strips, kind=_tiff_kind(content))


def _tiff_kind(content: bytes) -> str:
    """Say what the pixels of a TIFF are: "TIFF of 3 × 32-bit float values"; "" where it does not say."""
    firsts = {}
    order = ">" if content.startswith(b"MM") else "<"
    for tag, kind, count, value in next(_directories(content), []):
        is_far = tag in (258, 339) and kind == 3 and count > 2
        firsts[tag] = struct.unpack_from(f"{order}H", content, value)[0] if is_far else value
    if not (firsts.get(256) and firsts.get(257)):
        return ""
    channels, bits = firsts.get(277, 1), firsts.get(258, 1) & 0xFFFF
    meaning = {2: " signed", 3: " float", 5: " complex", 6: " complex"}.get(firsts.get(339, 1) & 0xFFFF, "")
    return f"TIFF of {f'{channels} × ' if channels > 1 else ''}{bits}-bit{meaning} values"


_Entry = tuple[int, int, int, int]  # tag, type, count, and the value or its place


def _directories(content: bytes) -> Iterator[list[_Entry]]:
    """Yield a TIFF's first directory and those that hang on it; EXIF is a TIFF too."""
    order = {b"II": "<", b"MM": ">"}.get(content[:2])
    if order is None or len(content) < 16:
        return
    big = struct.unpack_from(f"{order}H", content, 2)[0] == 43
    starts = [struct.unpack_from(f"{order}Q" if big else f"{order}I", content, 8 if big else 4)[0]]
    for _ in range(1 + len(_MORE_DIRECTORIES)):
        if starts and starts[0] + 8 <= len(content):
            entries = _entries(content, starts.pop(0), order, big=big)
            starts += [value for tag, _, _, value in entries if tag in _MORE_DIRECTORIES]
            yield entries


def _entries(content: bytes, start: int, order: str, *, big: bool) -> list[_Entry]:
    (count,) = struct.unpack_from(f"{order}Q" if big else f"{order}H", content, start)
    start, size, layout = (start + 8, 20, f"{order}HHQQ") if big else (start + 2, 12, f"{order}HHII")
    end = start + size * min(count, 65535, (len(content) - start) // size)
    entries: Iterator[Any] = struct.iter_unpack(layout, content[start:end])
    return [
        (tag, kind, amount, _shorts(value, order, big=big) if kind == 3 and amount <= (4 if big else 2) else value)
        for tag, kind, amount, value in entries
    ]


def _shorts(field: int, order: str, *, big: bool) -> int:
    """Return the first number of two bytes in a field that was read as a single one."""
    return field >> (48 if big else 16) if order == ">" else field & 0xFFFF


def _media_boxes(content: bytes) -> Header:
    """Look into AVIF and its relatives, whose EXIF Pillow reads when it opens them."""
    starts = [found.start() for found in islice(_TIFF_START.finditer(content), _MOST_EXIF + 1)]
    if len(starts) > _MOST_EXIF:
        raise DataError(f"an image with more than {_MOST_EXIF} blocks of EXIF: refused. Save it anew.")
    for start in starts:
        _refuse_overlapping(content[start:])
    return Header()


def _refuse_overlapping(content: bytes) -> None:
    """Refuse a directory whose values lie on top of each other: Pillow would copy the same megabytes for each."""
    values = (entry for directory in _directories(content) for entry in directory)
    taken = sum(min(_VALUE_BYTES.get(kind, 1) * count, len(content)) for _, kind, count, _ in values)
    if taken > 4 * len(content) + 1_000_000:
        raise DataError("a directory of tags that claims more bytes than the file has: refused. Save it anew.")


_READERS = {
    b"\xff\xd8": _jpeg,
    b"\x89PNG\r\n\x1a\n": _png,
    b"GIF8": _gif,
    b"BM": _bmp,
    b"II*\0": _tiff,
    b"MM\0*": _tiff,
    b"II+\0": _tiff,
    b"MM\0+": _tiff,
    b"ftyp": _media_boxes,
}
