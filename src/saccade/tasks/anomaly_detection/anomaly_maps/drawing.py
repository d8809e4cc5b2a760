"""A anomaly map → an image of it: what was given, how it would look if it were normal, and where it does not."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from saccade.core.atomic_files import write_whole
from saccade.core.errors import DataError
from saccade.tasks.anomaly_detection.anomaly_maps.mapping import AnomalyMap

FAINT, MAX_TEMPERATURE = 0.5, 8.0
"""Times the usual error where colour begins, faintly, and where it stays the same. It begins below 1: an anomaly that
is spread over the image need not exceed the worst pixel of a normal one anywhere."""

PANEL = 2.6  # inches an image
INK = "#1c2430"
ALARM = "#b3261e"

# what normal images have too does not glow: below the scale there is no colour
HEAT = LinearSegmentedColormap.from_list(
    "heat", [(1.0, 0.9, 0.3, 0.25), (1.0, 0.75, 0.15, 0.7), (0.96, 0.4, 0.1, 0.85), (0.75, 0.05, 0.25, 0.92)]
).with_extremes(under=(0, 0, 0, 0))


def draw(found: AnomalyMap) -> Figure:
    """Return a figure of image, rebuilt image and heat over the greyed image, with a legend."""
    height, width = found.anomaly_map.shape
    panel = PANEL * min(1.5, max(0.5, height / width))
    figure = Figure(figsize=(3 * PANEL + 1.1, panel + 0.75), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, 3)
    for place, pixels, title in zip(axes, _panels(found), _titles(found), strict=True):
        _show(place, pixels, title)
    norm = LogNorm(FAINT, MAX_TEMPERATURE)
    axes[2].imshow(found.anomaly_map, cmap=HEAT, norm=norm, interpolation="nearest")
    _add_legend(figure, axes[2], norm)
    verdict = found.verdict
    words = f"{verdict.label}   score {verdict.score:.3g}   p-value {verdict.p_value:.3g}   {_short(found.name)}"
    colour = ALARM if verdict.alarm else INK
    figure.suptitle(words, x=0.01, ha="left", fontsize=9, color=colour, parse_math=False)
    return figure


def save(found: AnomalyMap, path: Path) -> None:
    """Write the image of a anomaly map as PNG; raises DataError when it cannot be written."""
    figure = draw(found)
    try:
        write_whole(path, lambda whole: figure.savefig(whole, format="png", dpi=110, facecolor="white"))
    except OSError as error:
        raise DataError(f"Cannot write {path}: {error.strerror or error}. Name another folder.") from error


def _titles(found: AnomalyMap) -> tuple[str, str, str]:
    spread = found.verdict.alarm and found.anomaly_map.max() < FAINT
    return "image", "rebuilt as normal", "where: spread over all of it" if spread else "where"


def _panels(found: AnomalyMap) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    grey = found.image.mean(axis=-1, keepdims=True)
    pale = np.repeat(128 + 0.5 * (grey - 128), 3, axis=-1).astype(np.uint8)  # the heat has to stand out
    return _colour(found.image), _colour(found.rebuilt), pale


def _colour(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.repeat(image, 3, axis=-1) if image.shape[-1] == 1 else image


def _show(axes: Any, pixels: NDArray[Any], title: str) -> None:
    axes.imshow(pixels, interpolation="nearest")
    axes.set_title(title, fontsize=8, color=INK)
    axes.set_axis_off()


def _add_legend(figure: Figure, axes: Any, norm: LogNorm) -> None:
    legend = figure.colorbar(ScalarMappable(norm, HEAT), ax=axes, fraction=0.05, pad=0.03)
    legend.set_ticks([0.5, 1, 2, 4, 8], labels=["½×", "1×", "2×", "4×", "8× and more"], fontsize=7)
    legend.minorticks_off()
    legend.set_label("error, in the largest that 19 of 20\nnormal images have anywhere", fontsize=6.5, color=INK)


def _short(name: str) -> str:
    return name if len(name) <= 60 else f"…{name[-59:]}"
