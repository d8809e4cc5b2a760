"""Everything that is skipped, in one list by reason: what check, train, predict, the report and the run show."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from saccade.core.dataset import SkippedItem
from saccade.core.safe_json import Json

SHOWN = 3
"""Names that are shown of each reason; all are counted."""

MOST_REASONS = 20
"""Further reasons are counted together, so that a folder of odd files does not fill the screen."""

MOST_ENDINGS = 5


@dataclass(frozen=True)
class Skipped:
    """All that is skipped for one reason.

    Attributes:
        reason: why, without a full stop.
        kind: as in `SkippedItem`.
        files: each of them, in order.
    """

    reason: str
    kind: str
    files: tuple[SkippedItem, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the files, folders or rows."""
        return tuple(each.name for each in self.files)

    @property
    def count(self) -> int:
        """How many; of pages and frames, how many these are in all files."""
        return sum(each.count for each in self.files)

    @property
    def is_loss(self) -> bool:
        """Whether these are images that somebody may miss."""
        return self.kind in {"image", "format", "folder"}

    @property
    def what(self) -> str:
        """How many and why, without names: "12 × .heic: not readable without pi-heif"."""
        if self.kind == "pages":
            files = f"{len(self.names):,} {'file' if len(self.names) == 1 else 'files'}"
            return f"page 1 of each is used; {self.count:,} {'page' if self.count == 1 else 'pages'} of {files} not"
        return f"{self.count:,} × {self.reason}"

    def __str__(self) -> str:
        """Return how many, why, and the first names."""
        left = len(self.files) - SHOWN
        return f"{self.what} ({', '.join(self.names[:SHOWN])}{f' and {left:,} more' if left > 0 else ''})"

    def to_dict(self) -> Json:
        """Return plain values for JSON, with the first names."""
        counts = {"count": self.count, "files": len(self.files), "names": list(self.names[:SHOWN])}
        return {"text": str(self), "reason": self.reason, "kind": self.kind, **counts}


def by_reason(skipped: Iterable[SkippedItem]) -> tuple[Skipped, ...]:
    """Return what is skipped by reason: first what somebody may miss, and of that the most frequent.

    What stands before the first colon of a reason is what is counted: "damaged: …" is one reason for all files.
    """
    grouped: dict[tuple[str, str], list[SkippedItem]] = {}
    for each in skipped:
        grouped.setdefault((each.kind, each.reason.partition(":")[0].removesuffix(".")), []).append(each)
    found = [_together(kind, what, files) for (kind, what), files in grouped.items()]
    return _few(sorted(found, key=lambda each: (not each.is_loss, -each.count, each.reason)))


def _together(kind: str, what: str, files: list[SkippedItem]) -> Skipped:
    counts = Counter(each.reason.partition(":")[2].strip().removesuffix(".") for each in files)
    details = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    reason = what
    if len(details) == 1:
        reason = files[0].reason.removesuffix(".")
    elif kind == "other":  # "not an image: .txt" and others
        more = f" and {len(details) - MOST_ENDINGS} more" if len(details) > MOST_ENDINGS else ""
        shown = ", ".join(f"{number:,} × {detail}" for detail, number in details[:MOST_ENDINGS])
        reason = f"{what}: {shown}{more}"
    return Skipped(reason, kind, tuple(files))


def _few(found: list[Skipped]) -> tuple[Skipped, ...]:
    if len(found) <= MOST_REASONS:
        return tuple(found)
    rest = found[MOST_REASONS - 1 :]
    files = tuple(file for each in rest for file in each.files)
    others = Skipped(f"{len(rest):,} other reasons", "image" if rest[0].is_loss else "other", files)
    return (*found[: MOST_REASONS - 1], others)
