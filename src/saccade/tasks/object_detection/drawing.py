"""Boxes drawn on images, a colour a class, with what they are called: NumPy and Pillow only."""

import io
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from saccade.modalities.images.decoding import decode
from saccade.modalities.images.pixels import read_file
from saccade.tasks.object_detection.box_colours import Colour, colour_of
from saccade.tasks.object_detection.detections import Detections
from saccade.tasks.object_detection.placement import Boxes

LEAST_SIDE, LARGEST_SIDE = 480, 2048
"""Of a drawing: on a smaller one names cannot be read, and a larger one is larger than screens."""

DARK, LIGHT = (0, 0, 0), (255, 255, 255)
BRIGHT = 140
"""From this brightness on a colour has dark text on it."""

_WEIGHTS = (0.299, 0.587, 0.114)  # of red, green and blue in brightness


def drawn_detections(content: Path | NDArray[np.uint8], found: Detections, objects: Sequence[str]) -> Image.Image:
    """Return an image with its boxes on it, each with its class and score; raises DataError where it cannot be read.

    Args:
        content: the file, or pixels (h, w, c).
        found: what is drawn, in pixels of the image.
        objects: names of the classes.
    """
    scale = _scale(found.size)
    size = max(1, round(found.size[0] * scale)), max(1, round(found.size[1] * scale))
    named = [f"{objects[number]} {score:.2f}" for number, score in zip(found.numbers, found.scores, strict=True)]
    order = slice(None, None, -1)  # the surest on top
    colours = [colour_of(number) for number in found.numbers.tolist()]
    return drawn(at_size(content, size), (found.boxes * scale)[order], colours[order], named[order])


def at_size(content: Path | NDArray[np.uint8], size: tuple[int, int]) -> Image.Image:
    """Return an image of such (height, width), as it is meant to be seen, in colour."""
    if isinstance(content, Path):
        return Image.fromarray(decode(read_file(content), size=size, channels=3, fit="stretch"))
    pixels = np.broadcast_to(content, (*content.shape[:2], 3))
    return Image.fromarray(np.ascontiguousarray(pixels)).resize(size[::-1], Image.Resampling.BICUBIC)


def drawn(image: Image.Image, boxes: Boxes, colours: Sequence[Colour], named: Sequence[str]) -> Image.Image:
    """Return an image with boxes on it, the last on top.

    Args:
        image: in colour; it is changed.
        boxes: (k, 4), left, top, right and bottom in its pixels.
        colours: of each.
        named: what stands at each; "" for nothing.
    """
    pen, side = ImageDraw.Draw(image), max(image.size)
    width = max(2, round(side / 300))
    font = font_of(max(12, round(side / 45)))
    for box, colour in zip(boxes.tolist(), colours, strict=True):
        pen.rectangle(_rounded(box), outline=colour, width=width)
    for box, colour, name in zip(boxes.tolist(), colours, named, strict=True):
        if name:
            _write(pen, image.size, box, name, colour, font)
    return image


def _write(
    pen: ImageDraw.ImageDraw,
    size: tuple[int, int],
    box: list[float],
    name: str,
    colour: Colour,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    """Write a name above a box, or within it where there is no room above; never beyond the image."""
    left, top, right, bottom = pen.textbbox((0, 0), name, font=font)
    wide, high = right - left + 6, bottom - top + 4
    x = min(max(0, box[0]), max(0, size[0] - wide))
    y = box[1] - high if box[1] >= high else max(0, box[1])
    pen.rectangle((x, y, x + wide, y + high), fill=colour)
    bright = sum(weight * part for weight, part in zip(_WEIGHTS, colour, strict=True))
    pen.text((x + 3 - left, y + 2 - top), name, font=font, fill=DARK if bright >= BRIGHT else LIGHT)


def _rounded(box: list[float]) -> tuple[int, int, int, int]:
    left, top, right, bottom = (round(side) for side in box)
    return left, top, max(left, right - 1), max(top, bottom - 1)


def _scale(size: tuple[int, int]) -> float:
    """Return by what an image is enlarged or made smaller for its drawing."""
    side = max(size)
    return LEAST_SIDE / side if side < LEAST_SIDE else min(1.0, LARGEST_SIDE / side)


def as_jpeg(image: Image.Image, *, quality: int = 90) -> bytes:
    """Return an image as a JPEG file's content."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


@cache
def font_of(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Matplotlib's font, which has the letters of most languages, or else Pillow's own."""
    found = find_spec("matplotlib")
    file = Path(found.origin).with_name("mpl-data") / "fonts/ttf/DejaVuSans.ttf" if found and found.origin else None
    return ImageFont.truetype(str(file), size) if file and file.is_file() else ImageFont.load_default(size)
