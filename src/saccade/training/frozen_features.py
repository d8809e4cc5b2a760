"""Cut: the part of a network that is trained, when what is before it stays as it is and was computed once."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cut:
    """The trained part of a network.

    Attributes:
        network: from what the frozen layers give to the answers; it shares its layers with the whole network.
        inputs: (m, ...), what the frozen layers give for the dataset's rows; only those of training and validation may
            be asked for.
    """

    network: Any
    inputs: Any
