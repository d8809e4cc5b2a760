"""Numbers → an image of them, without a screen and without pyplot's global state."""

import io
import re
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from numpy.typing import NDArray

MOST_NUMBERS = 25
"""With more classes the counts are too small to read; the colours then speak alone."""

SMALLEST_CELL = 0.1
"""Inches of a cell of a confusion matrix: the smallest letters fit beside it."""

MOST_LETTERS = 24
PALE_BELOW = 0.3
"""Share of the true class up to which a cell is pale enough for black numbers."""

THEME = {
    name: f"#01020{number}" for number, name in enumerate(("ink", "pale", "line", "paper", "accent", "warning", "good"))
}
"""Stand-ins for the colours of a page, by their names in `base.html.j2`: what is drawn with them by `as_svg` is dark on
white paper and light in the dark."""


def axes_for_page(width: float = 4.4, height: float = 2.9) -> tuple[Figure, Any]:
    """Return an empty figure and its axes in the colours of a page; `width` and `height` in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(THEME["line"])
    axes.tick_params(color=THEME["line"], labelcolor=THEME["pale"])
    axes.xaxis.label.set_color(THEME["pale"])
    axes.yaxis.label.set_color(THEME["pale"])
    axes.grid(color=THEME["line"], linewidth=0.6)
    axes.set_axisbelow(True)
    return figure, axes


def as_svg(figure: Figure, *, name: str, label: str) -> str:
    """Return a figure as an SVG element for a page: it scales, its words are text, its colours are the page's.

    Args:
        figure: drawn in colours of `THEME`.
        name: unlike every other figure's on the page; letters.
        label: what it shows, for those who do not see it.
    """
    text = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.DOTALL)  # a style reaches beyond
    svg = re.sub(r'(id="|url\(#|href="#)', rf"\1{name}-", svg)  # two figures both have an axes_1
    svg = re.sub(r"font-family: [^;\"]+", "font-family: system-ui, sans-serif", svg)
    for colour, stand_in in THEME.items():
        svg = svg.replace(stand_in, f"var(--{colour})")
    view = re.search(r'viewBox="[^"]+"', svg)
    assert view
    return f'<svg {view[0]} role="img" aria-label="{escape(label)}">{svg[svg.index(">") + 1 :]}'


def draw_confusion(counts: NDArray[np.int64], classes: Sequence[str]) -> Figure:
    """Return a figure of a confusion matrix: colour is the share of the true class, numbers are images.

    Args:
        counts: (k, k) images by true class (rows) and predicted class (columns).
        classes: k names.
    """
    names = _readable(classes)
    cell = float(np.clip(9 / len(names), SMALLEST_CELL, 0.7))  # inches
    margin = 1.1 + 0.09 * max(map(len, names))
    side = cell * len(names) + margin
    figure = Figure(figsize=(side + 1.2, side + 0.4), layout="compressed")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    # not linear: a mistake of two in a hundred must be seen beside the diagonal
    image = _coloured(axes, share)
    _label(axes, names, size=float(np.clip(72 * cell * 0.55, 5, 10)))
    if len(names) <= MOST_NUMBERS:
        _write_counts(axes, counts, share, size=float(np.clip(72 * cell * 0.3, 5, 10)))
    _add_scale(figure, axes, image)
    return figure


def _coloured(axes: Any, share: NDArray[np.float64]) -> Any:
    """Draw the cells, one by one: as an image it would be enlarged in float64, a gigabyte of 200 classes."""
    edges = np.arange(len(share) + 1) - 0.5
    cells = axes.pcolormesh(edges, edges, share, cmap="Blues", norm=PowerNorm(0.4, vmin=0, vmax=1))
    axes.set_aspect("equal")
    axes.invert_yaxis()
    return cells


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


def _add_scale(figure: Figure, axes: Any, image: Any) -> None:
    scale = figure.colorbar(image, ax=axes, fraction=0.04, pad=0.02, aspect=30)
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
