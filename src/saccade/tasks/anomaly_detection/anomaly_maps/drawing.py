"""An anomaly map → an image of it: what was given, how it would look if it were normal, and where it does not."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.atomic_files import write_whole
from saccade.core.errors import DataError
from saccade.tasks.anomaly_detection.anomaly_map import COLOURS, FAINT, HOTTEST, AnomalyMap

PANEL = 2.6  # inches an image
INK = "#1c2430"
ALARM = "#b3261e"

HEAT = LinearSegmentedColormap.from_list("heat", COLOURS).with_extremes(under=(0, 0, 0, 0))


def draw(found: AnomalyMap) -> Figure:
    """Return a figure of image, rebuilt image where it is known, and map over the greyed image, with a legend."""
    height, width = found.anomaly_map.shape
    panel = PANEL * min(1.5, max(0.5, height / width))
    panels = _panels(found)
    figure = Figure(figsize=(len(panels) * PANEL + 1.1, panel + 0.75), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, len(panels))
    for place, (title, pixels) in zip(axes, panels.items(), strict=True):
        _show(place, pixels, title)
    norm = LogNorm(FAINT, HOTTEST)
    axes[-1].imshow(found.anomaly_map, cmap=HEAT, norm=norm, interpolation="nearest")
    _add_legend(figure, axes[-1], norm)
    verdict = found.verdict
    words = f"{verdict.label}   score {verdict.score:.3g}   p-value {verdict.p_value:.3g}   {_short(found.name)}"
    colour = ALARM if verdict.alarm else INK
    figure.suptitle(words, x=0.01, ha="left", fontsize=9, color=colour, parse_math=False)
    return figure


def save(found: AnomalyMap, path: Path) -> None:
    """Write the image of an anomaly map as PNG; raises DataError when it cannot be written."""
    figure = draw(found)
    try:
        write_whole(path, lambda whole: figure.savefig(whole, format="png", dpi=110, facecolor="white"))
    except OSError as error:
        raise DataError(f"Cannot write {path}: {error.strerror or error}. Name another folder.") from error


def _panels(found: AnomalyMap) -> dict[str, Array]:
    """Return what is shown, by its title."""
    grey = found.image.mean(axis=-1, keepdims=True)
    pale = np.repeat(128 + 0.5 * (grey - 128), 3, axis=-1).astype(np.uint8)  # the map has to stand out
    spread = found.verdict.alarm and found.anomaly_map.max() < FAINT
    rebuilt = {} if found.rebuilt is None else {"rebuilt as normal": _colour(found.rebuilt)}
    return {"image": _colour(found.image), **rebuilt, "where: spread over all of it" if spread else "where": pale}


def _colour(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.repeat(image, 3, axis=-1) if image.shape[-1] == 1 else image


def _show(axes: Any, pixels: Array, title: str) -> None:
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
