"""One image: from a file's bytes to pixels of the asked size. NumPy and Pillow only.

Training and prediction both come through here, so that an image means the same numbers to both.
"""

import io
import os
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saccade.core.errors import DataError
from saccade.modalities.images import file_kinds, headers, tiff
from saccade.modalities.images.headers import MAX_PIXELS, Header
from saccade.modalities.images.library_warnings import quiet_decoders

Fit = Literal["pad", "crop", "stretch"]

VERSION = 2
"""Raised when the same file would give other pixels, so that stores decoded before are not used."""

SUFFIXES = file_kinds.SUFFIXES

MOST_BYTES = 1_000_000_000
"""Larger files are not read: the largest image of 16-bit colours takes 800 MB."""

# Only these readers: Pillow's others (EPS, PDF, ...) start programs or are rarely tested.
_FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "AVIF")

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
_WIDTH, _HEIGHT, _ORIENTATION = 256, 257, 274  # tags of a TIFF
_RGB = 3

# Pillow warns from 89 megapixels on, and a warning cannot be caught safely in threads. From 200 it refuses.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS

quiet_decoders()


def open_image(source: bytes | str | Path) -> Image.Image:
    """Return an image whose header has been read and found good; nothing is decoded yet.

    Args:
        source: the content of an image file, or its path.

    Raises:
        DataError: there is no such file, it is empty, no image, of an unknown format, or too large.
    """
    if isinstance(source, bytes):
        return _open(source)[0]
    try:
        return _open(read_file(source))[0]
    except OSError as error:
        raise DataError(f"Cannot read {source}: {error.strerror}.") from error
    except DataError as error:
        raise DataError(f"Cannot read {source}: {error}") from error


def open_and_estimate(content: bytes) -> tuple[Image.Image, float]:
    """Return an image as `open_image` does, and how many seconds a core takes to decode it, at most and about."""
    image, header = _open(content)
    return image, headers.seconds_to_decode(header, image)


def read_file(path: str | Path) -> bytes:
    """Return a file's content; raises OSError, and DataError where it is larger than any image."""
    with Path(path).open("rb") as file:
        size = os.fstat(file.fileno()).st_size  # of a pipe or a device 0; those may never end
        content = b"" if size > MOST_BYTES else file.read() if size else file.read(MOST_BYTES + 1)
    if max(size, len(content)) > MOST_BYTES:
        raise DataError(f"more than {MOST_BYTES / 1e9:g} GB, which no image needs.")
    return content


def oriented_size(image: Image.Image) -> tuple[int, int]:
    """Return (height, width) as the image is meant to be seen, from its header."""
    width, height = image.size
    tags = getattr(image, "tag_v2", None)
    if tags is None:
        return (width, height) if orientation(image) in _SIDEWAYS else (height, width)
    if (
        tags.get(_ORIENTATION) in _SIDEWAYS
    ):  # newer versions of Pillow turn the size of a TIFF already, older ones do not
        return tags[_WIDTH], tags[_HEIGHT]
    return height, width


def is_grey(image: Image.Image) -> bool:
    """Say by the header whether an image has no colours; a grey image saved as RGB counts as colour."""
    if image.mode == "P" and image.palette is not None and image.palette.mode == "RGB":
        colours = np.frombuffer(bytes(image.palette.palette), np.uint8)
        colours = colours[: len(colours) // _RGB * _RGB].reshape(-1, _RGB)
        return bool((colours == colours[:, :1]).all())
    return image.mode in {"1", "L", "LA", "I"} or image.mode.startswith("I;16")


def to_pixels(image: Image.Image, *, size: tuple[int, int], channels: int, fit: Fit = "pad") -> NDArray[np.uint8]:
    """Return the image as (height, width, channels), uint8.

    Args:
        image: from `open_image`, or any Pillow image. A JPEG is decoded by this, no larger than this size
            needs; open it again for another size.
        size: (height, width) of the result.
        channels: 1 for grey, 3 for red, green, blue.
        fit: how another shape becomes this one. "pad" keeps the whole image and fills the rest with the
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


def without_padding(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the part of an image that `to_pixels` did not fill in: all of it, unless it was padded.

    Args:
        pixels: (height, width, c), from `to_pixels` with whatever fit.
        size: (height, width) of the image as it was before.
    """
    height, width = pixels.shape[:2]
    inner_height, inner_width = _inner_size(size, height, width)
    top, left = (height - inner_height) // 2, (width - inner_width) // 2
    inside = np.zeros((height, width), np.bool_)
    inside[top : top + inner_height, left : left + inner_width] = True
    outside = pixels[~inside]
    if not len(outside) or (outside != outside[0]).any():  # it was cropped or stretched
        return pixels
    return pixels[top : top + inner_height, left : left + inner_width]


def _inner_size(size: tuple[int, int], height: int, width: int) -> tuple[int, int]:
    """Return height and width of what is not padding when an image of a size is padded to another."""
    scale = min(width / size[1], height / size[0])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _open(content: bytes) -> tuple[Image.Image, Header]:
    if not content:
        raise DataError("the file is empty (0 bytes).")
    header, formats = headers.examine(content), _formats(content)
    try:
        image = Image.open(io.BytesIO(content), formats=formats)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(f"more than {MAX_PIXELS // 10**6} megapixels. {_SMALLER}") from error
    except Exception as error:  # Pillow raises almost anything on a damaged header
        raise DataError(_why_not(content, header, error)) from error
    if image.width * image.height > MAX_PIXELS:
        found = f"{image.width}×{image.height} is more than {MAX_PIXELS // 10**6} megapixels"
        raise DataError(f"{found}. {_SMALLER}")
    if image.mode == "F" or (image.mode == "I" and image.format == "TIFF"):
        raise DataError(f"a {header.kind}, which have no fixed range. {_CONVERT}")
    if header.exif:  # behind the pixels Pillow would find it only after decoding
        image.info["exif"] = header.exif
    return image, header


_SMALLER = "Make it smaller first."
_CONVERT = "Convert it to 8 or 16 bits first, all files by the same scale."


def _why_not(content: bytes, header: Header, error: Exception) -> str:
    """Say why a file cannot be opened."""
    if "MAX_TEXT" in str(error) or "Decompressed data too large" in str(error):
        return "its texts or its colour profile unpack to more than 1 MB. Save it without them."
    return file_kinds.described(content, rare=header.kind)


def _formats(content: bytes) -> tuple[str, ...]:
    """Return the readers to try; raises DataError where the one for HEIC is not installed, or none shows the image.

    The first page of most camera raw files is a thumbnail: better no image than that one.
    """
    if file_kinds.is_heic(content):
        if not file_kinds.register_heic():
            raise DataError(f"HEIC: {file_kinds.NO_HEIC}")
        return ("HEIF",)
    if tiff.is_tiff(content) and file_kinds.is_raw(content):
        raise DataError("camera raw is not read. Export it as JPEG or TIFF.")
    return _FORMATS


def orientation(image: Image.Image) -> int:
    """Return how the camera was held, 1 to 8; 1 for a TIFF, which Pillow turns itself."""
    if hasattr(image, "tag_v2"):
        return 1
    exif = image.info.get("exif", b"")
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    try:  # not by Pillow: it decodes a PNG to find out
        return headers.orientation(exif or _raw_profile(image), xmp if isinstance(xmp, bytes) else xmp.encode())
    except Exception:  # a damaged block must not cost the image
        return 1


def _raw_profile(image: Image.Image) -> bytes:
    """Return the EXIF that some programs write as a text of a PNG."""
    return bytes.fromhex("".join(str(image.info.get("Raw profile type exif", "")).split("\n")[3:]))


def _decoded(image: Image.Image) -> Image.Image:
    try:
        image.load()
    except MemoryError as error:
        raise DataError(f"{image.width}×{image.height} take more memory than there is. {_SMALLER}") from error
    except Exception as error:  # as above: OSError, SyntaxError, ValueError, EOFError, struct.error, ...
        raise DataError(f"damaged or cut short: {str(error) or type(error).__name__}.") from error
    turn = _TURNS.get(orientation(image))
    return image if turn is None else image.transpose(turn)


def _flat(image: Image.Image, channels: int) -> Image.Image:
    """Return the image in 8-bit grey or RGB; on a ground on which it shows, where it is transparent."""
    mode = "L" if channels == 1 else "RGB"
    if image.mode == mode and not image.has_transparency_data:
        return image
    if image.mode == "I" or image.mode.startswith("I;16"):
        image = _eight_bit(image)
    try:
        if image.has_transparency_data:
            image = _grounded(image if image.mode == "RGBA" else image.convert("RGBA"))
        return image.convert(mode)
    except ValueError as error:  # LAB and other rare kinds
        raise DataError(f"pixels of kind {image.mode} cannot be converted to {mode}.") from error


def _grounded(image: Image.Image) -> Image.Image:
    """Return an RGBA image as RGB, on white, unless most of it would not show there."""
    alpha = image.getchannel("A")
    level = _ground(image.convert("L"), alpha)
    result = Image.new("RGB", image.size, (level, level, level))
    result.paste(image, mask=alpha)
    return result


def _ground(grey: Image.Image, alpha: Image.Image) -> int:
    """Return the brightness of a ground for what has these greys: white, black or grey, the first that does.

    Only what is more than half opaque counts, so that a wide soft shadow does not; if nothing is, all of it.
    """
    opaque = alpha.point([0] * 128 + [255] * 128)
    counts = np.array(grey.histogram(opaque if opaque.getbbox() else alpha))
    levels = np.arange(256)
    shown = {ground: int(counts[abs(levels - ground) >= _CONTRAST].sum()) for ground in (255, 0, 128)}
    good = (ground for ground in shown if shown[ground] * 3 >= 2 * counts.sum())
    return next(good, max(shown, key=shown.__getitem__))


_CONTRAST = 48
"""Levels by which a pixel differs from the ground if it is to show."""


def _eight_bit(image: Image.Image) -> Image.Image:
    values = np.asarray(image).astype(np.int64)
    if values.min() < 0 or values.max() > 65535:
        raise DataError(f"32-bit grey values have no fixed range. {_CONVERT}")
    return Image.fromarray(((values + 128) // 257).astype(np.uint8))


def _resized(image: Image.Image, width: int, height: int) -> Image.Image:
    if image.size == (width, height):
        return image
    # A gap of 3 averages very large images by whole steps first: fast, and looks the same.
    return image.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=3.0)


def _whole(image: Image.Image, width: int, height: int) -> Image.Image:
    inner_height, inner_width = _inner_size((image.height, image.width), height, width)
    return _resized(image, inner_width, inner_height)


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
    result[:] = np.tile(_border_colour(pixels), (width, 1))  # by rows: pixel by pixel took a tenth of all decoding
    top, left = (height - found_height) // 2, (width - found_width) // 2
    result[top : top + found_height, left : left + found_width] = pixels
    return result


def _border_colour(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    sides = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
    colour: NDArray[np.uint8] = np.median(np.concatenate(sides), axis=0).astype(np.uint8)
    return colour
