"""Compare new rows with training rows: each column, all of them together, and the alarms."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from saccade.core import cross_validation
from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.finding import Finding, worst_first
from saccade.core.metric_value import MetricValue
from saccade.drift.drift import Shift
from saccade.drift.findings import apart, power, shifted, slight
from saccade.drift.telling_apart import tell_apart
from saccade.drift.two_sample_tests import adjusted, number_shift
from saccade.modalities.tables.schema import Column
from saccade.tasks.anomaly_detection.drift.anomaly_drift import SCORE, AlarmRate, AnomalyDrift
from saccade.tasks.anomaly_detection.drift.column_tests import Values, column_shifts
from saccade.tasks.anomaly_detection.threshold import Threshold

Floats = NDArray[np.float64]


def compare(
    reference: Values,
    new: Values,
    columns: Sequence[Column],
    *,
    unseen: Mapping[str, Sequence[str]] | None = None,
    source: str = "the new rows",
    rows: int | None = None,
    scores: tuple[Floats, Floats] | None = None,
    alarms: AlarmRate | None = None,
    news: tuple[Finding, ...] = (),
    notes: tuple[str, ...] = (),
    skipped: tuple[SkippedItem, ...] = (),
    seed: int = 0,
    noun: str = "row",
    measured: str = "columns",
) -> AnomalyDrift:
    """Return how new rows differ from training rows.

    Every test takes the rows for independent. Rows of one stretch of time are not: weekday, season or one large
    customer moves many of them at once, so that more is found than with as many independent rows.

    Args:
        reference: (n, d) of normal training rows, as the columns encode them; NaN is missing.
        new: (m, d), likewise, or a random sample of them.
        columns: d of them.
        unseen: by column, the new rows' categories that have no code of their own, the most frequent first.
        source: where the new rows came from.
        rows: how many new rows there are in all; len(new) when left out.
        scores: of normal calibration rows and of new rows, (any,) each; None when they have none.
        alarms: how often the new rows are alarms, from `alarm_rate`.
        news: what new rows say that no training row said.
        notes: what else to know, a sentence each.
        skipped: the files that could not be read.
        seed: of the forest and its folds.
        noun: what to call one of them.
        measured: what to call what is compared.

    Raises:
        DataError: there are no rows, or they have other columns.
    """
    _refuse_other_columns(reference, new, columns)
    shifts = _shifts(column_shifts(reference, new, columns, unseen or {}), scores)
    verdict = tell_apart(reference, new, seed=seed)
    advice = f"{measured.capitalize()} may have moved together where none moved alone. Train again on newer {noun}s."
    whole = apart(verdict, noun=noun, whose="those of the training", advice=advice)
    findings = [*news, *_shifted(shifts, measured), *whole, *_unkept(alarms, noun)]
    return AnomalyDrift(
        source=source,
        rows=len(new) if rows is None else rows,
        compared=len(new),
        reference_rows=len(reference),
        shifts=shifts,
        told_apart=verdict.score if verdict else None,
        alarms=alarms,
        findings=worst_first(findings),
        notes=(*notes, *power(len(new), len(reference), noun)),
        skipped=skipped,
        noun=noun,
        measured=measured,
    )


def _refuse_other_columns(reference: Values, new: Values, columns: Sequence[Column]) -> None:
    if not len(new) or not len(reference) or not reference.shape[1] == new.shape[1] == len(columns):
        raise DataError(
            f"Expected new rows with the {len(columns)} columns of the training rows; found {new.shape[0]:,} rows of "
            f"{new.shape[1]} columns to compare with {reference.shape[0]:,} of {reference.shape[1]}."
        )


def _shifts(columns: tuple[Shift, ...], scores: tuple[Floats, Floats] | None) -> tuple[Shift, ...]:
    """Return the shift of each column and, where there are enough of them, of the scores."""
    if not scores or min(map(len, scores)) < cross_validation.LEAST:
        return columns
    return adjusted([*columns, number_shift(SCORE, *(each[np.isfinite(each)] for each in scores))])


def alarm_rate(threshold: Threshold, *, alarms: int, rows: int, labelled: bool, noun: str = "row") -> AlarmRate:
    """Return how often new rows are alarms, beside what the threshold promised.

    Args:
        threshold: of the run.
        alarms: how many rows are above it.
        rows: of how many, at least 1.
        labelled: whether only rows labelled normal were counted.
        noun: what to call one of them.
    """
    interval = binomtest(alarms, rows).proportion_ci(0.95)
    promised = threshold.false_alarms
    if not labelled and threshold.recall and threshold.prevalence:
        promised = _mixed(promised, threshold.recall, threshold.prevalence)
    rate = MetricValue(alarms / rows, float(interval.low), float(interval.high))
    return AlarmRate(rows, alarms, rate, promised, labelled, noun)


def _mixed(false: MetricValue, recalled: MetricValue, prevalence: float) -> MetricValue:
    """Return the share of all rows that are alarms where some of them are anomalies."""
    ends = zip((false.value, false.low, false.high), (recalled.value, recalled.low, recalled.high), strict=True)
    return MetricValue(*((1 - prevalence) * (of_normal or 0) + prevalence * (found or 0) for of_normal, found in ends))


def _shifted(shifts: Sequence[Shift], measured: str) -> Iterator[Finding]:
    for shift in shifts:
        if shift.drifted:
            what = "The network's scores" if shift.column == SCORE else f"'{shift.column}'"
            yield shifted(shift, what, advice="See whether its unit, its source or the world has changed.")
    yield from slight(shifts, measured)


def _unkept(alarms: AlarmRate | None, noun: str) -> Iterator[Finding]:
    if alarms and alarms.verdict in ("more", "fewer"):
        more = alarms.verdict == "more"
        yield Finding(
            kind="alarm_rate",
            severity="severe" if more else "warning",
            title=alarms.sentence,
            advice=f"Look at some alarms: are they anomalies? If not, train again on newer {noun}s."
            if more
            else f"Anomalies may be missed. Train again on newer {noun}s.",
            share=alarms.rate.value or 0.0,
            values={"alarms": alarms.alarms, "rows": alarms.rows},
        )
