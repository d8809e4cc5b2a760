"""What makes a network or the numbers of a split doubtful: scores upside down, rows on both sides, few anomalies."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.finding import Finding
from saccade.core.metric_value import MetricValue

MANY = 0.01
"""The share of a split's rows from which on duplicates in training are worth more than a note."""

PURGED = 1.5
"""A split with so many times the natural share of anomalies was made, not drawn."""

FEW = 30
"""Anomalies below which intervals say little: 27 caught of 30 means 74% to 97%."""

Values = Array
"""float32 with NaN where a value is missing, or uint8 pixels."""

Labels = NDArray[np.int64]

CHANCE = 0.5
"""The ROC AUC of guessing."""


def worse_than_chance(roc_auc: MetricValue | None, *, split: str, advice: str) -> Iterator[Finding]:
    """Yield a finding when anomalies score lower than normal inputs: the whole interval of the ROC AUC is below .5.

    Args:
        roc_auc: None where there are no labels of both kinds.
        split: its name.
        advice: what to use instead.
    """
    if roc_auc is None or roc_auc.high is None or roc_auc.high >= CHANCE:
        return
    yield Finding(
        kind="worse_than_chance",
        severity="severe",
        title=f"It is worse than chance: of the {split} split, anomalies score lower than what is normal (ROC AUC "
        f"{roc_auc.value:.2f}, {roc_auc.low:.2f} to {roc_auc.high:.2f}).",
        advice=advice,
        values={"roc_auc": roc_auc.to_dict()},
    )


def duplicates(
    training: Values, values: Values, labels: Labels, *, split: str, noun: str = "rows"
) -> Iterator[Finding]:
    """Yield a finding when rows of the split are identical to rows that were trained on.

    Args:
        training: (n, d) rows of training and validation, NaN where a value is missing.
        values: (m, d) rows of the split.
        labels: (m,) of the split, 1 for an anomaly.
        split: its name.
        noun: what to call them: "rows", "images".
    """
    duplicate = same_rows(values, training)
    anomalies = int(np.sum(labels[duplicate] == 1))
    if not duplicate.any():
        return
    caught = f", {anomalies:,} of them anomalies, which no score can tell from what is usual" if anomalies else ""
    yield Finding(
        kind="rows_on_both_sides",
        severity="warning" if anomalies or duplicate.mean() >= MANY else "note",
        title=f"{duplicate.sum():,} of {len(duplicate):,} {split} {noun} ({duplicate.mean():.2%}) are identical "
        f"to a training {noun.removesuffix('s')}{caught}.",
        advice=f"Remove repeated {noun} before the split, or leave the split to Saccade, which keeps them in one "
        "split.",
        share=float(duplicate.mean()),
        values={"split": split, "rows": int(duplicate.sum()), "anomalies": anomalies},
        count=int(duplicate.sum()),
    )


def same_rows(values: Values, others: Values) -> NDArray[np.bool_]:
    """Return (m,) whether each row of values (m, d) is among others (n, d); missing values are alike."""
    return np.isin(_keys(values), _keys(others))


def _keys(values: Values) -> NDArray[np.void]:
    """Return each row's bytes as one value; -0 as 0, and every NaN as the same."""
    if values.dtype == np.float32:
        values = np.where(np.isnan(values), np.float32(np.nan), values + np.float32(0))
    plain = np.ascontiguousarray(values)
    return plain.view(np.dtype((np.void, plain.shape[1] * plain.itemsize)))[:, 0]


def purged(split_prevalence: float, natural: float, *, split: str, where: str, noun: str = "rows") -> Iterator[Finding]:
    """Yield a finding when a split has many more anomalies than there are in nature.

    Args:
        split_prevalence: the share of anomalies among the split's rows.
        natural: the share that the numbers are weighted to.
        split: its name.
        where: that is so, for the sentence: "in all of the data", "in use, as stated,".
        noun: what to call them: "rows", "images".
    """
    if split_prevalence <= PURGED * natural:
        return
    yield Finding(
        kind="purged_split",
        severity="note",
        title=f"Of the {split} {noun} {split_prevalence:.3%} are anomalies, but {where} {natural:.3%}: normal {noun} "
        "are missing from this split.",
        advice="Precision, F1, average precision and alarms are therefore weighted to that share. ROC AUC, recall and "
        "the share of false alarms do not depend on it.",
        values={"split": split_prevalence, "natural": natural},
    )


def out_of_time(training: NDArray[np.float64], times: NDArray[np.float64], *, split: str) -> Iterator[Finding]:
    """Yield a finding when rows of the split are earlier than rows that were trained on.

    Args:
        training: (n,) times of training and validation rows; NaN where it is missing.
        times: (m,) those of the split.
        split: its name.
    """
    known = training[~np.isnan(training)]
    earlier = times < known.max(initial=-np.inf)
    if not earlier.any():
        return
    yield Finding(
        kind="out_of_time",
        severity="warning",
        title=f"{earlier.sum():,} of {len(times):,} {split} rows ({earlier.mean():.1%}) are earlier than the last "
        "training row: the network has seen what came after them.",
        advice="In use, all rows are later than the training. Leave the split to Saccade: with a time column it is by "
        "time.",
        share=float(earlier.mean()),
        values={"split": split, "rows": int(earlier.sum())},
        count=int(earlier.sum()),
    )


def few_anomalies(labels: Labels, *, split: str, noun: str = "rows") -> Iterator[Finding]:
    """Yield a finding when labels (m,) of a split have some anomalies, 1, but too few to say much."""
    count = int(np.sum(labels == 1))
    if not 0 < count < FEW:
        return
    yield Finding(
        kind="few_anomalies",
        severity="warning",
        title=f"Only {count} of the {split} {noun} {'is an anomaly' if count == 1 else 'are anomalies'}: with others, "
        "the numbers can be quite different.",
        advice="Go by the intervals, not by the values, and collect more labelled anomalies.",
        values={"split": split, "anomalies": count},
    )
