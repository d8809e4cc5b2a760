"""Image files that are expensive to decode: refused by their header, or decoded where it can be stopped."""

import contextlib
import io
import struct
import time
import zlib
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from saccade.core.errors import DataError
from saccade.modalities.images import decoding, headers
from saccade.modalities.images.decoding import SlowImageError, decode
from saccade.modalities.images.pixels import open_image


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(kind, body=b""):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def before(mark, content, more):
    """Return a file with more bytes before the place where a mark begins."""
    place = content.index(mark)
    return content[:place] + more + content[place:]


def tiff(tags, data=b"", order="<"):
    """Return a TIFF of tags (tag, type, count, value), whose values in bytes lie behind the directory."""
    start = 8 + 2 + 12 * len(tags) + 4
    entries, behind = b"", b""
    for tag, kind, count, value in tags:
        place = start + len(behind) if isinstance(value, bytes) else value
        behind += value if isinstance(value, bytes) else b""
        short = kind == 3 and count == 1
        entries += struct.pack(f"{order}HHI", tag, kind, count) + struct.pack(
            f"{order}HH" if short else f"{order}I", *([place, 0] if short else [place])
        )
    head = b"II*\0" if order == "<" else b"MM\0*"
    return head + struct.pack(f"{order}IH", 8, len(tags)) + entries + bytes(4) + behind + data


def grey_tiff(width=8, height=8, **more):
    reference = {
        256: (4, 1, width),
        257: (4, 1, height),
        258: (3, 1, 8),
        259: (3, 1, 1),
        262: (3, 1, 1),
        273: (4, 1, 8),
    }
    reference |= {277: (3, 1, 1), 278: (4, 1, height), 279: (4, 1, 64)}
    reference |= {int(tag[1:]): value for tag, value in more.items()}
    return tiff([(tag, *value) for tag, value in sorted(reference.items())], bytes(100))


def progressive(scans, side=64):
    """Return a JPEG whose last scan comes again and again."""
    content = encoded(Image.new("L", (side, side), 99), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:-2] + content[last:-2] * scans + content[-2:]


def tagged(count, size):
    """Return EXIF whose values all lie on the same bytes."""
    entries = [(1000 + number, 7, size, 8) for number in range(count)]
    return tiff(entries, bytes(size))


JPEG = encoded(Image.new("RGB", (64, 64)), "JPEG")
PNG = encoded(Image.new("L", (64, 64)))
GIF = encoded(Image.new("L", (64, 64)), "GIF")
MILLION = 1_000_000
EXIF = tagged(5000, 60_000)[:65_000]

ABSURD = {
    "a JPEG of 2,000 scans": (progressive(2000), "scans"),
    "a JPEG of a million comments": (JPEG[:2] + b"\xff\xfe\0\2" * MILLION + JPEG[2:], "segments"),
    "a JPEG of a million tables": (JPEG[:2] + (b"\xff\xdb\0\x43\0" + bytes(64)) * MILLION + JPEG[2:], "segments"),
    "a JPEG of 12 MB of filling": (JPEG[:2] + b"\xff" * 12_000_000 + JPEG[2:], "segments"),
    "a JPEG of 12 MB of nothing": (JPEG[:2] + bytes(12_000_000) + JPEG[2:], "segments"),
    "a JPEG of unknown segments": (JPEG[:2] + (b"\xff\xf0\xff\xff" + bytes(65533)) * 100 + JPEG[2:], "segments"),
    "a JPEG with EXIF on the same bytes": (
        JPEG[:2] + b"\xff\xe1" + struct.pack(">H", len(EXIF) + 8) + b"Exif\0\0" + EXIF + JPEG[2:],
        "tags",
    ),
    "a PNG of a million chunks": (
        PNG[:33] + chunk(b"abCd") * MILLION + PNG[33:],
        "chunks",
    ),
    "a PNG of a million chunks behind its pixels": (PNG[:-12] + chunk(b"abCd") * MILLION + PNG[-12:], "chunks"),
    "a PNG of a million empty pieces": (PNG[:33] + chunk(b"IDAT") * MILLION + PNG[33:], "chunks"),
    "a PNG with EXIF on the same bytes": (PNG[:33] + chunk(b"eXIf", tagged(3000, MILLION)) + PNG[33:], "tags"),
    "a PNG with a profile of 2 MB": (
        PNG[:33] + chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(2 * MILLION))) + PNG[33:],
        "unpack",
    ),
    "a PNG with a text of 2 MB": (
        PNG[:33] + chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2 * MILLION))) + PNG[33:],
        "unpack",
    ),
    "a GIF of a million comments": (before(b"\x2c\0\0\0\0", GIF, b"\x21\xfe\1a\0" * MILLION), "comments"),
    "a GIF of one long comment": (before(b"\x2c\0\0\0\0", GIF, b"\x21\xfe" + b"\1a" * MILLION + b"\0"), "comment"),
    "a TIFF of a million strips": (grey_tiff(height=MILLION, t273=(4, MILLION, bytes(4 * MILLION))), "strips"),
    "a TIFF of huge tiles": (
        grey_tiff(t322=(4, 1, 60_000), t323=(4, 1, 60_000), t324=(4, 1, 8), t325=(4, 1, 64)),
        "tiles of",
    ),
    "a TIFF of wide tiles": (
        grey_tiff(height=10_000, t322=(4, 1, 10**8), t323=(4, 1, 16), t324=(4, 625, bytes(2500)), t325=(4, 1, 64)),
        "tiles of",
    ),
    "a TIFF with values on the same bytes": (tagged(3000, 10 * MILLION), "tags"),
    "an AVIF with EXIF on the same bytes": (
        b"\0\0\0\x1cftypavif" + bytes(16) + tagged(3000, 10 * MILLION),
        "tags",
    ),
    "an AVIF of many EXIFs": (b"\0\0\0\x1cftypavif" + b"II*\0\0\0\0\0" * 20, "EXIF"),
    "a TIFF with EXIF on the same bytes": (
        tiff([(256, 4, 1, 8), (257, 4, 1, 8), (34665, 4, 1, 38 + 12)], tagged(3000, 10 * MILLION)[8:]),
        "tags",
    ),
}


@pytest.mark.parametrize(("content", "message"), ABSURD.values(), ids=ABSURD)
def test_what_no_honest_file_has_is_refused_at_once(content, message):
    started = time.process_time()
    with pytest.raises(DataError, match=message):
        decode(content, size=(8, 8), channels=1)
    assert time.process_time() - started < 1


def with_preview(content, count):
    """Return a JPEG as phones write it, with previews and a film behind it in which anything may stand."""
    return content + (content + b"\xff\xda") * count


USUAL = {
    "10 scans": progressive(9),
    "100 scans": progressive(99),
    "much behind its end": with_preview(JPEG, 600),
    "2,000 pieces of pixels": PNG[:33] + chunk(b"tEXt", b"a\0b") * 2000 + PNG[33:],
    "a thousand strips": grey_tiff(
        height=1000,
        t273=(4, 1000, struct.pack("<I", 8) * 1000),
        t278=(4, 1, 1),
        t279=(4, 1000, struct.pack("<I", 8) * 1000),
    ),
    "many frames": encoded(
        Image.new("L", (8, 8)), "GIF", save_all=True, append_images=[Image.new("L", (8, 8), n) for n in range(1, 200)]
    ),
}


@pytest.mark.parametrize("content", USUAL.values(), ids=USUAL)
def test_what_cameras_and_programs_write_is_decoded(content):
    assert decode(content, size=(8, 8), channels=1).shape == (8, 8, 1)


def seconds(content):
    return headers.seconds_to_decode(headers.examine(content), open_image(content))


def packed_bmp(side, commands):
    """Return a BMP whose pixels are packed by run length, which Pillow unpacks in Python."""
    size = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, len(commands), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 1078 + len(commands), 0, 0, 1078) + size + bytes(1024) + commands


def webp_of_one_colour(side):
    """Return a WebP of a few bytes: five codes of one symbol each, so that a pixel takes no bit."""
    bits = (side - 1) | (side - 1) << 14 | 0b0001_0001_0001_0001_0001_000 << 32
    stream = b"\x2f" + bits.to_bytes(8, "little") + bytes(1)
    body = b"WEBPVP8L" + struct.pack("<I", len(stream)) + stream
    return b"RIFF" + struct.pack("<I", len(body)) + body


SLOW = {
    "100 megapixels in a few bytes": webp_of_one_colour(10_000),
    "400 scans of 9 megapixels": progressive(400, side=3000),
    "a packed BMP": packed_bmp(5000, b"\1\5\0\0" * 5000),
    "90,000 strips": grey_tiff(height=90_000, t273=(4, 90_000, bytes(360_000))),
}


@pytest.mark.parametrize("content", SLOW.values(), ids=SLOW)
def test_what_is_slow_is_known_before(content):
    assert seconds(content) > decoding.SLOW_SECONDS
    with pytest.raises(SlowImageError):
        decode(content, size=(8, 8), channels=1, at_once=True)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"])
def test_the_common_file_is_decoded_in_place(kind):
    assert seconds(encoded(Image.new("RGB", (640, 480)), kind)) < decoding.SLOW_SECONDS / 10
    photo = SimpleNamespace(width=4000, height=3000, format=kind)
    assert headers.seconds_to_decode(headers.Header(), photo) < decoding.SLOW_SECONDS


@pytest.mark.parametrize("channels", [1, 3])
def test_a_process_gives_the_same_pixels(monkeypatch, channels):
    values = np.random.default_rng(0).integers(0, 256, (30, 20, 3), dtype=np.uint8)
    content = encoded(Image.fromarray(values))
    here = decode(content, size=(16, 12), channels=channels, fit="crop")
    monkeypatch.setattr(decoding, "SLOW_SECONDS", 0)
    there = decode(content, size=(16, 12), channels=channels, fit="crop")
    assert np.array_equal(here, there)
    assert there.flags.writeable


def test_a_process_says_why_it_cannot(monkeypatch):
    monkeypatch.setattr(decoding, "SLOW_SECONDS", 0)
    content = encoded(Image.effect_noise((64, 64), 50))
    with pytest.raises(DataError, match="cut short"):
        decode(content[: len(content) // 2], size=(8, 8), channels=1)


@pytest.mark.heavy
def test_a_decoder_that_takes_too_long_is_stopped():
    started = time.monotonic()
    with pytest.raises(DataError, match="takes more than .* seconds to decode: refused"):
        decode(SLOW["a packed BMP"], size=(8, 8), channels=1, until=started + 0.5)
    assert time.monotonic() - started < 5


def test_a_decoder_that_dies_is_no_more_than_a_bad_file(monkeypatch):
    monkeypatch.setattr(decoding.sys, "executable", "false")
    with pytest.raises(DataError, match="too long or too much memory"):
        decode(SLOW["a packed BMP"], size=(8, 8), channels=1)


def test_who_finds_all_processes_taken_is_told_in_time(monkeypatch):
    monkeypatch.setattr(decoding._PROCESSES, "acquire", lambda timeout: timeout is None)
    with pytest.raises(SlowImageError, match="at once"):
        decode(SLOW["a packed BMP"], size=(8, 8), channels=1, until=time.monotonic())


@pytest.mark.parametrize("size", [10**9 + 1, 10**12])
def test_a_file_larger_than_any_image_is_not_read(tmp_path, size):
    path = tmp_path / "a.png"
    with path.open("wb") as file:
        file.truncate(size)  # takes no room on the disk
    with pytest.raises(DataError, match="more than 1 GB"):
        open_image(path)


@pytest.mark.heavy
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"])
def test_a_file_cut_anywhere_is_never_worse_than_bad(kind):
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encoded(Image.effect_noise((40, 30), 60), kind, exif=exif)
    for length in range(1, min(len(content), 400), 3):
        with contextlib.suppress(DataError):
            decode(content[:length], size=(8, 8), channels=1)
