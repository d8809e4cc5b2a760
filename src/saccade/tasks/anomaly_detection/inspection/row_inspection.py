"""RowInspection: the way of one row through a network that looks for anomalies, to read, as JSON, in a notebook."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from saccade.core import pages
from saccade.core.safe_json import Json
from saccade.modalities.tables.schema import number
from saccade.tasks.anomaly_detection.anomaly import Anomaly, Reason, factor
from saccade.tasks.anomaly_detection.inspection import row_page
from saccade.tasks.anomaly_detection.inspection.units import Units
from saccade.tasks.anomaly_detection.threshold import Threshold

SHOWN_COLUMNS = 12
"""In a terminal; the page and JSON have more."""


@dataclass(frozen=True)
class ColumnInspection:
    """One column of a row.

    Attributes:
        reason: its value, what is usual, what it adds to the score.
        standardized: its value in standard deviations from the mean; None of a category and of a missing value.
        rebuilt: what the network rebuilt in its place, in the column's own unit; "" where it rebuilds nothing. Of a
            category or a boolean with the number that stands for it: 1 is certain.
        rebuilt_standardized: the same as `standardized`; None likewise.
        ways: the least and the largest, where the network rebuilds rows in several ways, else "".
        typical_value: what it is replaced by to see what it does to the score: the median, or the most frequent.
        effect: by how much the score falls then; negative where it rises. None where there were too many columns.
    """

    reason: Reason
    standardized: float | None
    rebuilt: str
    rebuilt_standardized: float | None
    ways: str
    typical_value: str
    effect: float | None


@dataclass(frozen=True)
class Replaced:
    """One step on the way to a usual row.

    Attributes:
        column: that was replaced by what is usual, after those before.
        value: by what.
        score: of the row then.
    """

    column: str
    value: str
    score: float


@dataclass(frozen=True)
class RowInspection:
    """The way of one row through a network.

    Attributes:
        title: what to call the network.
        source: where the row is from: a file's name, or the run's table.
        split: of the run's table that it is in; "" for other rows.
        label: "normal", "an anomaly", or "" where nothing is said.
        notes: how the row's file differs from the training data, and what is missing here, a sentence each.
        anomaly: score, p-value, alarm, contributions.
        threshold: above which score a row is an alarm.
        columns: all of them, the largest contribution first.
        ways: how often the network rebuilds the row: 0, 1 or more.
        towards_normal: columns that were replaced one after the other, each time the one that lowers the score most,
            until the row was no alarm; empty where it is none.
        layers: from the features to the contributions.
        activations: (u,) of each layer, what its units say of this row.
        reference_of: whose rows show what is usual for a unit: "1,200 normal calibration rows".
    """

    title: str
    source: str
    split: str
    label: str
    notes: tuple[str, ...]
    anomaly: Anomaly
    threshold: Threshold
    columns: tuple[ColumnInspection, ...]
    ways: int
    towards_normal: tuple[Replaced, ...]
    layers: tuple[Units, ...]
    activations: tuple[NDArray[np.float32], ...]
    reference_of: str

    @property
    def name(self) -> str:
        """What to call the row: "row 17 of cards"."""
        return f"row {self.anomaly.row:,} of {self.source}"

    @property
    def times(self) -> float | None:
        """How many times the threshold the score is; None where the threshold is nothing."""
        return self.anomaly.score / self.threshold.value if self.threshold.value > 0 else None

    @property
    def is_normal_again(self) -> bool:
        """Whether replacing columns came to a score that is no alarm."""
        return bool(self.towards_normal) and self.towards_normal[-1].score <= self.threshold.value

    def save(self, folder: Path) -> Path:
        """Write the page into a folder and return its path; raises RunError when it cannot be written."""
        return row_page.save(self, folder)

    def to_dict(self) -> Json:
        """Return all of it as JSON can hold it."""
        return {
            "network": self.title,
            "source": self.source,
            "split": self.split,
            "label": self.label,
            "notes": list(self.notes),
            **self.anomaly.to_dict(),
            "reasons": [{**_plain(column), **column.reason.to_dict()} for column in self.columns],
            "threshold": self.threshold.value,
            "towards_normal": [vars(step) for step in self.towards_normal],
            "reference_of": self.reference_of,
            "layers": [_layer(*each) for each in zip(self.layers, self.activations, strict=True)],
        }

    def __rich__(self) -> RenderableType:
        return Group(*self._shown())

    def _shown(self) -> Iterator[RenderableType]:
        anomaly = self.anomaly
        times = f", {factor(self.times)} times the threshold" if self.times else ""
        said = "alarm" if anomaly.alarm else "no alarm"
        yield Text.assemble(
            (f"{self.name}: ", "bold"),
            (said, "bold red" if anomaly.alarm else "bold green"),
            f", score {anomaly.score:.4g}{times}; p {anomaly.p_value:.2g}",
        )
        for note in self.notes:
            yield Text(f"note: {note}", "dim")
        yield _table(self.columns[:SHOWN_COLUMNS])
        if self.towards_normal:
            yield Text(f"Towards a usual row: {steps_in_words(self)}.")

    def _repr_html_(self) -> str:
        return pages.as_frame(row_page.page(self))


def steps_in_words(inspection: RowInspection) -> str:
    """Return "V14 to 0.05 (score 1.2), then V4 to 0.1 (score 0.4: no alarm)"."""
    end = ": no alarm" if inspection.is_normal_again else ": still an alarm"
    said = [f"{step.column} to {step.value} (score {step.score:.3g})" for step in inspection.towards_normal]
    return ", then ".join(said)[:-1] + f"{end})"


def _table(columns: tuple[ColumnInspection, ...]) -> RichTable:
    table = RichTable(box=None, padding=(0, 1, 0, 0))
    for header in ("column", "value", "usual", "rebuilt"):
        table.add_column(header, overflow="fold")
    for header in ("adds", "share", "if usual"):
        table.add_column(header, justify="right", no_wrap=True)
    for column in columns:
        reason = column.reason
        effect = "" if column.effect is None else number(-column.effect or 0)
        cells = (reason.column, reason.value, reason.typical, column.rebuilt)
        numbers = (number(reason.contribution), f"{reason.share:.1%}", effect)
        table.add_row(*(Text(cell) for cell in (*cells, *numbers)))
    return table


def _plain(column: ColumnInspection) -> Json:
    return {name: value for name, value in vars(column).items() if name != "reason"}


def _layer(units: Units, values: NDArray[np.float32]) -> dict[str, Any]:
    low, middle, high = units.quantiles.tolist()
    return {
        "name": units.key,
        "kind": units.summary.kind,
        "parameters": units.summary.parameters,
        "units": list(units.names),
        "values": values.tolist(),
        "usual": {"low": low, "middle": middle, "high": high},
        "dead": np.flatnonzero(units.dead).tolist(),
    }
