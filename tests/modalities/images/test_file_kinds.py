"""Files that are not read are called by what they are, good ones of rare kinds not damaged: a new case is a line."""

import base64
import io
import struct

import numpy as np
import pytest
from each_case import each_case
from PIL import Image

from saccade.core.errors import DataError
from saccade.modalities.images import file_kinds
from saccade.modalities.images.pixels import open_image, to_pixels

# 16×16, one red; written by pillow-heif, for what reads HEIC cannot write it
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAXxtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA"
    "ACJpbG9jAAAAAERAAAEAAQAAAAABoAABAAAAAAAAACoAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRt"
    "AAAAAAABAAAA/GlwcnAAAADcaXBjbwAAAHVodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMA"
    "AAMAHroCQGEAAQApQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqrprm4CGgwIAAAAyAAAADAIRiAAEABkQBwXPBiQAAABNjb2xybmNs"
    "eAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAQAAAAChjbGFwAAAAEAAAAAEAAAAQAAAAAf///9AAAAAC////0AAAAAIAAAAQcGl4"
    "aQAAAAADCAgIAAAAGGlwbWEAAAAAAAAAAQABBYECAwWEAAAAMm1kYXQAAAAmKAGvGSFeQkDvXaW//2+Y/0vF/hNbfKZKppcE14iZ"
    "CwOBgI2RnTg="
)


def tiff(entries, pixels=bytes(2000)):
    """Return a little-endian TIFF of one page with such tags, (tag, type, value); pixels stand at 8."""
    directory = struct.pack("<H", len(entries)) + b"".join(
        struct.pack("<HHII", *tag, 1, value) for *tag, value in entries
    )
    return b"II*\0" + struct.pack("<I", 8 + len(pixels)) + pixels + directory + bytes(4)


SIDES = [(256, 3, 10), (257, 3, 10)]

CONTENTS = [
    (
        tiff([*SIDES, (258, 3, 32), (273, 4, 8), (277, 3, 3), (339, 3, 6)]),
        "TIFF of 3 × 32-bit complex",
    ),
    (
        tiff([*SIDES, (258, 3, 8), (259, 3, 34887), (273, 4, 8)]),
        "TIFF of 8-bit values, which cannot be read",
    ),
    (tiff([(254, 4, 1), *SIDES, (258, 3, 8), (273, 4, 8), (330, 4, 8)]), "camera raw is not read"),
    (b"II*\0\x10\0\0\0CR\2\0" + bytes(500), "camera raw is not read"),
    (tiff([*SIDES, (258, 3, 8), (273, 4, 8)])[:60], "the start of the image is damaged or cut short"),
    (b"\x89PNG\r\n\x1a\n" + bytes(9), "the start of the image is damaged or cut short"),
    (b"RIFF\0\0\0\0WEBP", "the start of the image is damaged or cut short"),
    (b"RIFF\0\0\0\0AVI LIST", "a film or sound (RIFF) is not read"),
    (b"\0\0\0\x18ftypisom", "a film is not read"),
    (b"\0\0\0\x18ftypcrx ", "camera raw (CR3) is not read"),
    (b"\0\0\0\x18ftypavif" + bytes(50), "the start of the image is damaged or cut short"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000 is not read"),
    (b"\xff\x4f\xff\x51\0", "JPEG 2000 is not read"),
    (b"\xff\x0a\0\0", "JPEG XL is not read"),
    (b"8BPS\0\1", "Photoshop (PSD) is not read"),
    (b"<svg xmlns=''/>", "SVG is not read"),
    (b"<?xml version='1.0'?><svg/>", "SVG is not read"),
    (b"%PDF-1.7", "PDF is not read"),
    (b"\0\0\1\0\1\0", "ICO is not read"),
    (b"P6\n8 8\n255\n", "PPM is not read"),
    (bytes(128) + b"DICM", "DICOM is not read"),
    (b"FUJIFILMCCD-RAW", "camera raw (RAF) is not read"),
    (b"PK\x03\x04", "an archive (ZIP) is not read"),
    (b"one,two\n", "not an image: it looks like text"),
    (bytes(range(200, 256)), "not an image of a known format"),
]


@each_case(("content", "said"), CONTENTS)
def test_what_cannot_be_read_is_called_by_what_it_is(content, said):
    with pytest.raises(DataError) as caught:
        open_image(content)
    assert said in str(caught.value)


@each_case("content", [content for content, _ in CONTENTS])
def test_any_beginning_of_it_is_described(content):
    for length in range(1, min(len(content), 80)):
        assert file_kinds.described(content[:length])


@each_case("ending", ["jpg", "JPEG", "png", "tif", "avif", "webp", "gif", "bmp"])
def test_endings_that_are_read_are_not_skipped(ending):
    assert file_kinds.skipped_by_ending(f"a.b.{ending}") is None


def test_avif_is_read():
    content = io.BytesIO()
    Image.new("RGB", (20, 10), (200, 40, 40)).save(content, "AVIF", quality=90)
    image = open_image(content.getvalue())
    assert image.format == "AVIF"
    pixels = to_pixels(image, size=(8, 8), channels=3)
    np.testing.assert_allclose(pixels[4, 4], (200, 40, 40), atol=6)


@pytest.mark.skipif(not file_kinds.heic_package(), reason="needs pi-heif: pip install pi-heif")
def test_heic_is_read_where_its_package_is_installed():
    assert file_kinds.skipped_by_ending("a.HEIC") is None
    image = open_image(HEIC)
    np.testing.assert_allclose(to_pixels(image, size=(8, 8), channels=3)[4, 4], (200, 40, 40), atol=6)


def test_heic_without_its_package_is_named_with_the_way_to_install_it_whatever_its_ending(monkeypatch):
    monkeypatch.setattr(file_kinds, "heic_package", lambda: "")
    assert "pip install pi-heif" in file_kinds.skipped_by_ending("IMG_1.HEIC").reason
    with pytest.raises(DataError, match="HEIC: not readable without the package pi-heif; install it with: pip install"):
        open_image(HEIC)
