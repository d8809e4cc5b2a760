"""What every engine gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Opened:
    """A file that an engine has loaded.

    Attributes:
        answer: gives probabilities (n, k), float32, for pictures (n, h, w, c), uint8; any n.
        metadata: what the file says of itself.
    """

    answer: Callable[[NDArray[np.uint8]], NDArray[Any]]
    metadata: Mapping[str, str]
