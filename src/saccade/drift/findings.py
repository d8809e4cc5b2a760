"""What tests of two samples say, as findings, and what so few rows cannot show."""

from collections.abc import Iterator, Sequence

import numpy as np

from saccade.core import cross_validation
from saccade.core.cross_validation import Verdict
from saccade.core.finding import Finding
from saccade.drift.drift import LARGE, SMALL, Shift
from saccade.drift.telling_apart import APART, FAR_APART

SEEN = 1.36
"""Times √(1/n + 1/m): the distance of two samples that Kolmogorov and Smirnov find at 5% (Smirnov 1948)."""


def shifted(shift: Shift, subject: str, *, advice: str, kind: str = "drift", severity: str = "") -> Finding:
    """Return the finding of one test.

    Args:
        shift: what it says.
        subject: what has moved, the first words of a sentence.
        advice: what to do about it.
        kind: what to call it.
        severity: "" has it depend on the distance.
    """
    gaps = " is missing more or less often" if shift.what == "missing" else " drifted"
    return Finding(
        kind=kind,
        severity=severity or ("severe" if shift.effect >= LARGE else "warning"),
        title=f"{subject}{gaps}: {shift.before} before, {shift.after} now (distance {shift.effect:.2f}).",
        advice=advice,
        share=shift.effect,
        values={"column": shift.column, "effect": shift.effect, "adjusted": shift.adjusted},
    )


def slight(shifts: Sequence[Shift], measured: str) -> Iterator[Finding]:
    """Yield one note on what moved a little, if anything did."""
    names = [shift.column for shift in shifts if shift.significant and not shift.drifted]
    if names:
        yield Finding(
            kind="drift",
            severity="note",
            title=f"{len(names)} {measured} moved a little: more than chance explains, too little to matter "
            f"(distance below .1): {', '.join(names[:5])}{', …' if len(names) > 5 else ''}.",
            values={"columns": names},
        )


def apart(verdict: Verdict | None, *, noun: str, whose: str, advice: str) -> Iterator[Finding]:
    """Yield a finding where a forest tells the samples apart.

    Args:
        verdict: of the forest.
        noun: what to call one of the new ones.
        whose: what the others are: "those of the training".
        advice: what to do about it.
    """
    if verdict and verdict.low > APART:
        score = verdict.score
        yield Finding(
            kind="told_apart",
            severity="severe" if verdict.low > FAR_APART else "warning",
            title=f"As a whole, new {noun}s can be told from {whose}: AUC {score.value:.3f} "
            f"({score.low:.3f} to {score.high:.3f}) where .5 is chance.",
            advice=advice,
            share=2 * verdict.low - 1,
            values=score.to_dict(),
        )


def power(new: int, reference: int, noun: str) -> Iterator[str]:
    """Yield a sentence on what so few rows cannot show."""
    few = min(new, reference)
    if few < cross_validation.LEAST:
        least, are = cross_validation.LEAST, " is" if few == 1 else "s are"
        yield f"{few:,} {noun}{are} too few for any test; that takes {least}."
        return
    seen = SEEN * np.sqrt(1 / new + 1 / reference)
    if seen > SMALL:
        yield (
            f"So few {noun}s ({few:,}) show only large shifts: a distance below {seen:.2f} would hardly be seen, and "
            f"it matters from {SMALL:g} on."
        )
