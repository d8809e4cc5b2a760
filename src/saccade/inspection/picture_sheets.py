"""Small images and maps laid out on one sheet, as a picture that a page shows on any ground."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saccade.core.arrays import Array
from saccade.core.live_pictures import LivePicture
from saccade.inspection.tiling import SHADES, palette, png, scale_of

TILE = 56
"""Pixels a side to which small tiles are enlarged, about."""

GAP = 6

Pixels = NDArray[np.uint8]


def picture(image: Image.Image, *, title: str, caption: str, alt: str) -> LivePicture:
    """Return an image with its words, as a run keeps it."""
    return LivePicture(title, caption, alt, png(image), image.width, image.height)


def sheet(tiles: Pixels, *, columns: int, side: int = TILE) -> Image.Image:
    """Return tiles (n, h, w, 1 or 3) in lines, with gaps that are clear, enlarged by whole pixels where they are small.

    Args:
        tiles: that are shown, at least one.
        columns: in a line.
        side: pixels of the longer side of a tile, about; larger tiles are made smaller.
    """
    resized = [_at_side(tile, side) for tile in np.broadcast_to(tiles, (*tiles.shape[:3], 3))]
    height, width = resized[0].height, resized[0].width
    across = min(columns, len(resized))
    lines = -(-len(resized) // across)
    made = Image.new("RGBA", (across * (width + GAP) - GAP, lines * (height + GAP) - GAP))
    for number, tile in enumerate(resized):
        line, column = divmod(number, across)
        made.paste(tile, (column * (width + GAP), line * (height + GAP)))
    return made


def map_tiles(maps: Array) -> Pixels:
    """Return maps (n, h, w) as tiles (n, h, w, 3), in the colours of one scale for all of them."""
    scale = scale_of(maps)
    return palette(scale.palette)[scale.shades(maps)]


def filter_tiles(kernels: Array) -> Pixels:
    """Return filters (h, w, 1 or 3, n) as tiles (n, h, w, 3), each stretched to its own strongest weight.

    In colour grey is 0; of one channel red weights add and blue ones subtract.
    """
    strongest = np.abs(kernels).max(axis=(0, 1, 2), keepdims=True)
    share = np.moveaxis(kernels / np.where(strongest > 0, strongest, 1), -1, 0)
    if kernels.shape[2] == 1:
        positions = np.rint((share[..., 0] + 1) / 2 * (SHADES - 1)).astype(np.uint8)
        return palette("RdBu_r")[positions]
    return np.rint(127.5 + 127.5 * share).astype(np.uint8)


def _at_side(tile: Pixels, side: int) -> Image.Image:
    image, longer = Image.fromarray(np.ascontiguousarray(tile)), max(tile.shape[:2])
    if longer > side:
        share = side / longer
        return image.resize(tuple(max(1, round(each * share)) for each in image.size), Image.Resampling.BOX)
    times = max(1, side // longer)
    return image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)
