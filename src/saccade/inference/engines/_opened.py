"""What every engine gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from saccade.core.arrays import Array


@dataclass(frozen=True)
class Opened:
    """A file that an engine has loaded.

    Attributes:
        answer: gives every output (n, ...), in the order of the network, for inputs (n, ...); any n.
        metadata: what the file says of itself, text by text.
    """

    answer: Callable[[Array], tuple[Array, ...]]
    metadata: Mapping[str, str]
