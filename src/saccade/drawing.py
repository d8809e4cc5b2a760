"""Numbers → a picture of them, without a screen and without pyplot's global state."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

MOST_NUMBERS = 25
"""With more classes the counts are too small to read; the colours then speak alone."""


def draw_confusion(counts: NDArray[np.int64], classes: Sequence[str]) -> Figure:
    """Return a figure of a confusion matrix: colour is the share of the true class, numbers are pictures.

    Args:
        counts: (k, k) pictures by true class (rows) and predicted class (columns).
        classes: k names.
    """
    number = len(classes)
    cell = float(np.clip(9 / number, 0.16, 0.7))  # inches
    names = [_short(name) for name in classes]
    margin = 1.1 + 0.09 * max(map(len, names))
    figure = Figure(
        figsize=(cell * number + margin + 1.2, cell * number + margin + 0.4), layout="constrained"
    )
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    picture = axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    _label(axes, names, size=float(np.clip(72 * cell * 0.55, 5, 10)))
    if number <= MOST_NUMBERS:
        _write_counts(axes, counts, share, size=float(np.clip(72 * cell * 0.3, 5, 10)))
    bar = figure.colorbar(picture, ax=axes, fraction=0.046, pad=0.02)
    bar.set_label("share of the true class")
    return figure


def _label(axes: Any, names: Sequence[str], *, size: float) -> None:
    places = range(len(names))
    upright = max(map(len, names)) > 2
    turn: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if upright else {}
    axes.set_xticks(places, names, fontsize=size, **turn)
    axes.set_yticks(places, names, fontsize=size)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")


def _write_counts(axes: Any, counts: NDArray[np.int64], share: NDArray[np.float64], *, size: float) -> None:
    for row, column in zip(*np.nonzero(counts), strict=True):
        colour = "white" if share[row, column] > 0.5 else "black"
        axes.text(
            column, row, str(counts[row, column]), ha="center", va="center", color=colour, fontsize=size
        )


def _short(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:23]}…"
