"""What an export is made of, whatever the network takes: images or rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from saccade.core.model_metadata import ModelMetadata, TableModelMetadata
from saccade.export.parity import Parity, RowParity
from saccade.inference import Answer


@dataclass(frozen=True)
class Subject:
    """A run's network and all that is needed to write it and to tell whether a file answers like it.

    Attributes:
        network: a Keras model, as it is shipped.
        answer: the run, asked with Keras.
        held_out: inputs that training did not see, for the comparison; never of the test split, which is sealed.
        timed: inputs for measuring the speed in a batch.
        samples: training inputs, from which int8 learns the range of each layer.
        about: gives what travels in a file of a precision.
        compare: tells how an answer in a precision is beside Keras.
    """

    network: Any
    answer: Answer
    held_out: NDArray[Any]
    timed: NDArray[Any]
    samples: NDArray[Any]
    about: Callable[[str], ModelMetadata | TableModelMetadata]
    compare: Callable[[Answer, str], Parity | RowParity]
