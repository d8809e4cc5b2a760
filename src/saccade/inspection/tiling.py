"""Many maps as one image: named tiles with one colour scale, and their numbers for the pointer."""

import base64
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saccade.core.arrays import Array

SEQUENTIAL, DIVERGING = "viridis", "RdBu_r"
"""Colours from 0 up, and around 0; told apart also by people who do not see red and green alike."""

SHADES = 256
EXACT_NUMBERS = 400_000
"""Of one page; so many are kept as they are (float32), more are rounded to 65,536 steps."""

_COLUMNS = 32
_CLIPPED = 0.99


@dataclass(frozen=True)
class Scale:
    """Which colours stand for which numbers.

    Attributes:
        low: the number of the first colour.
        high: that of the last; larger numbers have the same colour.
        least: the least number there is.
        largest: the largest.
    """

    low: float
    high: float
    least: float
    largest: float

    @property
    def signed(self) -> bool:
        """Whether the colours lie around 0."""
        return self.low < 0

    @property
    def palette(self) -> str:
        """The name of the colours."""
        return DIVERGING if self.signed else SEQUENTIAL

    def shades(self, values: Array) -> NDArray[np.uint8]:
        """Return the position of each number's colour in the palette."""
        share = np.nan_to_num((values - self.low) / (self.high - self.low))
        return np.asarray(np.rint(np.clip(share, 0, 1) * (SHADES - 1)), np.uint8)


@dataclass(frozen=True)
class Tiles:
    """Maps that are shown together.

    Attributes:
        sprite: all tiles in one image, a data address.
        columns: tiles in a row of the sprite.
        rows: its rows.
        height: of one tile in numbers.
        width: likewise.
        names: of the tiles: "channel 5".
        numbers: their numbers, packed for the page; "" where tiles are only looked at.
        exact: whether the numbers are kept as they are, or rounded to 65,536 steps between the least and the largest.
        scale: of the colours; None where the tiles are images.
        left_out: how many more there would have been.
    """

    sprite: str
    columns: int
    rows: int
    height: int
    width: int
    names: tuple[str, ...]
    numbers: str = ""
    exact: bool = True
    scale: Scale | None = None
    left_out: int = 0


def palette(name: str) -> NDArray[np.uint8]:
    """Return the colours of a palette, (256, 3)."""
    colours = np.asarray(mpl.colormaps[name](np.linspace(0, 1, SHADES)))
    return np.asarray(np.rint(255 * colours[:, :3]), np.uint8)


def scale_of(values: Array) -> Scale:
    """Return the scale that fits some numbers: from 0 up when none is negative, else around 0.

    The largest hundredth may lie beyond its end, lest a few numbers leave all others in the dark.
    """
    least, largest = float(np.min(values, initial=0)), float(np.max(values, initial=0))
    sizes = np.abs(values)
    end, most = float(np.quantile(sizes, _CLIPPED)), max(largest, -least)
    high = end if 0 < end < 0.7 * most else most or 1.0
    return Scale(-high if least < 0 else 0.0, high, least, largest)


def tiles(
    maps: NDArray[np.float32], names: Sequence[str], scale: Scale, *, exact: bool = True, left_out: int = 0
) -> Tiles:
    """Return maps as tiles with their numbers.

    Args:
        maps: (n, h, w).
        names: n names.
        scale: of the colours.
        exact: keep the numbers as they are; else rounded, in half the room.
        left_out: how many more there would have been.
    """
    shades = Image.fromarray(_sheet(scale.shades(maps)[..., None], _COLUMNS)[..., 0], "P")
    shades.putpalette(palette(scale.palette).tobytes())
    count, height, width = maps.shape
    columns = min(_COLUMNS, count)
    return Tiles(
        sprite=address(shades),
        columns=columns,
        rows=-(-count // columns),
        height=height,
        width=width,
        names=tuple(names),
        numbers=_packed(maps, scale, exact=exact),
        exact=exact,
        scale=scale,
        left_out=left_out,
    )


def image_tiles(
    images: NDArray[np.uint8], names: Sequence[str], *, columns: int = _COLUMNS, left_out: int = 0
) -> Tiles:
    """Return images, (n, h, w, c), uint8, as tiles that are only looked at."""
    count, height, width, channels = images.shape
    sheet = _sheet(images, columns)
    image = Image.fromarray(sheet[..., 0] if channels == 1 else sheet)
    columns = min(columns, count)
    return Tiles(address(image), columns, -(-count // columns), height, width, tuple(names), left_out=left_out)


def coloured(values: Array, scale: Scale) -> Image.Image:
    """Return a map (h, w) as an image in the colours of its scale."""
    image = Image.fromarray(scale.shades(values), "P")
    image.putpalette(palette(scale.palette).tobytes())
    return image


def png(image: Image.Image) -> bytes:
    """Return an image as the content of a PNG file."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def address(image: Image.Image) -> str:
    """Return an image as a data address, without loss."""
    return f"data:image/png;base64,{base64.b64encode(png(image)).decode()}"


def _sheet(images: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    """Return tiles (n, h, w, c) side by side, (rows · h, columns · w, c)."""
    count, height, width, channels = images.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    filled = np.zeros((rows * columns, height, width, channels), np.uint8)
    filled[:count] = images
    grid = filled.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    return grid.reshape(rows * height, columns * width, channels)


def _packed(maps: NDArray[np.float32], scale: Scale, *, exact: bool) -> str:
    """Return numbers as text: little-endian float32, or uint16 between the least and the largest; deflated, base64."""
    if exact:
        content = maps.astype("<f4").tobytes()
    else:
        span = (scale.largest - scale.least) or 1.0
        content = np.rint((maps - scale.least) / span * 65535).clip(0, 65535).astype("<u2").tobytes()
    return base64.b64encode(zlib.compress(content, 6)).decode()
