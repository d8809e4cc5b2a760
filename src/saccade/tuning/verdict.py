"""Verdict: whether what a search found is better than the recipe, and how much of its lead was luck."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from saccade.core.metric_value import MetricValue

CUT_SHORT = 0.5
"""Of the seconds that a trial learnt: with fewer, a last training is no repetition of it."""

Z = 1.96
"""Standard errors, in half of a 95% interval."""


@dataclass(frozen=True)
class Verdict:
    """How the winner of a search compares with the recipe, on rows that no trial has seen.

    Attributes:
        trial: the winner's number; 0: there was time for no other than the recipe, which was trained alone.
        changes: of the recipe, by setting.
        measure: by which the search chose.
        seeds: pairs of trainings, as long as each other.
        seconds: that each took, the mean, with its comparison.
        rows: that were kept back, by which they are compared.
        lead: by how much the winner is better there, with its paired 95% interval.
        leads: of each pair.
        led_by: its lead when it was chosen, by `measure`; None where the recipe had no such training.
        retrained: its lead by the same measure on the same rows, trained anew; the mean over seeds.
        best_run: the best of its runs by that measure.
        remarks: what else the task says of both, such as how many alarms there are; a sentence each.
        learnt: how long the last trainings learnt beside their trials, at least: 1 for as long; None: not known.
    """

    trial: int
    changes: Mapping[str, Any]
    measure: str
    seeds: int
    seconds: float
    rows: int
    lead: MetricValue
    leads: tuple[float, ...]
    led_by: float | None
    retrained: float
    best_run: str
    remarks: tuple[str, ...] = ()
    learnt: float | None = None

    @property
    def is_cut_short(self) -> bool:
        """Whether a last training had so little time to learn that it says nothing of its settings."""
        return self.learnt is not None and self.learnt < CUT_SHORT

    @property
    def is_alone(self) -> bool:
        """Whether the recipe was trained alone, and nothing was compared."""
        return self.trial == 0

    @property
    def is_better(self) -> bool:
        """Whether the whole interval lies above 0."""
        return not self.is_cut_short and self.lead.low is not None and self.lead.low > 0

    @property
    def sentence(self) -> str:
        """The result in a sentence."""
        if self.is_alone:
            return f"There was no time to try other settings: the recipe itself was trained, for {self.seconds:.0f} s."
        if self.learnt is not None and self.is_cut_short:
            return (
                f"Whether it is better cannot be told: a last training learnt for less than "
                f"{math.floor(100 * self.learnt) + 1}% of the time that its trial did, as the machine had become "
                "slower. Search again with a longer --budget."
            )
        value, low, high = self.lead.value or 0.0, self.lead.low or 0.0, self.lead.high or 0.0
        trainings = f"{self.seeds} trainings" if self.seeds > 1 else "one training"
        on = f"on {self.rows:,} rows that the search never saw, after {trainings} each"
        if self.is_better:
            return f"Better than the recipe by {value:.4f} ({low:.4f} to {high:.4f}) {on}."
        if high < 0:
            return f"Not better: worse than the recipe by {-value:.4f} ({-high:.4f} to {-low:.4f}) {on}."
        return f"Not better than the recipe, as far as one can tell: {value:+.4f} ({low:+.4f} to {high:+.4f}) {on}."

    @property
    def selection(self) -> str:
        """How much of the lead was luck, in a sentence; "" where the recipe had no training to compare with."""
        if self.led_by is None or self.is_cut_short:
            return ""
        if self.led_by <= 0:
            return f"No trial was better than the recipe in the search either: the best was at {self.led_by:+.4f}."
        rest = "the choice was no luck" if self.retrained >= self.led_by else "the rest was luck in choosing"
        return (
            f"When it was chosen, it led by {self.led_by:+.4f} in {self.measure}. Trained anew with other seeds, it "
            f"leads by {self.retrained:+.4f} on the same rows: {rest}."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values for JSON."""
        said = {"better": self.is_better, "verdict": self.sentence, "selection": self.selection}
        return {**asdict(self), "lead": self.lead.to_dict(), **said}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return what `to_dict` described; raises KeyError or TypeError."""
        plain = {name: content[name] for name in cls.__dataclass_fields__ if name in content}  # older ones have fewer
        read = {"leads": tuple(content["leads"]), "remarks": tuple(content.get("remarks", ()))}
        return cls(**{**plain, **read, "lead": MetricValue(**content["lead"])})


def mean_lead(leads: Sequence[MetricValue]) -> MetricValue:
    """Return the mean of leads on the same rows, of pairs with different seeds, with its 95% interval.

    The rows are the same for all pairs, so their part of the variance does not shrink with the number of seeds: it is
    the mean of the pairs' own. What seeds add does: their variance over their number. Too wide rather than too narrow,
    as a pair's own interval has something of its seeds already.

    Args:
        leads: (k,), one a pair.
    """
    values = np.array([each.value or 0.0 for each in leads])
    halves = [(each.high - each.low) / 2 for each in leads if each.low is not None and each.high is not None]
    by_rows = float(np.mean(np.square(halves))) / Z**2 if halves else 0.0
    by_seeds = float(values.var(ddof=1)) / len(values) if len(values) > 1 else 0.0
    half, mean = Z * math.sqrt(by_rows + by_seeds), float(values.mean())
    return MetricValue(mean, mean - half, mean + half)
