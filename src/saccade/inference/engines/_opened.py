"""What every engine gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True)
class Opened:
    """A file that an engine has loaded.

    Attributes:
        answer: gives probabilities (n, k), float32, for images (n, h, w, c), uint8, or contributions (n, d) for rows
            (n, d), float32; any n.
        metadata: what the file says of itself.
    """

    answer: Callable[[NDArray[Any]], NDArray[Any]]
    metadata: Mapping[str, str]
