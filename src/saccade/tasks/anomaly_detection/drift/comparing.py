"""Compare new rows with training rows: each column, all of them together, and the alarms."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from saccade.core.errors import DataError
from saccade.core.finding import Finding
from saccade.core.metric_value import MetricValue
from saccade.modalities.images.audit import cross_validation
from saccade.modalities.tables.schema import Column
from saccade.tasks.anomaly_detection.drift.drift import LARGE, SCORE, SMALL, AlarmRate, Drift, Shift, ordered
from saccade.tasks.anomaly_detection.drift.two_sample_tests import Values, adjusted, column_shifts, number_shift
from saccade.tasks.anomaly_detection.threshold import Threshold

Floats = NDArray[np.float64]

SEEN = 1.36
"""Times √(1/n + 1/m): the distance of two samples that Kolmogorov and Smirnov find at 5% (Smirnov 1948)."""

APART, FAR_APART = 0.6, 0.75
"""AUC above which new rows clearly differ, and differ so much that one says little of the other; the lower end of its
99.9% interval must be above. As between the parts of images, see auditing/checks/distribution.py."""


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
    seed: int = 0,
    noun: str = "row",
    measured: str = "columns",
) -> Drift:
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
        seed: of the forest and its folds.
        noun: what to call one of them.
        measured: what to call what is compared.

    Raises:
        DataError: there are no rows, or they have other columns.
    """
    if not len(new) or not len(reference) or not reference.shape[1] == new.shape[1] == len(columns):
        raise DataError(
            f"Expected new rows with the {len(columns)} columns of the training rows; found {new.shape[0]:,} rows of "
            f"{new.shape[1]} columns to compare with {reference.shape[0]:,} of {reference.shape[1]}."
        )
    shifts = column_shifts(reference, new, columns, unseen or {})
    if scores and min(map(len, scores)) >= cross_validation.LEAST:
        shifts = adjusted([*shifts, number_shift(SCORE, *(each[np.isfinite(each)] for each in scores))])
    verdict = _told_apart(reference, new, seed=seed)
    findings = [*news, *_shifted(shifts, measured), *_apart(verdict, noun, measured), *_unkept(alarms, noun)]
    return Drift(
        source=source,
        rows=len(new) if rows is None else rows,
        compared=len(new),
        reference_rows=len(reference),
        shifts=shifts,
        told_apart=verdict.score if verdict else None,
        alarms=alarms,
        findings=ordered(findings),
        notes=(*notes, *_power(len(new), len(reference), noun)),
        noun=noun,
        measured=measured,
    )


def _power(new: int, reference: int, noun: str) -> Iterator[str]:
    """Say what so few rows cannot show."""
    few = min(new, reference)
    if few < cross_validation.LEAST:
        least, are = cross_validation.LEAST, " is" if few == 1 else "s are"
        yield f"{few:,} {noun}{are} too few for any test; that takes {least}."
        return
    least = SEEN * np.sqrt(1 / new + 1 / reference)
    if least > SMALL:
        yield (
            f"So few {noun}s ({few:,}) show only large shifts: a distance below {least:.2f} would hardly be seen, and "
            f"it matters from {SMALL:g} on."
        )


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


def _told_apart(reference: Values, new: Values, *, seed: int) -> cross_validation.Verdict | None:
    """Return how well a forest tells new rows from training rows, as many of each (Lopez-Paz and Oquab 2017)."""
    rng, each = np.random.default_rng(seed), min(len(reference), len(new), cross_validation.SAMPLE // 2)
    if each < cross_validation.LEAST:
        return None
    chosen = [values[rng.permutation(len(values))[:each]] for values in (reference, new)]
    # trees cut anywhere: what is missing lies below everything
    features = np.concatenate(chosen)
    features = np.where(np.isnan(features), np.finfo(np.float32).min / 4, features)
    # equal rows stay in one fold, or the forest would know them by heart
    units = np.unique(features, axis=0, return_inverse=True)[1].ravel()
    if len(np.unique(units)) < cross_validation.FOLDS:
        return None
    return cross_validation.auc(features, np.repeat([False, True], each), units, seed=seed)


def _shifted(shifts: Sequence[Shift], measured: str) -> Iterator[Finding]:
    for shift in shifts:
        if shift.drifted:
            what = "The network's scores" if shift.column == SCORE else f"'{shift.column}'"
            gaps = " is missing more or less often" if shift.what == "missing" else " drifted"
            yield Finding(
                kind="drift",
                severity="severe" if shift.effect >= LARGE else "warning",
                title=f"{what}{gaps}: {shift.before} before, {shift.after} now (distance {shift.effect:.2f}).",
                advice="See whether its unit, its source or the world has changed.",
                share=shift.effect,
                values={"column": shift.column, "effect": shift.effect, "adjusted": shift.adjusted},
            )
    slight = [shift.column for shift in shifts if shift.significant and not shift.drifted]
    if slight:
        yield Finding(
            kind="drift",
            severity="note",
            title=f"{len(slight)} {measured} moved a little: more than chance explains, too little to matter "
            f"(distance below .1): {', '.join(slight[:5])}{', …' if len(slight) > 5 else ''}.",
            values={"columns": slight},
        )


def _apart(verdict: cross_validation.Verdict | None, noun: str, measured: str) -> Iterator[Finding]:
    if verdict and verdict.low > APART:
        score = verdict.score
        yield Finding(
            kind="told_apart",
            severity="severe" if verdict.low > FAR_APART else "warning",
            title=f"As a whole, new {noun}s can be told from those of the training: AUC {score.value:.3f} "
            f"({score.low:.3f} to {score.high:.3f}) where .5 is chance.",
            advice=f"{measured.capitalize()} may have moved together where none moved alone. Train again on newer "
            f"{noun}s.",
            share=2 * verdict.low - 1,
            values=score.to_dict(),
        )


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
