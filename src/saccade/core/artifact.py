"""Artifact: what a task keeps in a run beside the weights, in a file of its own; `run.save(it)`, `run.load(Kind)`."""

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, Self


class Artifact(Protocol):
    """A temperature, a threshold …: a frozen dataclass that knows the file it is kept in.

    Attributes:
        FILE: its name in the run's folder: "threshold.json", of plain values; or "scores.npz", of arrays by name.
    """

    FILE: ClassVar[str]

    def to_dict(self) -> Mapping[str, Any]:
        """Return plain values for JSON; for a file of arrays, these by name."""
        ...

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return what `to_dict` described.

        Raises:
            KeyError, ValueError: something is missing or of another kind.
        """
        ...
