"""RowsOverview: what a network for rows does over its calibration rows, for reading, for JSON, for a notebook."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from saccade.core import pages
from saccade.core.safe_json import Json
from saccade.modalities.tables.schema import number
from saccade.tasks.anomaly_detection.inspection import rows_overview_page
from saccade.tasks.anomaly_detection.inspection.units import Units
from saccade.tasks.anomaly_detection.threshold import Threshold

SHOWN_COLUMNS = 20

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class ColumnOverview:
    """One column over many rows.

    Attributes:
        name: the column's.
        of_normal: its share of the scores of normal rows, 0 to 1.
        of_alarms: its share of the scores of the rows that are alarms; None where there is none.
        rebuilt: R² over normal rows: 1 is an exact copy, 0 no better than the mean, negative worse; None where the
            network rebuilds nothing, or the column is the same in all of them.
    """

    name: str
    of_normal: float
    of_alarms: float | None
    rebuilt: float | None


@dataclass(frozen=True)
class FirstWeights:
    """The weights of the first layer.

    Attributes:
        layer: its name.
        features: n names.
        weights: (n, units).
    """

    layer: str
    features: tuple[str, ...]
    weights: NDArray[np.float32]


@dataclass(frozen=True)
class RowsOverview:
    """What a network does over the calibration rows of its run.

    Attributes:
        title: what to call the network.
        split: that was looked at.
        threshold: above which score a row is an alarm.
        normal: (n,), scores of normal rows and those without a label.
        anomalies: (m,), scores of labelled anomalies.
        drawn_from: how many normal rows there were to draw from.
        columns: in the table's order.
        ways: how often the network rebuilds a row: 0, 1 or more.
        layers: from the features to the contributions.
        first: the weights of the first layer, None where they are too many to be seen.
    """

    title: str
    split: str
    threshold: Threshold
    normal: Scores
    anomalies: Scores
    drawn_from: int
    columns: tuple[ColumnOverview, ...]
    ways: int
    layers: tuple[Units, ...]
    first: FirstWeights | None

    @property
    def alarms(self) -> tuple[int, int]:
        """How many normal rows and how many anomalies are alarms."""
        normal, anomalies = (int(self.threshold.is_alarm(scores).sum()) for scores in (self.normal, self.anomalies))
        return normal, anomalies

    @property
    def by_share(self) -> list[ColumnOverview]:
        """The columns, those first that add most to alarms, or to normal rows where there is no alarm."""
        return sorted(self.columns, key=lambda each: -(each.of_normal if each.of_alarms is None else each.of_alarms))

    @property
    def about(self) -> str:
        """What was looked at, in a sentence."""
        drawn = f", drawn from {self.drawn_from:,}" if self.drawn_from > len(self.normal) else ""
        normal, found = self.alarms
        said = f"{len(self.normal):,} normal {self.split} rows{drawn}, {normal:,} of them above the threshold"
        return f"{said}; {len(self.anomalies):,} labelled anomalies, {found:,} of them above it"

    def save(self, folder: Path) -> Path:
        """Write the page into a folder and return its path; raises RunError when it cannot be written."""
        return rows_overview_page.save(self, folder)

    def to_dict(self) -> Json:
        """Return all of it as JSON can hold it."""
        normal, found = self.alarms
        return {
            "network": self.title,
            "split": self.split,
            "threshold": self.threshold.value,
            "normal": {"rows": len(self.normal), "alarms": normal, "scores": _quantiles(self.normal)},
            "anomalies": {"rows": len(self.anomalies), "alarms": found, "scores": _quantiles(self.anomalies)},
            "columns": [vars(column) for column in self.columns],
            "ways": self.ways,
            "layers": [
                {
                    "name": layer.key,
                    "kind": layer.summary.kind,
                    "units": len(layer.names),
                    "parameters": layer.summary.parameters,
                    "dead": np.flatnonzero(layer.dead).tolist(),
                }
                for layer in self.layers
            ],
        }

    def __rich__(self) -> RenderableType:
        return Group(*self._shown())

    def _shown(self) -> Iterator[RenderableType]:
        yield Text(f"{self.title}: {self.about}.")
        table = RichTable(box=None, padding=(0, 2, 0, 0))
        table.add_column("column", overflow="fold")
        for header in ("share of normal scores", "of alarms", "rebuilt (R²)"):
            table.add_column(header, justify="right")
        for column in self.by_share[:SHOWN_COLUMNS]:
            alarms = "–" if column.of_alarms is None else f"{column.of_alarms:.1%}"
            table.add_row(Text(column.name), f"{column.of_normal:.1%}", alarms, _fit(column.rebuilt))
        yield table
        for layer in self.layers:
            if layer.is_hidden and layer.dead.any():
                yield Text(f"{layer.key}: {layer.dead.sum()} of {len(layer.names)} units never change.")

    def _repr_html_(self) -> str:
        return pages.as_frame(rows_overview_page.page(self))


def _fit(value: float | None) -> str:
    return "–" if value is None else number(round(value, 3))


def _quantiles(scores: Scores) -> dict[str, float]:
    """Return some quantiles by name; none where there are no scores."""
    levels = (0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1)
    return {f"{level:.0%}": float(np.quantile(scores, level)) for level in levels} if len(scores) else {}
