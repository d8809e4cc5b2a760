"""A grid of sample images with their class names, as a PNG."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.typing import NDArray
from PIL import Image

from saccade.core.errors import DataError
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.images.pixels import to_pixels

_SIDE = 64  # pixels: smaller images are enlarged by whole steps to about this
_LARGEST_SIDE = 128  # pixels: larger images are shrunk to this
_GAP = 4  # pixels between images
_MARGIN = 14  # pixels around everything
_HEAD = 52  # pixels for the title and the line below it
_DPI = 100
_LONGEST_NAME = 28  # letters
_INK, _PALE = "#222222", "#777777"


@dataclass(frozen=True)
class _Grid:
    """The images in their places.

    Attributes:
        canvas: (height, width, 3), uint8, in pixels of the PNG.
        names: of the class of each line.
        pitch: pixels from one line to the next.
    """

    canvas: NDArray[np.uint8]
    names: tuple[str, ...]
    pitch: int


def sample_grid(
    dataset: ImageDataset, path: Path, *, split: str = "train", rows: int = 20, columns: int = 10, seed: int = 0
) -> None:
    """Draw sample images as a PNG, a class a line with its name.

    Args:
        dataset: with splits, or none.
        path: the file to write, whatever its ending.
        split: whose images; all images when the dataset has no splits yet.
        rows: the most classes to show; of more, so many are chosen at random, and the image says so.
        columns: images of each class.
        seed: another seed, other images.

    Raises:
        DataError: the split has no images.
    """
    dataset = dataset.strata()
    has_splits = bool((dataset.splits != "").any())
    candidates = dataset.rows(split) if has_splits else np.arange(len(dataset.labels))
    if not len(candidates):
        raise DataError(f"{dataset.name} has no {split} images to show. Parts: {', '.join(dataset.counts())}.")
    rng = np.random.default_rng(seed)
    present = np.unique(dataset.labels[candidates])
    shown = np.sort(rng.choice(present, size=min(rows, len(present)), replace=False))
    chosen = [_some(candidates[dataset.labels[candidates] == label], columns, rng) for label in shown]
    names = tuple(_short(dataset.classes[label]) for label in shown)
    caption = (f"{split} split, " if has_splits else "") + _count(len(shown), len(present))
    _draw(_arranged(dataset, chosen, names), path, title=dataset.name, caption=caption)


def _count(shown: int, present: int) -> str:
    return f"{shown} of {present} classes, chosen at random" if shown < present else f"{shown} classes"


def _some(rows: NDArray[np.int64], number: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return np.sort(rng.permutation(rows)[:number])


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _arranged(dataset: ImageDataset, chosen: list[NDArray[np.int64]], names: tuple[str, ...]) -> _Grid:
    """Return the grid with the chosen rows of each class in a line."""
    height, width, _ = _enlarged(dataset.images[chosen[0][0]]).shape
    down, across = height + _GAP, width + _GAP
    columns = max(map(len, chosen))
    canvas = np.full((len(chosen) * down - _GAP, columns * across - _GAP, 3), 255, np.uint8)
    for line, rows in enumerate(chosen):
        for column, row in enumerate(rows):
            top, left = line * down, column * across
            canvas[top : top + height, left : left + width] = _enlarged(dataset.images[row])
    return _Grid(canvas, names, down)


def _enlarged(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an image in a size to be looked at; every pixel of a small one becomes a sharp square."""
    height, width, channels = picture.shape
    if max(height, width) > _LARGEST_SIDE:
        image = Image.fromarray(picture[..., 0] if channels == 1 else picture)
        return to_pixels(image, size=(_LARGEST_SIDE, _LARGEST_SIDE), channels=3, fit="pad")
    step = max(1, round(_SIDE / max(height, width)))
    enlarged = picture.repeat(step, axis=0).repeat(step, axis=1)
    return np.broadcast_to(enlarged, (*enlarged.shape[:2], 3))


def _draw(grid: _Grid, path: Path, *, title: str, caption: str) -> None:
    """Write the grid with its names at its left and a title above, no pixel scaled."""
    figure = Figure(dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    with warnings.catch_warnings():
        # Class names may be of any script; where the font lacks one, boxes are better than no image.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        heads = [_text(figure, title, size=13, colour=_INK), _text(figure, caption, size=10, colour=_PALE)]
        names = [_text(figure, name, size=10, colour=_INK) for name in grid.names]
        _place(figure, grid, heads, names)
        figure.savefig(path, format="png", dpi=_DPI)


def _text(figure: Figure, text: str, *, size: int, colour: str) -> Text:
    return figure.text(0, 0, text, fontsize=size, color=colour, parse_math=False)  # a class may be named "$"


def _place(figure: Figure, grid: _Grid, heads: list[Text], names: list[Text]) -> None:
    """Give the figure its size, and the texts and the grid their places, in pixels from the top left."""
    left = 2 * _MARGIN + max(_width(name) for name in names)
    height, width, _ = grid.canvas.shape
    full_width = round(max(left + width, _MARGIN + max(_width(head) for head in heads)) + _MARGIN)
    full_height = _HEAD + _MARGIN + height + _MARGIN
    figure.set_size_inches(full_width / _DPI, full_height / _DPI)
    for head, below in zip(heads, (_MARGIN, _MARGIN + 22), strict=True):
        head.set(position=(_MARGIN / full_width, 1 - below / full_height), va="top")
    for line, name in enumerate(names):
        middle = _HEAD + _MARGIN + line * grid.pitch + (grid.pitch - _GAP) / 2
        name.set(position=((left - _MARGIN) / full_width, 1 - middle / full_height), ha="right", va="center")
    figure.figimage(grid.canvas, xo=round(left), yo=_MARGIN, origin="upper")


def _width(text: Text) -> float:
    return float(text.get_window_extent().width)
