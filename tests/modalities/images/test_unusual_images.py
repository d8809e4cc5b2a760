"""Kinds of image files that are valid and rare: read as they are meant, or skipped for the true reason."""

import io
import struct
import zlib

import numpy as np
import pytest
from each_case import each_case
from PIL import Image, ImageDraw

from saccade.core.errors import DataError
from saccade.modalities.images import file_properties
from saccade.modalities.images.loading import load
from saccade.modalities.images.pixels import open_image, oriented_size, to_pixels


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def pixels(content, size=(16, 16), channels=3):
    return to_pixels(open_image(content), size=size, channels=channels, fit="stretch")


# Values without a fixed range


def grey_tiff(values, bits, sample_format, channels=1):
    """Return an uncompressed TIFF of any type of numbers."""
    height, width = values.shape[:2]
    tags = [(256, 4, width), (257, 4, height), (258, 3, bits), (259, 3, 1), (262, 3, 1 if channels == 1 else 2)]
    tags += [(273, 4, 134), (277, 3, channels), (278, 4, height), (279, 4, values.nbytes), (339, 3, sample_format)]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + values.tobytes()


RAMP = np.linspace(0, 1, 256).reshape(16, 16)

WITHOUT_RANGE = {
    "float from 0 to 1": (encoded(Image.fromarray(RAMP.astype(np.float32)), "TIFF"), "32-bit float"),
    "float from -1 to 1": (encoded(Image.fromarray((RAMP * 2 - 1).astype(np.float32)), "TIFF"), "32-bit float"),
    "float, packed": (
        encoded(Image.fromarray(RAMP.astype(np.float32)), "TIFF", compression="tiff_lzw"),
        "32-bit float",
    ),
    "whole numbers that would fit": (encoded(Image.fromarray((RAMP * 99).astype(np.int32)), "TIFF"), "32-bit"),
    "signed 16 bits": (grey_tiff((RAMP * 2000 - 1000).astype(np.int16), 16, 2), "16-bit signed"),
    "unsigned 32 bits": (grey_tiff((RAMP * 4e9).astype(np.uint32), 32, 1), "32-bit"),
    "doubles": (grey_tiff(RAMP, 64, 3), "64-bit float"),
    "complex numbers": (grey_tiff(RAMP.astype(np.complex64), 64, 6), "64-bit complex"),
    "float in colours": (grey_tiff(np.zeros((16, 16, 3), np.float32), 32, 3, channels=3), "3 × 32-bit float"),
}


@each_case(("content", "kind"), WITHOUT_RANGE.values())
def test_values_without_a_fixed_range_are_named_and_never_clipped(content, kind):
    with pytest.raises(DataError, match=rf"a TIFF of {kind}.* values, which .* Convert it to"):
        open_image(content)


def test_16_bits_in_colours_are_read():
    found = pixels(grey_tiff(np.full((16, 16), 0xC0C0, np.uint16), 16, 1), channels=1)
    assert (found == 0xC0).all()


def test_float_files_among_others_are_skipped_with_their_reason(make_images):
    folder = make_images({"cat": 4, "dog": 4}, mode="L")
    for name in ("cat", "dog"):
        (folder / name / "float.tif").write_bytes(WITHOUT_RANGE["float from 0 to 1"][0])
    dataset = load(str(folder))
    assert [file.name for file in dataset.skipped_items] == ["cat/float.tif", "dog/float.tif"]
    assert "32-bit float values, which have no fixed range" in dataset.skipped_items[0].reason
    assert len(dataset.names) == 8


def test_a_bitmap_of_a_rare_layout_is_not_called_damaged():
    header = struct.pack("<IiiHHIIiiII", 40, 4, 4, 1, 32, 3, 64, 0, 0, 0, 0)
    masks = struct.pack("<III", 0x3FF, 0xFFC00, 0x3FF00000)
    with pytest.raises(DataError, match="a BMP of 32 bits.*cannot be read. Convert it to a PNG"):
        open_image(b"BM" + struct.pack("<IHHI", 130, 0, 0, 66) + header + masks + bytes(64))


def test_a_jpeg_of_12_bits_is_not_called_damaged():
    content = encoded(Image.new("L", (8, 8)), "JPEG")
    place = content.index(b"\xff\xc0") + 4
    with pytest.raises(DataError, match="a JPEG of 12 bits, which cannot be read"):
        open_image(content[:place] + b"\x0c" + content[place + 1 :])


# Orientation

LEFT_IS_RED = Image.new("RGB", (20, 10), (10, 200, 10))
LEFT_IS_RED.paste((200, 10, 10), (0, 0, 10, 10))
TOP_IS_RED = {1: None, 2: None, 3: None, 4: None, 5: True, 6: True, 7: False, 8: False}


def with_late_exif(content, exif):
    """Return a PNG whose EXIF stands behind its pixels, as the standard allows."""
    body = exif.tobytes().removeprefix(b"Exif\0\0")
    late = struct.pack(">I4s", len(body), b"eXIf") + body + struct.pack(">I", zlib.crc32(b"eXIf" + body))
    return content[:-12] + late + content[-12:]


@each_case("orientation", TOP_IS_RED)
@each_case("kind", ["TIFF", "TIFF packed", "JPEG", "PNG", "PNG late", "WEBP"])
def test_a_camera_held_anyhow_is_turned_once_and_its_size_is_known_before(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"compression": "tiff_lzw"} if kind == "TIFF packed" else {"lossless": True} if kind == "WEBP" else {}
    if kind == "PNG late":
        content = with_late_exif(encoded(LEFT_IS_RED), exif)
    else:
        content = encoded(LEFT_IS_RED, kind.partition(" ")[0], exif=exif, **options)
    upright = orientation < 5
    image = open_image(content)
    assert oriented_size(image) == ((10, 20) if upright else (20, 10))
    found = to_pixels(image, size=(10, 20) if upright else (20, 10), channels=3, fit="stretch").astype(int)
    red = found[..., 0] > found[..., 1]
    if upright:
        assert red[:, 2].all() == (orientation in (1, 4))
        assert red[:, -3].all() == (orientation in (2, 3))
    else:
        assert red[2].all() == TOP_IS_RED[orientation]
        assert red[-3].all() != TOP_IS_RED[orientation]


def test_the_survey_knows_the_size_of_a_turned_tiff(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "a.tif"
    path.write_bytes(encoded(LEFT_IS_RED, "TIFF", exif=exif))
    assert file_properties.survey([str(path)], quiet=True).sizes.tolist() == [[20, 10]]


# Transparent ground


def drawing(*colours, ground=(0, 0, 0, 0), size=64):
    """Return a disc on transparent ground; of several colours, a stripe of each."""
    image = Image.new("RGBA", (size, size), ground)
    disc = Image.new("L", image.size)
    ImageDraw.Draw(disc).ellipse((12, 12, 52, 52), fill=255)
    for number, colour in enumerate(colours):
        stripe = Image.new("RGBA", image.size, colour)
        width = size // len(colours)
        mask = Image.new("L", image.size)
        mask.paste(disc.crop((number * width, 0, (number + 1) * width, size)), (number * width, 0))
        image.paste(stripe, mask=mask)
    return image


WHITE, BLACK, RED = (255, 255, 255, 255), (0, 0, 0, 255), (220, 30, 30, 255)
GROUNDS = {
    "black": (drawing(BLACK), 255),
    "white": (drawing(WHITE), 0),
    "white, with white under what is transparent": (drawing(WHITE, ground=(255, 255, 255, 0)), 0),
    "nearly white": (drawing((240, 240, 235, 255)), 0),
    "yellow": (drawing((255, 240, 60, 255)), 0),
    "red": (drawing(RED), 255),
    "middle grey": (drawing((128, 128, 128, 255)), 255),
    "half white, half black": (drawing(WHITE, BLACK), 128),
    "white, half transparent": (drawing((255, 255, 255, 90)), 0),
    "white with a soft wide shadow": (drawing(WHITE, ground=(0, 0, 0, 60)), None),
    "nothing at all": (Image.new("RGBA", (64, 64), (0, 0, 0, 0)), 255),
}


@each_case("kind", ["PNG", "WEBP", "TIFF", "LA", "P"])
@each_case(("image", "ground"), GROUNDS.values())
def test_a_drawing_shows_on_its_transparent_ground(image, ground, kind):
    is_drawn = image.getextrema()[-1] != (0, 0)
    if kind in ("LA", "P"):
        image = image.convert("LA") if kind == "LA" else image.quantize(32, Image.Quantize.FASTOCTREE)
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    content = encoded(image, kind if kind in ("WEBP", "TIFF") else "PNG", **options)
    for channels in (1, 3):
        found = pixels(content, size=(64, 64), channels=channels).astype(int)
        if ground is not None:
            assert abs(found[0, 0] - ground).max() <= 8
        if is_drawn:
            assert abs(found[32, 20] - found[0, 0]).max() >= 40


def test_a_photo_with_a_transparent_edge_stays_on_white():
    wave = np.mgrid[:64, :64][1] * 4
    photo = Image.fromarray(np.dstack([wave, wave, wave, np.full_like(wave, 255)]).astype(np.uint8))
    photo.putalpha(Image.linear_gradient("L").resize((64, 64)))
    found = pixels(encoded(photo), size=(64, 64))
    assert (found[0] >= 250).all()
    assert np.abs(found[-1, :, 0].astype(int) - wave[-1]).max() <= 2


def test_white_icons_are_neither_blank_nor_the_same(tmp_path):
    for number, shape in enumerate(("ellipse", "rectangle")):
        (tmp_path / shape).mkdir()
        for size in range(3):
            image = Image.new("RGBA", (40, 40))
            getattr(ImageDraw.Draw(image), shape)((5, 5, 30 + size, 30 + size + number), fill="white")
            image.save(tmp_path / shape / f"{size}.png")
    images = np.asarray(load(str(tmp_path)).images)
    assert len(np.unique(images.reshape(6, -1), axis=0)) == 6
    assert (images.reshape(6, -1).std(axis=1) > 50).all()
