"""Fitting the schema: what is usual in each column, from the normal training rows and no others."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.core.cache import built_once, cache_folder
from saccade.core.errors import DataError
from saccade.modalities.tables.schema import Column
from saccade.modalities.tables.table import Table

MOST_CATEGORIES = 100
"""Categories of a column that are told apart; all others are one."""

_LOSS = 2.0**-24 * 1000  # float32 rounds by 2⁻²⁴ of the value; a thousandth of the spread may be lost
_LARGE = 1 << 28  # bytes; above, new values lie on the disk
_AT_ONCE = 1 << 16  # rows


def fit_schema(table: Table) -> Table:
    """Return the table with its columns' statistics, and category codes by how frequent they are in training.

    Only training rows that are not known to be anomalies are looked at. Fitting again changes nothing.

    Args:
        table: with splits.

    Raises:
        DataError: it has no such rows.
    """
    rows = table.normal_rows("train")
    if not len(rows):
        raise DataError(f"{table.name} has no normal training rows to learn from.")
    fitted, codes = list[Column](), dict[int, NDArray[np.float32]]()
    notes = list[str]()
    for position, column in enumerate(table.schema.columns):
        values = np.asarray(table.values[:, position])[rows]
        if column.kind == "category":
            fitted.append(_category(column, values))
            codes[position] = _recoded(column, fitted[-1])
        else:
            fitted.append(_number(column, values))
            notes += _rounded(fitted[-1], values)
    schema = replace(table.schema, columns=tuple(fitted), rows=len(rows))
    return replace(table, schema=schema, values=_with_codes(table, codes), notes=(*table.notes, *notes))


def _number(column: Column, values: NDArray[np.float32]) -> Column:
    """Return the statistics of a number or boolean."""
    said = values[~np.isnan(values)].astype(np.float64)
    missing = len(values) - len(said)
    if not len(said):
        return replace(column, missing=missing, center=0.0, scale=1.0, low=0.0, middle=0.0, high=0.0)
    spread = 0.0 if said.min() == said.max() else float(said.std())
    low, middle, high = (float(each) for each in np.quantile(said, (0.01, 0.5, 0.99)))
    yes = int(np.count_nonzero(said))
    return replace(
        column,
        missing=missing,
        center=float(said.mean()),
        scale=spread or 1.0,
        low=low,
        middle=middle,
        high=high,
        counts=(len(said) - yes, yes) if column.kind == "boolean" else (),
    )


def _rounded(column: Column, values: NDArray[np.float32]) -> list[str]:
    """Say when the stored values of normal rows are too coarse: other rows lie far from them."""
    if abs(column.center) * _LOSS <= column.scale or np.nanmin(values) == np.nanmax(values):
        return []
    return [
        f"The normal values of '{column.name}' lie so close together, far from the others, that float32 rounds them: "
        "more than a thousandth of their spread is lost."
    ]


def _category(column: Column, values: NDArray[np.float32]) -> Column:
    """Return the categories, most frequent in training first, and at equal counts by name."""
    codes = values[~np.isnan(values)].astype(np.int64)
    counts = np.bincount(codes, minlength=len(column.categories) + 1)
    seen = [code for code in range(len(column.categories)) if counts[code]]
    seen.sort(key=lambda code: (-counts[code], column.categories[code]))
    kept = seen[:MOST_CATEGORIES]
    return replace(
        column,
        categories=tuple(column.categories[code] for code in kept),
        missing=len(values) - len(codes),
        counts=(*(int(counts[code]) for code in kept), len(codes) - int(counts[kept].sum())),
    )


def _recoded(old: Column, new: Column) -> NDArray[np.float32]:
    """Return the new code of each old one; what is not kept, and what was other already, is other."""
    place = {name: code for code, name in enumerate(new.categories)}
    other = len(new.categories)
    return np.array([*(place.get(name, other) for name in old.categories), other], np.float32)


def _with_codes(table: Table, codes: dict[int, NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return the rows with new codes; in the cache when they are large."""
    if all((new == np.arange(len(new))).all() for new in codes.values()):
        return table.values
    if table.values.nbytes < _LARGE:
        return np.concatenate([_recode(block, codes) for block in _blocks(table.values)])
    about = json.dumps([table.content_hash, table.values.shape, [(k, v.tolist()) for k, v in codes.items()]])
    old = hashlib.sha256(f"{about} {getattr(table.values, 'filename', '')}".encode()).hexdigest()[:32]
    folder = built_once(cache_folder("tables") / f"fitted-{old}", lambda folder: _write(folder, table.values, codes))
    return np.memmap(folder / "values.f32", np.float32, mode="r", shape=table.values.shape)


def _write(folder: Path, values: NDArray[np.float32], codes: dict[int, NDArray[np.float32]]) -> None:
    with (folder / "values.f32").open("wb") as file:
        for block in _blocks(values):
            file.write(_recode(block, codes).data)


def _blocks(values: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]


def _recode(block: NDArray[np.float32], codes: dict[int, NDArray[np.float32]]) -> NDArray[np.float32]:
    block = np.array(block)
    for position, new in codes.items():
        there = ~np.isnan(block[:, position])
        block[there, position] = new[block[there, position].astype(np.int64)]
    return block
