import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from saccade.core.errors import DataError
from saccade.modalities.images.headers import MAX_PIXELS
from saccade.modalities.images.pixels import is_grey, open_image, oriented_size, to_pixels

RED, GREEN = (200, 10, 10), (10, 200, 10)


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def halves(size=(20, 10), left=RED, right=GREEN):
    """Return an image (width, height) whose left half is red and whose right half is green."""
    image = Image.new("RGB", size, left)
    image.paste(right, (size[0] // 2, 0, *size))
    return image


def pixels(content, size=(8, 8), channels=3, fit="stretch"):
    return to_pixels(open_image(content), size=size, channels=channels, fit=fit)


def claims(width, height):
    """Return the start of a PNG that says it is so large, and has no pixels."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF"])
def test_every_format_gives_the_same_colours(kind):
    found = pixels(encoded(halves((16, 16)), kind), size=(16, 16))
    assert found.shape == (16, 16, 3)
    assert found.dtype == np.uint8
    assert np.abs(found[:, :6].astype(int) - RED).max() < 30
    assert np.abs(found[:, 10:].astype(int) - GREEN).max() < 30


def test_a_image_of_the_right_size_keeps_its_pixels_exactly():
    values = np.random.default_rng(0).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    assert np.array_equal(pixels(encoded(Image.fromarray(values)), size=(12, 12)), values)


def test_the_first_frame_of_a_moving_gif_counts():
    content = encoded(
        Image.new("RGB", (4, 4), RED), "GIF", save_all=True, append_images=[Image.new("RGB", (4, 4), GREEN)]
    )
    assert np.abs(pixels(content, size=(4, 4)).astype(int) - RED).max() < 10


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_what_is_transparent_becomes_white(mode):
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    content = encoded(image.convert("LA") if mode == "LA" else image)
    if mode == "PA":
        content = encoded(Image.new("P", (4, 4), 0), transparency=0)
    assert (pixels(content) == 255).all()
    assert (pixels(content, channels=1) == 255).all()


def test_half_transparent_is_mixed_with_white():
    found = pixels(encoded(Image.new("RGBA", (4, 4), (0, 0, 0, 128))))
    assert np.abs(found.astype(int) - 127).max() <= 1


def test_16_bits_are_scaled_to_8():
    values = np.array([[0, 257], [128 * 257, 65535]], dtype=np.uint16)
    found = pixels(encoded(Image.fromarray(values)), size=(2, 2), channels=1)
    assert found[..., 0].tolist() == [[0, 1], [128, 255]]


def test_32_bit_values_without_a_range_are_refused():
    content = encoded(Image.fromarray(np.full((2, 2), 70_000, np.int32)), "TIFF")
    with pytest.raises(DataError, match="no fixed range"):
        pixels(content)


def test_cmyk_becomes_rgb():
    content = encoded(halves((16, 16)).convert("CMYK"), "JPEG", quality=95)
    assert np.abs(pixels(content, size=(16, 16))[:, :6].astype(int) - RED).max() < 30


def test_colour_becomes_grey_and_grey_becomes_colour():
    assert pixels(encoded(halves()), channels=1).shape == (8, 8, 1)
    found = pixels(encoded(Image.new("L", (4, 4), 77)), channels=3)
    assert (found == 77).all()


def test_a_camera_held_sideways_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise to see it upright: left becomes top
    image = open_image(encoded(halves((20, 10)), exif=exif))
    assert oriented_size(image) == (20, 10)
    found = to_pixels(image, size=(20, 10), channels=3, fit="stretch")
    assert (found[0] == RED).all()
    assert (found[-1] == GREEN).all()


def test_pad_keeps_the_whole_image_and_fills_with_the_border_colour():
    image = Image.new("RGB", (20, 10), RED)
    image.paste(GREEN, (5, 3, 15, 7))
    found = pixels(encoded(image), size=(20, 20), fit="pad")
    assert np.array_equal(found[5:15], np.asarray(image))
    assert (found[:5] == RED).all()
    assert (found[15:] == RED).all()


def test_crop_keeps_the_middle():
    image = Image.new("RGB", (30, 10), RED)
    image.paste(GREEN, (10, 0, 20, 10))
    assert (pixels(encoded(image), size=(10, 10), fit="crop") == GREEN).all()


def test_stretch_ignores_the_aspect():
    found = pixels(encoded(halves((40, 10))), size=(8, 8))
    assert np.abs(found[:, 0].astype(int) - RED).max() < 5
    assert np.abs(found[:, -1].astype(int) - GREEN).max() < 5


@pytest.mark.parametrize("fit", ["pad", "crop", "stretch"])
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (7, 5)])
def test_any_shape_fits_any_size(fit, size):
    assert pixels(encoded(Image.new("RGB", size, RED)), size=(5, 9), fit=fit).shape == (5, 9, 3)


def test_a_large_jpeg_is_as_good_as_one_decoded_in_full():
    y, x = np.mgrid[:900, :1200]
    wave = (127 + 100 * np.sin(x / 40) * np.cos(y / 60)).astype(np.uint8)
    content = encoded(Image.fromarray(wave).convert("RGB"), "JPEG", quality=95)
    quick = pixels(content, size=(96, 96))
    slow = np.asarray(Image.open(io.BytesIO(content)).resize((96, 96), Image.Resampling.BICUBIC))
    assert np.abs(quick.astype(int) - slow).max() <= 4


def test_an_empty_file_is_refused_by_name(tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"a\.png.*empty \(0 bytes\)"):
        open_image(tmp_path / "a.png")


def test_text_named_png_is_refused(tmp_path):
    (tmp_path / "a.png").write_text("Hello, I am an image.")
    with pytest.raises(DataError, match="looks like text"):
        open_image(tmp_path / "a.png")


def test_a_image_that_does_not_exist_is_refused():
    with pytest.raises(DataError, match="Cannot read nowhere.jpg: No such file"):
        open_image("nowhere.jpg")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP"])
def test_a_image_cut_short_is_refused(kind):
    values = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    content = encoded(Image.fromarray(values), kind)
    with pytest.raises(DataError, match="cut short"):
        pixels(content[: len(content) // 2])


def test_bytes_of_no_kind_are_refused():
    with pytest.raises(DataError, match="not an image of a known format"):
        open_image(bytes(range(200, 256)) * 3)


def test_postscript_is_never_run():
    with pytest.raises(DataError, match="PostScript .* is not read"):
        open_image(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n")


@pytest.mark.parametrize("side", [100_000, 60_000, 10_001])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_refused_by_its_header(side):
    with pytest.raises(DataError, match=f"more than {MAX_PIXELS // 10**6} megapixels"):
        open_image(claims(side, 10_001))


def test_just_below_the_limit_is_no_bomb():
    assert open_image(claims(10_000, 10_000)).size == (10_000, 10_000)


def test_pixels_without_a_conversion_are_refused():
    content = encoded(Image.new("LAB", (4, 4)), "TIFF")
    with pytest.raises(DataError, match="LAB"):
        pixels(content, channels=1)


def test_grey_is_known_from_the_header():
    grey_palette = Image.new("L", (4, 4), 9).convert("P")
    assert is_grey(open_image(encoded(Image.new("L", (4, 4)))))
    assert is_grey(open_image(encoded(Image.new("1", (4, 4)))))
    assert is_grey(open_image(encoded(grey_palette)))
    assert not is_grey(open_image(encoded(halves())))
    assert not is_grey(open_image(encoded(halves().convert("P"))))
