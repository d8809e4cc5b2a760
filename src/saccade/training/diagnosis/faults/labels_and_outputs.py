"""Labels that begin at 1 (off by one), or have no output of their own."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.finding import Finding
from saccade.training.diagnosis.evidence import Evidence, class_numbers
from saccade.training.diagnosis.loss_gradient import BINARY, SPARSE

CERTAIN = 1e-3


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding when class numbers are not 0 to outputs - 1, or when the first output is never asked for."""
    labels, units = evidence.all_labels, evidence.units
    if labels is None or not units or not (evidence.loss is None or evidence.loss.classifies):
        return
    numbers = class_numbers(labels)
    one_hot = labels.ndim == 2 and labels.shape[1] > 1
    if numbers is None or (one_hot and labels.shape[1] != units):
        return
    if not one_hot:
        numbers = _counted(evidence, numbers)
    if not len(numbers):
        return
    if units == 1:
        yield from _not_binary(evidence, numbers) if evidence.loss and evidence.loss.name in BINARY else ()
    elif numbers.min() < 0 or numbers.max() >= units:
        yield from _without_output(numbers, units) if evidence.loss is None or evidence.loss.name in SPARSE else ()
    else:
        yield from _never_first(numbers, units)


def _counted(evidence: Evidence, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    ignored = evidence.loss.ignored if evidence.loss else None
    return numbers if ignored is None else numbers[numbers != ignored]


def _without_output(numbers: NDArray[np.int64], units: int) -> Iterator[Finding]:
    low, high = int(numbers.min()), int(numbers.max())
    off_by_one = (low, high) == (1, units)
    outside = [number for number in np.unique(numbers).tolist() if not 0 <= number < units]
    yield _finding(
        "severe",
        f"Labels go from {low} to {high}, but the {units} outputs are for 0 to {units - 1}: "
        f"{', '.join(map(str, outside[:5]))}{' …' if len(outside) > 5 else ''} "
        f"{'has' if len(outside) == 1 else 'have'} no output (on a GPU the loss becomes NaN).",
        "Subtract 1 from the labels." if off_by_one else f"Number the classes from 0, or give {high + 1} outputs.",
        {"lowest": low, "highest": high, "outputs": units},
    )


def _not_binary(evidence: Evidence, numbers: NDArray[np.int64]) -> Iterator[Finding]:
    found = np.unique(numbers).tolist()
    if set(found) <= {0, 1}:
        return
    named = ", ".join(map(str, found[:5])) + (" …" if len(found) > 5 else "")
    off_by_one = found == [1, 2]
    several = len(found) > 2
    advice = "Use as many outputs as classes, softmax, and sparse categorical cross-entropy." if several else ""
    yield _finding(
        "severe",
        f"Labels are {named}, but binary cross-entropy on one output knows 0 and 1 only.",
        "Subtract 1 from the labels." if off_by_one else advice or "Name the classes 0 and 1.",
        {"labels": found[:20]},
    )


def _never_first(numbers: NDArray[np.int64], units: int) -> Iterator[Finding]:
    counts = np.bincount(numbers, minlength=units)
    by_chance = (1 - 1 / units) ** len(numbers)
    if units > 2 and not counts[0] and counts[1:].all() and by_chance < CERTAIN:
        yield _finding(
            "note",
            f"No label is 0, though all others up to {units - 1} occur: the first output is never asked for.",
            f"If the labels begin at 1, subtract 1 and use {units - 1} outputs.",
            {"outputs": units},
        )


def _finding(severity: str, title: str, advice: str, values: dict[str, Any]) -> Finding:
    return Finding(kind="labels_and_outputs", severity=severity, title=title, advice=advice, values=values)
