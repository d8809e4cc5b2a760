"""Tab: what a screen shows of itself at the top of every page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tab:
    """An entry of the navigation.

    Attributes:
        name: that a person reads.
        address: of the screen's first page.
    """

    name: str
    address: str
