"""Does an exported file answer like Keras?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saccade.errors import ExportError
from saccade.predicting import Answer, in_turn


@dataclass(frozen=True)
class Tolerance:
    """What an exported file may differ by.

    Attributes:
        difference: between two probabilities, at most.
        agreement: of the answers (most probable classes), at least, 0 to 1.
    """

    difference: float
    agreement: float


TOLERANCES = {
    # The same sums in another order: measured under 1e-6 for every architecture here. A hundred times that leaves
    # room for deeper networks, and is still less than the last digit that is ever shown.
    "float32": Tolerance(difference=1e-4, agreement=0.99),
    # 11 bits a number: each layer rounds by up to 1/2048 of its values, which moves logits of about 10 by some
    # hundredths and a probability by at most a quarter of that. Only a picture between two classes may change sides.
    "float16": Tolerance(difference=0.02, agreement=0.99),
    # 8 bits a number, ranges guessed from training pictures: an undecided picture may move far, so the answers count.
    # Where more than 2 in 100 change, int8 costs more accuracy than the interval of most tests.
    "int8": Tolerance(difference=0.25, agreement=0.98),
}


@dataclass(frozen=True)
class Parity:
    """How an exported file answers beside Keras.

    Attributes:
        part: of the data that was asked: "validation", or "train" where there is none.
        pictures: how many of it.
        largest_difference: between two probabilities.
        agreement: part of the pictures with the same most probable class, 0 to 1.
        tolerance: what its precision allows.
    """

    part: str
    pictures: int
    largest_difference: float
    agreement: float
    tolerance: Tolerance

    def refuse_other_answers(self, to: str) -> None:
        """Raise ExportError when it answers differently from Keras by more than its precision explains."""
        within = self.largest_difference <= self.tolerance.difference  # also refuses what is no number
        if within and self.agreement >= self.tolerance.agreement:
            return
        raise ExportError(
            f"The {to} file answers differently from the run, so it was not kept: on {self.pictures} {self.part} "
            f"pictures the probabilities differ by up to {self.largest_difference:.2g} (allowed: "
            f"{self.tolerance.difference:g}) and {self.agreement:.1%} of the answers agree (needed: "
            f"{self.tolerance.agreement:.0%}). Try --precision float32, or another format."
        )


def compare(answer: Answer, keras_answer: Answer, pictures: NDArray[np.uint8], *, part: str, precision: str) -> Parity:
    """Return how an exported file answers beside Keras.

    Args:
        answer: the file in its own runtime, (n, h, w, c) uint8 → (n, k).
        keras_answer: the run, calibrated.
        pictures: (n, h, w, c); asked in batches of 1, 2 and the rest, because any batch must do.
        part: where they come from.
        precision: whose tolerance counts.
    """
    outputs = keras_answer(pictures[:1]).shape[1]
    batches = [batch for batch in np.split(pictures, [1, 3]) if len(batch)]
    found = np.concatenate([in_turn(answer, batch, outputs) for batch in batches])
    expected = in_turn(keras_answer, pictures, outputs)
    return Parity(
        part=part,
        pictures=len(pictures),
        largest_difference=float(np.abs(found - expected).max()),
        agreement=float((found.argmax(axis=1) == expected.argmax(axis=1)).mean()),
        tolerance=TOLERANCES[precision],
    )
