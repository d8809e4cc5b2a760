"""What an export is made of, whatever the network takes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saccade.core.arrays import Array
from saccade.core.backend import Model
from saccade.core.dataset import Dataset
from saccade.core.errors import ExportError
from saccade.core.signature import Outputs
from saccade.export.parity import Criterion

HELD_OUT = 256
"""So many held-out inputs are compared; and so many training inputs tell int8 its ranges."""


@dataclass(frozen=True)
class Subject:
    """A run's network and all that is needed to write it and to tell whether a file answers like it.

    Attributes:
        network: a Keras model, as it is shipped: its outputs are those of the task's signature, in its order.
        outputs: the run, asked with Keras: outputs by name.
        criterion: when a file answers like it.
        held_out: inputs that training did not see, for the comparison; never of the test split, which is sealed.
        split: where these come from.
        timed: inputs for measuring the speed in a batch.
        samples: training inputs, from which int8 learns the range of each layer.
        left_out: outputs of the signature that the network has not in this precision.
    """

    network: Model
    outputs: Outputs
    criterion: Criterion
    held_out: Array
    split: str
    timed: Array
    samples: Array
    left_out: tuple[str, ...] = ()


def held_out_of(dataset: Dataset, splits: Sequence[str]) -> tuple[str, Array]:
    """Return the first of some splits that has rows, and some of its inputs; raises ExportError when none has."""
    split = next((split for split in splits if len(dataset.rows(split))), None)
    if split is None:
        raise ExportError(
            "Nothing is held out with which an exported file could be compared: the run holds only rows that judge it, "
            "as copies in the folder of a search do. Export the training that it is a copy of."
        )
    return split, some_of(dataset, split)


def some_of(dataset: Dataset, split: str) -> Array:
    """Return at most `HELD_OUT` inputs of a split, drawn at random, always the same ones."""
    rows = np.random.default_rng(0).permutation(dataset.rows(split))[:HELD_OUT]
    return np.asarray(dataset.inputs[np.sort(rows)])
