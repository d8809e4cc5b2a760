"""Two-sample tests of a column: whether new rows have other values, and how much that matters."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from saccade.drift.drift import Shift
from saccade.drift.two_sample_tests import LEAST, adjusted, independence, mix, number_shift
from saccade.modalities.tables.schema import Column, short

Values = NDArray[np.float32]

_NAMED = 3  # categories that are new


def column_shifts(
    reference: Values, new: Values, columns: Sequence[Column], unseen: Mapping[str, Sequence[str]] | None = None
) -> tuple[Shift, ...]:
    """Return what each test says of each column, in order of the columns; p-values are adjusted for their number.

    Numbers by Kolmogorov and Smirnov, categories by chi-squared, and how often a value is missing by chi-squared too.

    Args:
        reference: (n, d) of training rows, as the columns encode them.
        new: (m, d), likewise.
        columns: d of them.
        unseen: by column, the new rows' categories that have no code of their own, the most frequent first.
    """
    found = [
        shift
        for place, column in enumerate(columns)
        for shift in _tests(reference[:, place], new[:, place], column, (unseen or {}).get(column.name, ()))
    ]
    return adjusted(found)


def _tests(reference: Values, new: Values, column: Column, unseen: Sequence[str]) -> Iterator[Shift]:
    gaps = np.isnan(reference), np.isnan(new)
    if min(len(reference), len(new)) >= LEAST and any(each.any() for each in gaps):
        yield _missing(column.name, *gaps)
    said = reference[~gaps[0]], new[~gaps[1]]
    if min(len(each) for each in said) >= LEAST:
        yield (
            number_shift(column.name, *said, offset=column.offset)
            if column.kind == "number"
            else _codes(column, *said, unseen)
        )


def _codes(column: Column, reference: Values, new: Values, unseen: Sequence[str]) -> Shift:
    """Return how differently a category or boolean is distributed."""
    kinds = 2 if column.kind == "boolean" else len(column.categories) + 1
    found = mix(np.stack([np.bincount(each.astype(np.int64), minlength=kinds) for each in (reference, new)]))
    new_ones = ", ".join(map(short, unseen[:_NAMED])) + (" …" if len(unseen) > _NAMED else "")
    other = len(column.categories) if new_ones else -1
    shown = new_ones if found.most == other else f"'{column.shown(found.most)}'"
    before, after = (f"{shown} {each[found.most]:.1%}" for each in found.shares)
    if new_ones and found.most != other:
        after = f"{after}, new {new_ones} {found.shares[1][other]:.1%}"
    return Shift(column.name, "values", found.apart, found.p_value, before, after)


def _missing(name: str, reference: NDArray[np.bool_], new: NDArray[np.bool_]) -> Shift:
    counts = np.array([[each.sum(), (~each).sum()] for each in (reference, new)])
    before, after = reference.mean(), new.mean()
    test = independence(counts)
    return Shift(name, "missing", float(abs(after - before)), test, f"{before:.1%} missing", f"{after:.1%} missing")
