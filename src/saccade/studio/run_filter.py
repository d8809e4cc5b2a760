"""RunFilter: which runs a list shows, and in which order, as its address says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from saccade.studio.run_row import RunRow

SORTS: dict[str, Callable[[RunRow], Any]] = {
    "name": lambda row: row.name,
    "status": lambda row: row.status,
    "score": lambda row: -1e300 if row.score is None or row.score.value is None else row.score.value,
    "task": lambda row: (row.task, row.name),
    "started": lambda row: row.moment,
    "time": lambda row: row.seconds or 0.0,
}
"""By what a list can be sorted; the best or newest first, names from a to z."""

UPWARDS = frozenset(["name", "status", "task"])
"""What is sorted upwards at first."""


@dataclass(frozen=True)
class RunFilter:
    """What a person wants to see.

    Attributes:
        text: words that each stand in the name, the data, the model or the tags.
        task, status: "" for all.
        sort: a key of `SORTS`.
        turned: the other way round.
    """

    text: str = ""
    task: str = ""
    status: str = ""
    sort: str = "started"
    turned: bool = False

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "RunFilter":
        """Return what the query of an address says; what it says wrongly counts as left out."""
        sort = query.get("sort", "")
        return cls(
            query.get("text", "")[:200],
            query.get("task", ""),
            query.get("status", ""),
            sort if sort in SORTS else "started",
            query.get("turned") == "1",
        )

    def apply(self, rows: Sequence[RunRow]) -> list[RunRow]:
        """Return the rows that are wanted, in their order."""
        wanted = [row for row in rows if self._wants(row)]
        return sorted(wanted, key=SORTS[self.sort], reverse=(self.sort not in UPWARDS) != self.turned)

    def _wants(self, row: RunRow) -> bool:
        said = " ".join((row.name, row.data, row.model, row.task, *row.tags)).lower()
        fits = all(word in said for word in self.text.lower().split())
        return fits and self.task in ("", row.task) and self.status in ("", row.status)

    def sorted_by(self, sort: str) -> str:
        """Return the query of the address that sorts by something else, or the other way round."""
        turned = sort == self.sort and not self.turned
        given = {
            "text": self.text,
            "task": self.task,
            "status": self.status,
            "sort": sort,
            "turned": "1" if turned else "",
        }
        return urlencode({name: value for name, value in given.items() if value})

    def direction(self, sort: str) -> str:
        """Return how a column is sorted, as `aria-sort` says it."""
        if sort != self.sort:
            return "none"
        return "ascending" if (sort in UPWARDS) != self.turned else "descending"
