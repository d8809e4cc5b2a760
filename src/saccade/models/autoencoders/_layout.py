"""Layout: which feature of an autoencoder is made of which column, and how it is turned back."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saccade.modalities.tables.schema import Column, Schema
from saccade.models.autoencoders._ends import RAREST


@dataclass(frozen=True)
class Feature:
    """One number that an autoencoder gets of a row: (what the column says − center) / scale.

    Attributes:
        name: "amount", "kind: ATM", "kind: other", "age is missing".
        column: the position of its column.
        kind: "value" of a number or boolean; "category" and "gap" are 1 or 0 before they are scaled.
        center: what the column says where the feature is 0.
        scale: how much one step of the feature is.
    """

    name: str
    column: int
    kind: Literal["value", "category", "gap"]
    center: float
    scale: float

    def said(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what the column would say where the feature has some values, of any shape."""
        return values * np.float32(self.scale) + np.float32(self.center)


def layout(schema: Schema) -> tuple[Feature, ...]:
    """Return the features of a table in their order: numbers, then categories, then gaps."""
    columns = list(enumerate(schema.columns))
    return (
        *(_value(at, column) for at, column in columns if column.kind != "category"),
        *(each for at, column in columns if column.kind == "category" for each in _codes(at, column, schema.rows)),
        *(_gap(at, column, schema.rows) for at, column in columns if column.missing > 0),
    )


def _value(position: int, column: Column) -> Feature:
    return Feature(column.name, position, "value", column.center, column.scale)


def _codes(position: int, column: Column, rows: int) -> tuple[Feature, ...]:
    names = (*column.categories, "other")
    return tuple(
        Feature(f"{column.name}: {name}", position, "category", count / rows, max(count / rows, RAREST) ** 0.5)
        for name, count in zip(names, column.counts, strict=True)
    )


def _gap(position: int, column: Column, rows: int) -> Feature:
    share = column.missing / rows
    return Feature(f"{column.name} is missing", position, "gap", share, max(share, RAREST) ** 0.5)
