"""Other: what to know of data that a run is evaluated on and that are not its own."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from saccade.core.metric_value import MetricValue
from saccade.core.safe_json import Json

OTHER = "other"
"""The split that other data are in, beside those of the run's own."""

LEARNT_FROM = ("train", "validation", "calibration")
"""The run's splits that its network was fitted to, or its best epoch and its threshold were chosen by."""

NAMES = {"train": "training", "roc_auc": "ROC AUC", "average_precision": "average precision"}
"""What to call splits and metrics where not by their name."""


@dataclass(frozen=True)
class Other:
    """Labelled data that a run was not trained on.

    Attributes:
        name: what the user calls them: the name of the folder or file.
        source: where they are, as given.
        noun: what to call their rows: "images" or "rows".
        count: how many are scored.
        run: the folder of the run.
        content_hash: of all of them.
        split: which of their own splits is scored; "" for all of them.
        notes: what was left out, chosen or is different, a sentence each.
        seen: how many of them the run's own splits hold too, by split, near-duplicates included; None where the run's
            own data are not to be had.
        without_seen: scores without those that the network was fitted to or chosen by, by the metric's name; empty
            where there are none, or only such.
        recall: the share of anomalies that are alarms, where there are no normal ones to say more; else None.
    """

    name: str
    source: str
    noun: str
    count: int
    run: str
    content_hash: str
    split: str = ""
    notes: tuple[str, ...] = ()
    seen: Mapping[str, int] | None = None
    without_seen: Mapping[str, MetricValue] = field(default_factory=dict)
    recall: MetricValue | None = None

    @property
    def title(self) -> str:
        """Which data these are, and which they are not: one sentence."""
        split = f", split {self.split}" if self.split else ""
        return (
            f"On other data: {self.name} ({self.count:,} {self.noun}{split}). These are not the data that {self.run} "
            "was trained on, nor its test split."
        )

    @property
    def known(self) -> int:
        """How many of them the network was fitted to or chosen by."""
        return sum((self.seen or {}).get(split, 0) for split in LEARNT_FROM)

    @property
    def lead(self) -> tuple[str, ...]:
        """What comes before any number: which data these are, and whether the network has seen them."""
        if self.seen is None:
            return (self.title,)
        places = [f"{count:,} in its {NAMES.get(split, split)} split" for split, count in self.seen.items() if count]
        if not places:
            return self.title, f"None of the {self.noun} is also in the run's own data."
        return self.title, f"Also in the run's own data: {', '.join(places)}. {self._honest()}"

    def _honest(self) -> str:
        if not self.known:
            return "The network was fitted to none of them."
        if self.known == self.count:
            return "It has seen them all, so nothing here says how good it is on new ones."
        shown = ", ".join(f"{NAMES.get(name, name)} {score}" for name, score in self.without_seen.items())
        left = f"{self.count - self.known:,} {self.noun}"
        return f"The honest score is that without what it was fitted to or chosen by, on {left}: {shown or '–'}."

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON."""
        return {**asdict(self), "title": self.title}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Other":
        """Return what `to_dict` described."""
        plain = {name: value for name, value in content.items() if name != "title"}
        scores = {name: MetricValue(**score) for name, score in plain["without_seen"].items()}
        recall = plain["recall"] and MetricValue(**plain["recall"])
        return cls(**{**plain, "notes": tuple(plain["notes"]), "without_seen": scores, "recall": recall})
