"""Splitting for anomalies: the network learns what is normal, and is judged by rows (or images) it never saw."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import DataError
from saccade.core.split_size import wanted_rows
from saccade.modalities.tables.duplicate_rows import same_rows
from saccade.modalities.tables.table import ANOMALY, TABLE_SPLITS, Table
from saccade.tasks.anomaly_detection.one_class_images import OneClassImages

Rows = NDArray[np.int64]
Same = Callable[[Rows], Rows]
"""Gives a number for each of some rows, (n,), equal for those that stay together."""

Judged = Table | OneClassImages
AnyJudged = TypeVar("AnyJudged", Table, OneClassImages)

Split = Literal["given", "pooled", "random"]

# A stream of random numbers a split: the test split stays the same when the sizes of the others change.
_STREAMS = {"test": 0, "calibration": 1, "validation": 2, "anomalies": 3}

_LEFT = "left for training"
_KNOWN = "an anomaly: not to learn from"


def split_table(
    table: Table,
    *,
    split: Split = "given",
    validation: float = 0.1,
    calibration: float = 0.1,
    test: float = 0.2,
    seed: int = 0,
) -> Table:
    """Return the table with a split and a reason for every row, identical rows in one split; see `split_one_class`."""
    sizes = {"test": test, "calibration": calibration, "validation": validation}
    return split_one_class(table, split=split, sizes=sizes, same=lambda rows: same_rows(table.values, rows), seed=seed)


def split_one_class(table: AnyJudged, *, split: Split, sizes: dict[str, float], same: Same, seed: int) -> AnyJudged:
    """Return a table or images with a split and a reason for every row.

    Normal rows (and those without a label) are cut to the asked sizes: by time where there is a time column, the
    earliest for training; else at random, the same rows together. Known anomalies are never trained on. They go
    to calibration and test in proportion to those splits' sizes; in a split by time, each goes where its moment
    lies, and those of the training and validation period are left out.

    Parts that the source gives are kept. Only those it lacks are cut, from its training rows; the known anomalies
    among these go to calibration.

    Args:
        table: with its labels, and the splits that the source gives.
        split: "given" keeps the source's splits; "pooled" puts them together and cuts anew; "random" does so, and
            does not look at the time either.
        sizes: of the splits "test", "calibration" and "validation": a fraction below 1 of the normal rows that are cut,
            or a number of rows; 0 for none.
        same: which rows stay together.
        seed: another seed, another cut.

    Raises:
        DataError: so many rows cannot be cut.
    """
    given = np.where(split == "given", table.splits, "").astype("<U11")
    kept = [part for part in TABLE_SPLITS[1:] if part in given]
    splits: NDArray[np.str_] = np.where(given == "", "train", given).astype("<U11")
    reasons = np.where(given == "", _LEFT, "given").astype("<U32")
    known = table.labels == ANOMALY
    pool = np.flatnonzero((splits == "train") & ~known)
    wanted: dict[str, int] = _sizes({part: size for part, size in sizes.items() if part not in kept}, len(pool), table)
    by_time = table.times is not None and split != "random"
    cut = _by_time(table, pool, wanted) if by_time else _at_random(table, pool, wanted, same=same, seed=seed)
    for part, rows in cut.items():
        splits[rows] = part
        reasons[rows] = "cut by time" if by_time else "cut at random"
    loose = np.flatnonzero(known & np.isin(splits, ("train", "validation")))
    splits[loose], reasons[loose] = "", _KNOWN
    if len(loose) and by_time and not kept and "train" not in given:
        _place_by_time(table, loose, cut, splits, reasons)
    elif len(loose):
        _place(table, loose, kept, splits, reasons, same=same, seed=seed)
    return replace(table.with_split(splits, reasons), notes=(*table.notes, *_notes(table, splits, wanted)))


def _sizes(asked: dict[str, float], available: int, table: Judged) -> dict[str, int]:
    """Return how many normal rows each split that is to be cut gets."""
    sizes = {split: wanted_rows(amount, available, split=split) for split, amount in asked.items() if amount}
    total = sum(sizes.values())
    if total >= available:
        wanted = ", ".join(f"{size:,} for {split}" for split, size in sizes.items()) or "none to cut"
        raise DataError(
            f"{table.name} has {available:,} normal {table.noun} to train on and to cut from: too few ({wanted}). "
            f"Give smaller numbers, fractions such as 0.1, or more {table.noun}. Anomalies are never trained on."
        )
    return sizes


def _by_time(table: Judged, pool: Rows, sizes: dict[str, int]) -> dict[str, Rows]:
    """Return the last rows for test, those before for calibration, those before for validation."""
    assert table.times is not None
    order = pool[np.lexsort((table.numbers[pool], table.times[pool]))]
    cut, end = dict[str, Rows](), len(order)
    for split in ("test", "calibration", "validation"):
        start = end - sizes.get(split, 0)
        cut[split], end = order[start:end], start
    return {split: rows for split, rows in cut.items() if len(rows)}


def _at_random(table: Judged, pool: Rows, sizes: dict[str, int], *, same: Same, seed: int) -> dict[str, Rows]:
    """Return the rows of each split, identical ones in one; test is drawn first."""
    if not sizes:
        return {}
    groups, cut = same(pool), dict[str, Rows]()
    free = np.ones(len(pool), np.bool_)
    for split, size in sizes.items():
        taken = _drawn(groups, np.flatnonzero(free), size, rng=np.random.default_rng([seed, _STREAMS[split]]))
        if not len(taken):
            raise DataError(
                f"No {split} split can be cut from {table.name}: its normal {table.noun} are copies of a few, and "
                "copies stay together. Remove the duplicates, or say yourself who is in which split."
            )
        free[taken] = False
        cut[split] = pool[taken]
    return cut


def _drawn(groups: Rows, offered: Rows, size: int, *, rng: np.random.Generator) -> Rows:
    """Return as many of the offered positions as are wanted, in random order and whole groups."""
    counts = np.bincount(groups[offered])
    order = rng.permutation(np.flatnonzero(counts))
    taken, left, start = np.zeros(len(counts), np.bool_), size, 0
    while left and start < len(order):
        some = order[start : start + left]  # a group has a row at least
        fitting = int(np.searchsorted(np.cumsum(counts[some]), left, side="right"))
        taken[some[:fitting]] = True
        left -= int(counts[some[:fitting]].sum())
        start += fitting + 1  # the next is too large
    return np.asarray(offered[taken[groups[offered]]])


def _place_by_time(
    table: Judged, loose: Rows, cut: dict[str, Rows], splits: NDArray[np.str_], reasons: NDArray[np.str_]
) -> None:
    """Put anomalies into calibration or test, where their moment lies in that split's period."""
    assert table.times is not None
    for split in ("calibration", "test"):  # the later overrules
        if split in cut:
            first = table.times[cut[split]].min()
            late = loose[table.times[loose] >= first]
            splits[late], reasons[late] = split, "an anomaly of that time"


def _place(
    table: Judged,
    loose: Rows,
    kept: list[str],
    splits: NDArray[np.str_],
    reasons: NDArray[np.str_],
    *,
    same: Same,
    seed: int,
) -> None:
    """Put anomalies into calibration and test in proportion to their normal rows; a given test is left alone."""
    open_splits = [
        split for split in ("test", "calibration") if split in splits and (split == "calibration" or split not in kept)
    ]
    if not open_splits:
        return
    test = loose[:0]
    if "test" in open_splits:
        weights = [np.count_nonzero((splits == split) & (table.labels != ANOMALY)) for split in open_splits]
        share = round(len(loose) * weights[0] / sum(weights))
        if len(open_splits) == 2 and len(loose) > 1:
            share = min(max(share, 1), len(loose) - 1)  # each gets one at least
        rng = np.random.default_rng([seed, _STREAMS["anomalies"]])
        test = loose[_drawn(same(loose), np.arange(len(loose)), share, rng=rng)]
    splits[loose], reasons[loose] = open_splits[-1], "an anomaly, drawn at random"
    splits[test] = "test"


def _notes(table: Judged, splits: NDArray[np.str_], sizes: dict[str, int]) -> list[str]:
    """Say what a person would not expect of the splits."""
    notes, known = [], table.labels == ANOMALY
    left = int(np.count_nonzero(known & (splits == "")))
    if left:
        notes.append(
            f"{left:,} known anomalies are in no split: training and validation hold normal {table.noun} only."
        )
    if known.any():
        for split in ("calibration", "test"):
            if split in splits and not np.any(known & (splits == split)):
                notes.append(f"The {split} split has no known anomaly.")
    for split, size in sizes.items():
        got = int(np.count_nonzero((splits == split) & ~known))
        if got != size:
            what = table.noun
            notes.append(f"The {split} split has {got:,} normal {what}, not {size:,}: identical {what} stay together.")
    return notes
