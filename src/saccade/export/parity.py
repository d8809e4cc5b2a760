"""Does an exported file answer like Keras?"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import ExportError
from saccade.inference import Answer, in_turn
from saccade.tasks.anomaly_detection.anomaly import scores_of
from saccade.tasks.anomaly_detection.threshold import Threshold


@dataclass(frozen=True)
class Tolerance:
    """What an exported file may differ by.

    Attributes:
        difference: between two probabilities, at most.
        agreement: of the answers (most probable classes), at least, 0 to 1.
    """

    difference: float
    agreement: float

    def allows(self, difference: float, agreement: float) -> bool:
        """Say whether a file may differ so much; it may not where the difference is no number."""
        return difference <= self.difference and agreement >= self.agreement


TOLERANCES = {
    # The same sums in another order: measured under 1e-6 for every architecture here. A hundred times that leaves
    # room for deeper networks, and is still less than the last digit that is ever shown.
    "float32": Tolerance(difference=1e-4, agreement=0.99),
    # 11 bits a number: each layer rounds by up to 1/2048 of its values, which moves logits of about 10 by some
    # hundredths and a probability by at most a quarter of that. Only an image between two classes may change sides.
    "float16": Tolerance(difference=0.02, agreement=0.99),
    # 8 bits a number, ranges guessed from training images: an undecided image may move far, so the answers count.
    # Where more than 2 in 100 change, int8 costs more accuracy than the interval of most tests.
    "int8": Tolerance(difference=0.25, agreement=0.98),
}


@dataclass(frozen=True)
class Parity:
    """How an exported file answers beside Keras.

    Attributes:
        split: of the data that was asked: "validation", or "train" where there is none.
        images: how many of it.
        largest_difference: between two probabilities.
        agreement: part of the images with the same most probable class, 0 to 1.
        tolerance: what its precision allows.
    """

    split: str
    images: int
    largest_difference: float
    agreement: float
    tolerance: Tolerance

    def refuse_other_answers(self, to: str) -> None:
        """Raise ExportError when it answers differently from Keras by more than its precision explains."""
        if self.tolerance.allows(self.largest_difference, self.agreement):
            return
        raise ExportError(
            f"The {to} file answers differently from the run, so it was not kept: on {self.images} {self.split} "
            f"images the probabilities differ by up to {self.largest_difference:.2g} (allowed: "
            f"{self.tolerance.difference:g}) and {self.agreement:.1%} of the answers agree (needed: "
            f"{self.tolerance.agreement:.0%}). Try --precision float32, or another format."
        )


def compare(answer: Answer, keras_answer: Answer, images: NDArray[np.uint8], *, split: str, precision: str) -> Parity:
    """Return how an exported file answers beside Keras.

    Args:
        answer: the file in its own runtime, (n, h, w, c) uint8 → (n, k).
        keras_answer: the run, calibrated.
        images: (n, h, w, c); asked in batches of 1, 2 and the rest, because any batch must do.
        split: where they come from.
        precision: whose tolerance counts.
    """
    outputs = keras_answer(images[:1]).shape[1]
    found = _in_batches(answer, images, outputs)
    expected = in_turn(keras_answer, images, outputs)
    return Parity(
        split=split,
        images=len(images),
        largest_difference=float(np.abs(found - expected).max()),
        agreement=float((found.argmax(axis=1) == expected.argmax(axis=1)).mean()),
        tolerance=TOLERANCES[precision],
    )


ROW_TOLERANCE = Tolerance(difference=1e-4, agreement=0.99)
"""The same sums in another order. An error that is nearly zero is the difference of numbers that are not, so it keeps
fewer digits than they have; the threshold stands 1e-5 above the score that it was read off."""

SMALL = 0.01
"""Of the threshold: scores below are compared as if they were so large, for they are far from any alarm."""


@dataclass(frozen=True)
class RowParity:
    """How an exported file scores rows beside Keras.

    Attributes:
        split: of the table that was asked: "calibration", or where there is none "validation" or "train".
        rows: how many of it.
        largest_difference: between two scores, relative to them.
        agreement: part of the rows on which both say alarm or both say none, 0 to 1.
        tolerance: what is allowed.
    """

    split: str
    rows: int
    largest_difference: float
    agreement: float
    tolerance: Tolerance = ROW_TOLERANCE

    def refuse_other_answers(self, to: str) -> None:
        """Raise ExportError when it scores differently from Keras by more than the order of sums explains."""
        if self.tolerance.allows(self.largest_difference, self.agreement):
            return
        raise ExportError(
            f"The {to} file answers differently from the run, so it was not kept: on {self.rows} {self.split} rows the "
            f"scores differ by up to {self.largest_difference:.2g} of themselves (allowed: "
            f"{self.tolerance.difference:g}) and {self.agreement:.1%} of the alarms agree (needed: "
            f"{self.tolerance.agreement:.0%}). Try another format."
        )


def compare_rows(
    answer: Answer, keras_answer: Answer, rows: NDArray[np.float32], *, threshold: Threshold, split: str
) -> RowParity:
    """Return how an exported file scores rows beside Keras.

    Args:
        answer: the file in its own runtime, (n, d) → contributions (n, d).
        keras_answer: the run.
        rows: (n, d), as the schema encodes them; asked in batches of 1, 2 and the rest.
        threshold: of the run.
        split: where they come from.
    """
    found = scores_of(_in_batches(answer, rows, rows.shape[1]))
    expected = scores_of(keras_answer(rows))
    size = np.maximum(np.abs(expected), SMALL * abs(threshold.value))
    same = threshold.is_alarm(found) == threshold.is_alarm(expected)
    return RowParity(split, len(rows), float((np.abs(found - expected) / size).max()), float(same.mean()))


def _in_batches(answer: Answer, inputs: NDArray[Any], outputs: int) -> NDArray[np.float32]:
    """Return the answers, asked in batches of 1, 2 and the rest, because any batch must do."""
    return np.concatenate([in_turn(answer, batch, outputs) for batch in np.split(inputs, [1, 3]) if len(batch)])
