"""A grid of sample pictures with their class names, as a PNG."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from saccade.data.dataset import Dataset
from saccade.errors import DataError

_CELL = 64  # pixels: small pictures are enlarged by whole steps to about this
_GAP = 4  # pixels between pictures
_MARGIN = 14  # pixels around everything
_DPI = 100
_LONGEST_NAME = 28  # letters
_INK, _PALE = "#222222", "#777777"


@dataclass(frozen=True)
class _Grid:
    """The pictures in their places.

    Attributes:
        canvas: (height, width, 3), uint8, in pixels of the PNG.
        classes: the name of each line.
        cell: height of a picture on the canvas.
    """

    canvas: NDArray[np.uint8]
    classes: tuple[str, ...]
    cell: int


def sample_grid(
    dataset: Dataset, path: Path, *, part: str = "train", rows: int = 20, columns: int = 10, seed: int = 0
) -> None:
    """Draw sample pictures as a PNG, a class a line with its name.

    Args:
        dataset: with parts, or none.
        path: the file to write, whatever its ending.
        part: whose pictures; all pictures when the dataset has no parts yet.
        rows: the most classes to show; of more, so many are chosen at random, and the picture says so.
        columns: pictures of each class.
        seed: another seed, other pictures.

    Raises:
        DataError: the part has no pictures.
    """
    candidates = dataset.rows(part) if (dataset.parts != "").any() else np.arange(len(dataset.labels))
    if not len(candidates):
        raise DataError(
            f"{dataset.name} has no {part} pictures to show. Parts: {', '.join(dataset.counts())}."
        )
    rng = np.random.default_rng(seed)
    present = np.unique(dataset.labels[candidates])
    shown = np.sort(rng.choice(present, size=min(rows, len(present)), replace=False))
    grid = _arranged(dataset, candidates, shown, columns=columns, rng=rng)
    _draw(grid, path, title=dataset.name, caption=_caption(part, len(shown), len(present)))


def _caption(part: str, shown: int, present: int) -> str:
    classes = f"{shown} of {present} classes, chosen at random" if shown < present else f"{present} classes"
    return f"{part} part, {classes}"


def _arranged(
    dataset: Dataset,
    candidates: NDArray[np.int64],
    shown: NDArray[np.int64],
    *,
    columns: int,
    rng: np.random.Generator,
) -> _Grid:
    """Return the grid of up to `columns` random pictures of each class."""
    height, width, _ = dataset.image_shape
    step = max(1, round(_CELL / max(height, width)))
    cell_height, cell_width = height * step + _GAP, width * step + _GAP
    canvas = np.full((len(shown) * cell_height - _GAP, columns * cell_width - _GAP, 3), 255, np.uint8)
    for line, label in enumerate(shown):
        of_class = candidates[dataset.labels[candidates] == label]
        chosen = np.sort(rng.permutation(of_class)[:columns])
        for column, row in enumerate(chosen):
            top, left = line * cell_height, column * cell_width
            # whole steps: each pixel of the picture is a sharp square, as the network sees it
            canvas[top : top + height * step, left : left + width * step] = np.kron(
                dataset.images[row], np.ones((step, step, 1), np.uint8)
            )
    return _Grid(canvas, tuple(_short(dataset.classes[label]) for label in shown), cell_height)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _draw(grid: _Grid, path: Path, *, title: str, caption: str) -> None:
    """Write the grid with its names at its left and a title above, no pixel scaled."""
    figure = Figure(dpi=_DPI, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="Glyph .* missing"
        )  # class names of any script; boxes are fine
        names = [
            figure.text(0, 0, name, fontsize=10, color=_INK, ha="right", va="center") for name in grid.classes
        ]
        renderer = canvas.get_renderer()
        left = _MARGIN + max(name.get_window_extent(renderer).width for name in names) + 10
        heads = [figure.text(0, 0, title, fontsize=13, color=_INK, va="top")]
        heads.append(figure.text(0, 0, caption, fontsize=10, color=_PALE, va="top"))
        head_width = max(text.get_window_extent(renderer).width for text in heads)
        height, width, _ = grid.canvas.shape
        top = 3 * _MARGIN + 24
        full_width, full_height = max(left + width, head_width + _MARGIN) + _MARGIN, top + height + _MARGIN
        figure.set_size_inches(full_width / _DPI, full_height / _DPI)
        for text, above in zip(heads, (_MARGIN, _MARGIN + 20), strict=True):
            text.set_position((_MARGIN / full_width, 1 - above / full_height))
        for line, name in enumerate(names):
            middle = top + line * grid.cell + (grid.cell - _GAP) / 2
            name.set_position(((left - 10) / full_width, 1 - middle / full_height))
        figure.figimage(grid.canvas, xo=round(left), yo=round(full_height) - top - height, origin="upper")
        figure.savefig(path, format="png", dpi=_DPI)
