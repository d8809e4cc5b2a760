"""What a network does over its calibration rows as one HTML page."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saccade.inspection import page_frame
from saccade.inspection.tiling import DIVERGING, address, coloured, palette, scale_of
from saccade.modalities.tables.schema import number

if TYPE_CHECKING:
    from saccade.tasks.anomaly_detection.inspection.rows_overview import ColumnOverview, FirstWeights, RowsOverview

BINS = 60
SHOWN_COLUMNS = 100

_TEMPLATE = Path(__file__).with_name("rows_overview.html.j2")


def page(overview: "RowsOverview") -> str:
    """Return the page."""
    columns = overview.by_share
    weights = {"weights": ("first weights", "The weights of the first layer")} if overview.first else {}
    return page_frame.compose(
        _TEMPLATE,
        {"scores": ("scores", "Scores"), "columns": ("columns", "Columns"), "layers": ("layers", "Layers"), **weights},
        noun="rows",
        overview=overview,
        columns=[_column(column, columns) for column in columns[:SHOWN_COLUMNS]],
        left_out=max(0, len(columns) - SHOWN_COLUMNS),
        histogram=histogram(overview.normal, overview.anomalies, overview.threshold.value),
        first=_anomaly_map(overview.first) if overview.first else None,
        number=number,
    )


def save(overview: "RowsOverview", folder: Path) -> Path:
    """Write the page and return its path; raises RunError when the folder cannot be written."""
    return page_frame.write(page(overview), folder)


def _column(column: "ColumnOverview", columns: list["ColumnOverview"]) -> dict[str, Any]:
    most = max(max(each.of_normal, each.of_alarms or 0) for each in columns) or 1
    return {
        "column": column,
        "normal": 100 * column.of_normal / most,
        "alarms": 100 * (column.of_alarms or 0) / most,
        "rebuilt": 100 * min(max(column.rebuilt or 0, 0), 1),
    }


def histogram(normal: NDArray[np.float64], anomalies: NDArray[np.float64], threshold_value: float) -> dict[str, Any]:
    """Return two histograms of scores as SVG paths on one logarithmic axis, BINS wide, 40 high, and the threshold."""
    groups = [scores[np.isfinite(scores) & (scores > 0)] for scores in (normal, anomalies)]
    every = np.log10(np.concatenate([*groups, [max(threshold_value, 1e-12)]]))
    low, high = float(every.min()), float(every.max())
    low, high = low - 0.03 * (high - low or 1), high + 0.03 * (high - low or 1)
    counts = [np.histogram(np.log10(scores), BINS, (low, high))[0] for scores in groups]
    # each group by its own largest bar: a hundred anomalies beside a hundred thousand rows would not be seen
    paths = [_path(each) for each in counts]
    ticks = [{"place": 100 * (power - low) / (high - low), "name": number(10.0**power)} for power in _powers(low, high)]
    threshold = 100 * (float(np.log10(max(threshold_value, 1e-12))) - low) / (high - low)
    return {"bins": BINS, "normal": paths[0], "anomalies": paths[1], "ticks": ticks, "threshold": threshold}


def _path(counts: Any) -> str:
    heights = 40 * counts / max(int(counts.max(initial=0)), 1)
    return "".join(f"M{place} 40v-{height:.2f}h1v{height:.2f}z" for place, height in enumerate(heights) if height)


def _powers(low: float, high: float) -> list[float]:
    """Return whole powers of ten between two, or halves and quarters where there are fewer than two."""
    for step in (1.0, 0.5, 0.25, 0.1):
        found = [float(each) for each in np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step]
        if len(found) > 1:
            return found[:: max(1, len(found) // 8)]
    return [(low + high) / 2]


def _anomaly_map(first: "FirstWeights") -> dict[str, Any]:
    scale = scale_of(first.weights)
    colours = [f"rgb({' '.join(map(str, colour))})" for colour in palette(DIVERGING)[::15].tolist()]
    return {
        "layer": first.layer,
        "features": first.features,
        "units": first.weights.shape[1],
        "source": address(coloured(first.weights, scale)),
        "colours": ", ".join(colours),
        "end": number(scale.high),
        "signed": scale.signed,
    }
