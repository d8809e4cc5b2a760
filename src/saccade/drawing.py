"""Numbers → a picture of them, without a screen and without pyplot's global state."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from numpy.typing import NDArray

MOST_NUMBERS = 25
"""With more classes the counts are too small to read; the colours then speak alone."""

MOST_LETTERS = 24
PALE_BELOW = 0.3
"""Share of the true class up to which a cell is pale enough for black numbers."""


def draw_confusion(counts: NDArray[np.int64], classes: Sequence[str]) -> Figure:
    """Return a figure of a confusion matrix: colour is the share of the true class, numbers are pictures.

    Args:
        counts: (k, k) pictures by true class (rows) and predicted class (columns).
        classes: k names.
    """
    names = _readable(classes)
    cell = float(np.clip(9 / len(names), 0.16, 0.7))  # inches
    margin = 1.1 + 0.09 * max(map(len, names))
    side = cell * len(names) + margin
    figure = Figure(figsize=(side + 1.2, side + 0.4), layout="compressed")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    # not linear: a mistake of two in a hundred must be seen beside the diagonal
    picture = axes.imshow(share, cmap="Blues", norm=PowerNorm(0.4, vmin=0, vmax=1))
    _label(axes, names, size=float(np.clip(72 * cell * 0.55, 5, 10)))
    if len(names) <= MOST_NUMBERS:
        _write_counts(axes, counts, share, size=float(np.clip(72 * cell * 0.3, 5, 10)))
    _add_scale(figure, axes, picture)
    return figure


def _label(axes: Any, names: Sequence[str], *, size: float) -> None:
    places = range(len(names))
    long = max(map(len, names)) > 2
    turned: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if long else {}
    # parse_math: a dollar sign in a class name is a dollar sign
    axes.set_xticks(places, names, fontsize=size, parse_math=False, **turned)
    axes.set_yticks(places, names, fontsize=size, parse_math=False)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")


def _write_counts(axes: Any, counts: NDArray[np.int64], share: NDArray[np.float64], *, size: float) -> None:
    for row, column in zip(*np.nonzero(counts), strict=True):
        colour = "black" if share[row, column] < PALE_BELOW else "white"
        axes.text(column, row, str(counts[row, column]), ha="center", va="center", color=colour, fontsize=size)


def _add_scale(figure: Figure, axes: Any, picture: Any) -> None:
    scale = figure.colorbar(picture, ax=axes, fraction=0.04, pad=0.02, aspect=30)
    ticks = (0, 0.01, 0.05, 0.2, 0.5, 1)
    scale.set_ticks(ticks, labels=[f"{tick:.0%}" for tick in ticks])
    scale.set_label("share of the true class")


def _readable(names: Sequence[str]) -> list[str]:
    """Return names for labels: long ones cut, and numbers for scripts that the font cannot write."""
    letters = get_font(findfont(FontProperties())).get_charmap()
    drawable = (
        name if all(ord(letter) in letters for letter in name) else f"class {number}"
        for number, name in enumerate(names)
    )
    return [name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…" for name in drawable]
