"""What new rows say that no training row said: other values in a column that was constant, other categories."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saccade.modalities.tables.cells import texts
from saccade.modalities.tables.schema import Schema

MOST_TEXTS = 100
"""Texts of a column that are counted one by one."""

_SHOWN = 3


@dataclass(frozen=True)
class Unseen:
    """What one column of new rows says that training rows did not.

    Attributes:
        rows: how many rows say such a thing.
        texts: the most frequent of them with their rows, "" where nothing is said; at most `MOST_TEXTS`.
    """

    rows: int
    texts: Mapping[str, int]

    @property
    def most_frequent(self) -> list[str]:
        """The texts, the most frequent first."""
        return sorted(self.texts, key=lambda text: -self.texts[text])

    def shown(self) -> str:
        """Return the most frequent texts with their rows: "'crypto' (103), 'gift' (2) and 4 more"."""
        most = self.most_frequent[:_SHOWN]
        named = ", ".join(f"{repr(text[:40]) if text else 'no value'} ({self.texts[text]:,})" for text in most)
        more = len(self.texts) - len(most)
        return f"{named} and {'at least ' * (len(self.texts) == MOST_TEXTS)}{more:,} more" if more else named


def unseen(
    frame: pl.DataFrame, values: NDArray[np.float32], good: NDArray[np.bool_], schema: Schema
) -> dict[str, Unseen]:
    """Return, by column, what rows say that training rows did not.

    Args:
        frame: the cells of n rows.
        values: (n, d), the same rows encoded.
        good: (n,), which rows are looked at.
        schema: of the training rows.
    """
    found = dict[str, NDArray[np.bool_]]()
    for place, column in enumerate(schema.columns):
        if column.kind == "category":
            found[column.name] = good & (values[:, place] == len(column.categories))
    for name, value in schema.constants:
        if name in frame.columns:
            found[name] = good & _differs(frame[name], value)
    return {name: _counted(frame[name].filter(pl.Series(rows))) for name, rows in found.items() if rows.any()}


def joined(first: Mapping[str, Unseen], second: Mapping[str, Unseen]) -> dict[str, Unseen]:
    """Return what two lots of rows say, together."""
    return {name: _sum([each[name] for each in (first, second) if name in each]) for name in {**first, **second}}


def changed_constants(found: Mapping[str, Unseen], schema: Schema, rows: int) -> Iterator[tuple[str, str]]:
    """Yield column and sentence for each column that was left out as it was constant, and is no longer.

    Args:
        found: in all the rows.
        schema: of the training rows.
        rows: how many rows there are.
    """
    for name, value in schema.constants:
        if name in found:
            was = f"was '{value}'" if value else "was empty"
            yield (
                name,
                f"'{name}' {was} in all training rows, so the network does not look at it; now {found[name].rows:,} of "
                f"{rows:,} {'row says' if rows == 1 else 'rows say'} something else: {found[name].shown()}.",
            )


def _differs(series: pl.Series, value: str) -> NDArray[np.bool_]:
    """Return which cells say something else than a constant; 5.0 is 5."""
    text = texts(series)
    if not value:
        return text.is_not_null().to_numpy()
    same = text == value
    number = pl.Series([value]).cast(pl.Float64, strict=False)[0]
    if number is not None:
        same |= text.cast(pl.Float64, strict=False) == number
    return ~same.fill_null(value=False).to_numpy()


def _counted(series: pl.Series) -> Unseen:
    counts = texts(series).fill_null("").value_counts(sort=True, name="rows").head(MOST_TEXTS)
    return Unseen(len(series), dict(zip(counts[series.name].to_list(), counts["rows"].to_list(), strict=True)))


def _sum(splits: list[Unseen]) -> Unseen:
    texts = dict[str, int]()
    for split in splits:
        for text, rows in split.texts.items():
            if text in texts or len(texts) < MOST_TEXTS:
                texts[text] = texts.get(text, 0) + rows
    return Unseen(sum(split.rows for split in splits), texts)
