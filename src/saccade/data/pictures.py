"""One picture: from a file's bytes to pixels of the asked size. NumPy and Pillow only.

Training and prediction both come through here, so that a picture means the same numbers to both.
"""

import io
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from saccade.data.quieting import quiet_decoders
from saccade.errors import DataError

Fit = Literal["pad", "crop", "stretch"]

VERSION = 1
"""Raised when the same file would give other pixels, so that stores decoded before are not used."""

SUFFIXES = frozenset([".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff"])
"""File name endings that are taken for pictures in a folder."""

MAX_PIXELS = 100_000_000
"""Larger pictures are refused by their header: a few kilobytes can claim to be terabytes."""

# Only these readers: Pillow's others (EPS, PDF, ...) start programs or are rarely tested.
_FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF")

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = {5, 6, 7, 8}
_RGB = 3
_TEXT = frozenset(b"\t\n\r\f") | frozenset(range(32, 127))

# Pillow warns from 89 megapixels on, and a warning cannot be caught safely in threads. From 200 it refuses.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS

quiet_decoders()


def open_picture(source: bytes | str | Path) -> Image.Image:
    """Return a picture whose header has been read and found good; nothing is decoded yet.

    Args:
        source: the content of a picture file, or its path.

    Raises:
        DataError: there is no such file, it is empty, no picture, of an unknown format, or too large.
    """
    if isinstance(source, bytes):
        return _open(source)
    try:
        return _open(Path(source).read_bytes())
    except OSError as error:
        raise DataError(f"Cannot read {source}: {error.strerror}.") from error
    except DataError as error:
        raise DataError(f"Cannot read {source}: {error}") from error


def oriented_size(image: Image.Image) -> tuple[int, int]:
    """Return (height, width) as the picture is meant to be seen, from its header."""
    width, height = image.size
    return (width, height) if _orientation(image) in _SIDEWAYS else (height, width)


def is_grey(image: Image.Image) -> bool:
    """Say by the header whether a picture has no colours; a grey picture saved as RGB counts as colour."""
    if image.mode == "P" and image.palette is not None and image.palette.mode == "RGB":
        colours = np.frombuffer(bytes(image.palette.palette), np.uint8)
        colours = colours[: len(colours) // _RGB * _RGB].reshape(-1, _RGB)
        return bool((colours == colours[:, :1]).all())
    return image.mode in {"1", "L", "LA", "I"} or image.mode.startswith("I;16")


def to_pixels(image: Image.Image, *, size: tuple[int, int], channels: int, fit: Fit = "pad") -> NDArray[np.uint8]:
    """Return the picture as (height, width, channels), uint8.

    Args:
        image: from `open_picture`, or any Pillow picture. A JPEG is decoded by this, no larger than this size
            needs; open it again for another size.
        size: (height, width) of the result.
        channels: 1 for grey, 3 for red, green, blue.
        fit: how another shape becomes this one. "pad" keeps the whole picture and fills the rest with the
            median colour of its border, "crop" keeps the middle, "stretch" ignores the aspect.

    Raises:
        DataError: the file is cut short or damaged, or its kind of pixels has no fixed range.
    """
    height, width = size
    # Twice the size needed: JPEG's own halving then leaves the final filter enough to work with.
    image.draft(None, (2 * max(size), 2 * max(size)))
    picture = _flat(_decoded(image), channels)
    if fit == "stretch":
        return _array(_resized(picture, width, height), channels)
    if fit == "crop":
        return _array(_cropped(picture, width, height), channels)
    return _padded(_array(_whole(picture, width, height), channels), height, width)


def _open(content: bytes) -> Image.Image:
    if not content:
        raise DataError("the file is empty (0 bytes).")
    try:
        image = Image.open(io.BytesIO(content), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(f"more than {MAX_PIXELS // 10**6} megapixels. Make it smaller first.") from error
    except Exception as error:  # Pillow raises almost anything on a damaged header
        raise DataError(f"{_guess(content)}. Readable are JPEG, PNG, BMP, GIF, WebP and TIFF.") from error
    if image.width * image.height > MAX_PIXELS:
        found = f"{image.width}×{image.height} is more than {MAX_PIXELS // 10**6} megapixels"
        raise DataError(f"{found}. Make it smaller first.")
    return image


def _guess(content: bytes) -> str:
    """Say what a file that is no picture seems to be."""
    start = content[:512]
    if start.startswith((b"\xff\xd8", b"\x89PNG", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")):
        return "the start of the picture is damaged or cut short"
    if all(byte in _TEXT for byte in start[:64]):
        return "not a picture: it looks like text"
    return "not a picture of a known format"


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # a damaged EXIF block must not cost the picture
        return 1


def _decoded(image: Image.Image) -> Image.Image:
    try:
        image.load()
    except Exception as error:  # as above: OSError, SyntaxError, ValueError, EOFError, struct.error, ...
        raise DataError(f"damaged or cut short: {str(error) or type(error).__name__}.") from error
    turn = _TURNS.get(_orientation(image))
    return image if turn is None else image.transpose(turn)


def _flat(image: Image.Image, channels: int) -> Image.Image:
    """Return the picture in 8-bit grey or RGB, on white where it is transparent."""
    mode = "L" if channels == 1 else "RGB"
    if image.mode == mode and not image.has_transparency_data:
        return image
    if image.mode == "I" or image.mode.startswith("I;16"):
        image = _eight_bit(image)
    try:
        if image.has_transparency_data:
            colours = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), colours)
        return image.convert(mode)
    except ValueError as error:  # LAB and other rare kinds
        raise DataError(f"pixels of kind {image.mode} cannot be converted to {mode}.") from error


def _eight_bit(image: Image.Image) -> Image.Image:
    values = np.asarray(image).astype(np.int64)
    if values.min() < 0 or values.max() > 65535:
        raise DataError("32-bit grey values have no fixed range. Convert it to 8 or 16 bit first.")
    return Image.fromarray(((values + 128) // 257).astype(np.uint8))


def _resized(image: Image.Image, width: int, height: int) -> Image.Image:
    if image.size == (width, height):
        return image
    # A gap of 3 averages very large pictures by whole steps first: fast, and looks the same.
    return image.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=3.0)


def _whole(image: Image.Image, width: int, height: int) -> Image.Image:
    scale = min(width / image.width, height / image.height)
    return _resized(image, max(1, round(image.width * scale)), max(1, round(image.height * scale)))


def _cropped(image: Image.Image, width: int, height: int) -> Image.Image:
    scale = max(width / image.width, height / image.height)
    image = _resized(image, max(width, round(image.width * scale)), max(height, round(image.height * scale)))
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


def _array(image: Image.Image, channels: int) -> NDArray[np.uint8]:
    return np.asarray(image, dtype=np.uint8).reshape(image.height, image.width, channels)


def _padded(pixels: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    found_height, found_width, channels = pixels.shape
    if (found_height, found_width) == (height, width):
        return pixels
    result = np.empty((height, width, channels), np.uint8)
    result[:] = _border_colour(pixels)
    top, left = (height - found_height) // 2, (width - found_width) // 2
    result[top : top + found_height, left : left + found_width] = pixels
    return result


def _border_colour(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    sides = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
    colour: NDArray[np.uint8] = np.median(np.concatenate(sides), axis=0).astype(np.uint8)
    return colour
