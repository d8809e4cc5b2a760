"""Contender: one of several ways to train for the same data, of which the validation split chooses."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

from saccade.core.dataset import Dataset
from saccade.core.recipe import Recipe


@dataclass(frozen=True)
class Contender:
    """A way to train.

    Attributes:
        name: of its folder.
        about: what it is, for people: "a linear layer on a pretrained network".
        prepare: gives the recipe and the data, in the splits of all others; takes the seconds that are left, or None.
        objection: why it is not worth a try, given the scores of those before by name (larger is better) and the
            seconds that are left, or None; "" when it is.
    """

    name: str
    about: str
    prepare: Callable[[float | None], tuple[Recipe, Dataset]]
    objection: Callable[[Mapping[str, float], float | None], str]


@dataclass(frozen=True)
class Entry:
    """How a contender did.

    Attributes:
        name, about: as of the contender.
        score: by the monitored metric on validation; None where it was not tried, or there is no validation split.
        seconds: that it took.
        reason: why it was not tried; "" where it was.
    """

    name: str
    about: str
    score: float | None = None
    seconds: float = 0
    reason: str = ""


@dataclass(frozen=True)
class Race:
    """All contenders of a run.

    Attributes:
        monitor: the metric that chose.
        chosen: the name of the one that the run keeps.
        entries: all, in the order in which they were tried.
    """

    FILE: ClassVar[str] = "race.json"
    monitor: str
    chosen: str
    entries: tuple[Entry, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return what `to_dict` described; raises KeyError, TypeError or ValueError."""
        return cls(content["monitor"], content["chosen"], tuple(Entry(**each) for each in content["entries"]))
