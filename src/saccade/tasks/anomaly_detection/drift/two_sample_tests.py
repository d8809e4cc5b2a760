"""Two-sample tests of a column: whether new rows have other values, and how much that matters."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from saccade.core.arrays import Array
from saccade.modalities.tables.schema import Column, short
from saccade.tasks.anomaly_detection.drift.drift import Shift

Values = NDArray[np.float32]

LEAST = 30
"""Values of a column on either side below which it is not tested."""

FEWEST_EXPECTED = 5
"""Rarer categories are put together: the chi-squared distribution does not hold for less."""


_NAMED = 3  # categories that are new


def column_shifts(
    reference: Values, new: Values, columns: Sequence[Column], unseen: Mapping[str, Sequence[str]] | None = None
) -> tuple[Shift, ...]:
    """Return what each test says of each column, in order of the columns; p-values are adjusted for their number.

    Numbers by Kolmogorov and Smirnov, categories by chi-squared, and how often a value is missing by chi-squared too.
    The adjustment of Benjamini and Hochberg (1995) keeps the share of false ones among the shifts found below 5%, also
    where columns are positively dependent.

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


def adjusted(shifts: Sequence[Shift]) -> tuple[Shift, ...]:
    """Return shifts with their p-values adjusted for how many there are."""
    if not shifts:
        return ()
    values = stats.false_discovery_control([shift.p_value for shift in shifts], method="bh")
    return tuple(replace(shift, adjusted=float(value)) for shift, value in zip(shifts, values, strict=True))


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


def number_shift(name: str, reference: Array, new: Array, *, offset: float = 0.0) -> Shift:
    """Return how differently numbers, none of them missing, are distributed; equal numbers only lower the power."""
    test = stats.ks_2samp(reference, new, method="asymp")
    before, after = (f"{np.median(each) + offset:.6g}" for each in (reference, new))
    return Shift(name, "values", float(test.statistic), float(test.pvalue), f"median {before}", f"median {after}")


def _codes(column: Column, reference: Values, new: Values, unseen: Sequence[str]) -> Shift:
    """Return how differently a category or boolean is distributed."""
    kinds = 2 if column.kind == "boolean" else len(column.categories) + 1
    counts = np.stack([np.bincount(each.astype(np.int64), minlength=kinds) for each in (reference, new)])
    shares = counts / counts.sum(axis=1, keepdims=True)
    most = int(np.abs(shares[0] - shares[1]).argmax())
    new_ones = ", ".join(map(short, unseen[:_NAMED])) + (" …" if len(unseen) > _NAMED else "")
    other = len(column.categories) if new_ones else -1
    shown = new_ones if most == other else f"'{column.shown(most)}'"
    before, after = (f"{shown} {each[most]:.1%}" for each in shares)
    if new_ones and most != other:
        after = f"{after}, new {new_ones} {shares[1][other]:.1%}"
    apart = float(np.abs(shares[0] - shares[1]).sum() / 2)
    return Shift(column.name, "values", apart, _independence(counts), before, after)


def _missing(name: str, reference: NDArray[np.bool_], new: NDArray[np.bool_]) -> Shift:
    counts = np.array([[each.sum(), (~each).sum()] for each in (reference, new)])
    before, after = reference.mean(), new.mean()
    test = _independence(counts)
    return Shift(name, "missing", float(abs(after - before)), test, f"{before:.1%} missing", f"{after:.1%} missing")


def _independence(counts: NDArray[np.int64]) -> float:
    """Return the p-value that both rows of counts (2, k) are of one distribution."""
    expected = counts.sum(axis=0) * (counts.sum(axis=1).min() / counts.sum())
    rare = expected < FEWEST_EXPECTED
    counts = np.column_stack([counts[:, ~rare], counts[:, rare].sum(axis=1)])
    counts = counts[:, counts.sum(axis=0) > 0]
    if counts.shape == (2, 2):
        return float(stats.fisher_exact(counts).pvalue)
    return float(stats.chi2_contingency(counts).pvalue) if counts.shape[1] > 1 else 1.0
