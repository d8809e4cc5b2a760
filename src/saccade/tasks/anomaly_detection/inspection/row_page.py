"""A row's way through a network as one HTML page."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saccade.inspection import page_frame
from saccade.modalities.tables.schema import number
from saccade.tasks.anomaly_detection.inspection.units import Units

if TYPE_CHECKING:
    from saccade.tasks.anomaly_detection.inspection.row_inspection import ColumnInspection, RowInspection

SHOWN_COLUMNS = 100
"""Of the table; those after them add less, and are counted together."""

SHOWN_UNITS = 64
"""Of a layer, those that are strangest, in their own order."""

NAMED_UNITS = 5

_NUMBERS = re.compile(r"[-\d.e+]+( to [-\d.e+]+)?")

_TEMPLATE = Path(__file__).with_name("row.html.j2")


SECTIONS = {
    "columns": ("columns", "What each column adds to the score"),
    "what_if": ("what if", "What if a column were usual?"),
    "way": ("the way through the network", "The way through the network"),
}


def page(inspection: "RowInspection") -> str:
    """Return the page."""
    columns = inspection.columns
    most = max((column.reason.share for column in columns), default=0) or 1
    largest = max((abs(column.effect or 0) for column in columns), default=0) or 1
    shown = columns[:SHOWN_COLUMNS]
    return page_frame.compose(
        _TEMPLATE,
        SECTIONS,
        inspection=inspection,
        rows=[_row(column, most) for column in shown],
        rest=columns[SHOWN_COLUMNS:],
        total=number(inspection.anomaly.score),
        effects=sorted(shown, key=lambda column: -(column.effect or 0)),
        effect_width=lambda column: 100 * abs(column.effect or 0) / largest,
        causes=_causes(inspection),
        layers=[_layer(*each) for each in zip(inspection.layers, inspection.activations, strict=True)],
        number=number,
        signed=lambda text: text.replace("-", "−") if _NUMBERS.fullmatch(text) else text,
    )


def save(inspection: "RowInspection", folder: Path) -> Path:
    """Write the page and return its path; raises RunError when the folder cannot be written."""
    return page_frame.write(page(inspection), folder)


def _row(column: "ColumnInspection", most: float) -> dict[str, Any]:
    return {"column": column, "reason": column.reason, "width": 100 * column.reason.share / most}


def _causes(inspection: "RowInspection") -> str:
    """Return in a sentence whether the error shows where its cause is."""
    known = [column for column in inspection.columns if column.effect is not None]
    if not known or inspection.anomaly.score <= 0:
        return ""
    shows, causes = inspection.columns[0], max(known, key=lambda column: column.effect or 0)
    fall = (causes.effect or 0) / inspection.anomaly.score
    if fall < 0.05:
        return (
            "No column alone is the cause: whichever is replaced, the score falls by less than 5%. It is their "
            "combination, or many small things."
        )
    if shows is causes:
        return (
            f"Here they agree: {causes.reason.column} adds most ({shows.reason.share:.0%} of the score), and replacing "
            f"it alone takes {fall:.0%} off."
        )
    return (
        f"Here they differ: the error shows most in {shows.reason.column} ({shows.reason.share:.0%} of the score), but "
        f"what lowers it most is replacing {causes.reason.column}: {fall:.0%} off."
    )


def _layer(units: Units, values: NDArray[np.float32]) -> dict[str, Any]:
    """Return a layer as a drawing of its units, and its strangest ones by name."""
    strange = units.strangeness(values)
    order = np.argsort(-strange, kind="stable")
    shown = np.sort(order[:SHOWN_UNITS])
    place = _Height(units.quantiles[:, shown], values[shown])
    named = [int(unit) for unit in order[:NAMED_UNITS] if strange[unit] > 0]
    return {
        "units": units,
        "marks": [
            {
                "title": f"{units.names[unit]}: {number(float(values[unit]))} (usually {_usually(units, unit)})",
                "low": place(units.quantiles[0, unit]),
                "middle": place(units.quantiles[1, unit]),
                "high": place(units.quantiles[2, unit]),
                "value": place(values[unit]),
                "strange": bool(strange[unit] > 0),
            }
            for unit in shown.tolist()
        ],
        "zero": place(0.0),
        "top": number(place.high),
        "bottom": number(place.low),
        "outside": int((strange > 0).sum()),
        "left_out": len(values) - len(shown),
        "dead": int(units.dead.sum()) if units.is_hidden else 0,
        "named": [
            {"name": units.names[unit], "value": number(float(values[unit])), "usual": _usually(units, unit)}
            for unit in named
        ],
    }


class _Height:
    """Where a number stands between bottom (2) and top (98) of a drawing that shows the small and the very large."""

    def __init__(self, quantiles: NDArray[np.float32], values: NDArray[np.float32]) -> None:
        every = np.concatenate([quantiles.ravel(), values, [0]])
        self.low, self.high = float(every.min()), float(every.max())
        reference = quantiles[2] - quantiles[0]
        # linear within what is usual, and beyond it as the logarithm: one wild number must not press all others flat
        self._step = float(np.median(reference[reference > 0])) if (reference > 0).any() else 1.0
        self._ends = self._bent(self.low), self._bent(self.high)

    def _bent(self, value: float) -> float:
        return float(np.arcsinh(value / self._step))

    def __call__(self, value: Any) -> float:
        low, high = self._ends
        return round(2 + 96 * (self._bent(float(value)) - low) / ((high - low) or 1), 2)


def _usually(units: Units, unit: int) -> str:
    low, _, high = (number(float(end)) for end in units.quantiles[:, unit])
    return f"{low} to {high}" if low != high else f"{low}"
