"""Result and Comparison: how good a network is, and which of two is better, as every stage reads it."""

from typing import Protocol

from saccade.core.metric_value import MetricValue
from saccade.core.other_data import Other
from saccade.core.safe_json import Json


class Result(Protocol):
    """How good a network is on a split: what `evaluate` returns; a terminal shows it by `__rich__`."""

    @property
    def split(self) -> str:
        """Which split was looked at: "test", or "other" for data that are not the run's own."""
        ...

    @property
    def other_data(self) -> Other | None:
        """What to know of the data, when they are not the run's own."""
        ...

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the files that it wrote into the run, beside evaluation.json."""
        ...

    @property
    def headline(self) -> tuple[str, MetricValue | None]:
        """The measure that lists and tables show, with its name: ("accuracy", .99 with its interval)."""
        ...

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON."""
        ...

    def to_csv(self) -> str:
        """Return the table that --csv prints, where there is one."""
        ...

    def to_text(self, *, width: int = 100) -> str:
        """Return what a terminal shows, as plain text of so many columns."""
        ...


class Comparison(Protocol):
    """Which of two runs is better, and how sure that is."""

    @property
    def verdict(self) -> str:
        """The result in a sentence or two."""
        ...

    @property
    def lead(self) -> MetricValue:
        """By how much the second is better in the measure that counts, below 0 worse, with its paired interval."""
        ...

    @property
    def lines(self) -> tuple[str, ...]:
        """What stands before it: a line a run."""
        ...

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON."""
        ...
