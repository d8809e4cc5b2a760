"""When an exported classifier answers like its run."""

from functools import partial

import numpy as np

from saccade.export.parity import Criterion, Named, Tolerance
from saccade.tasks.classification.novelty import NOVELTY

TOLERANCES = {
    # The same sums in another order: measured under 1e-6 for every architecture here. A hundred times that leaves
    # room for deeper networks, and is still less than the last digit that is ever shown.
    "float32": Tolerance(difference=1e-4, agreement=0.99),
    # 11 bits a number: each layer rounds by up to 1/2048 of its values, which moves logits of about 10 by some
    # hundredths and a probability by at most a quarter of that. Only an image between two classes may change sides.
    "float16": Tolerance(difference=0.02, agreement=0.99),
    # 8 bits a number, but of any size: eight times the rounding of float16, which mostly evens out. As many answers may
    # change as by float16.
    "bfloat16": Tolerance(difference=0.1, agreement=0.99),
    # 8 bits a number, ranges guessed from training images: an undecided image may move far, so the answers count.
    # Where more than 2 in 100 change, int8 costs more accuracy than the interval of most tests.
    "int8": Tolerance(difference=0.25, agreement=0.98),
}


NOVELTIES = 100.0
"""Of usual images they are within 0 and 1: a thousandth or two changes no p-value, and logarithms of small distances
round no better."""


def criterion(precision: str) -> Criterion:
    """Return when probabilities in a precision are those of the run: by their size, and by the most probable class.

    Novelties differ by so much in units of `NOVELTIES`.
    """
    return Criterion(_differences, _agreement, TOLERANCES[precision])


def _differences(found: Named, expected: Named) -> dict[str, float]:
    units = {NOVELTY: NOVELTIES}
    return {name: float(np.abs(found[name] - expected[name]).max() / units.get(name, 1)) for name in found}


def _agreement(found: Named, expected: Named) -> float:
    best = partial(np.argmax, axis=1)
    return float((best(found["probabilities"]) == best(expected["probabilities"])).mean())
