"""RecommendationEvaluation: how good expected ratings and rankings are, beside what simple means reach."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from rich.console import RenderableType

from saccade.core.finding import Finding
from saccade.core.metric_value import MetricValue
from saccade.core.other_data import Other
from saccade.core.rendering import Shown
from saccade.core.safe_json import Json
from saccade.core.type_validation import checked
from saccade.tasks.recommendation import evaluation_text
from saccade.tasks.recommendation.evaluation_text import NAMES, PURPOSES

LOWER_IS_BETTER = ("rmse", "mae")

COMPARED = ("rmse", "mae", "ndcg", "recall", "precision")
"""Measures of which one is better than another."""

Scores = Mapping[str, MetricValue]


@dataclass(frozen=True)
class Baseline:
    """What a simple means reaches on the same questions.

    Attributes:
        name: a file of `baselines/`.
        metrics: as those of the network; without those that it cannot have.
        gains: by how much the network is better, user by user; above 0 it is, whichever way the measure goes.
        chosen: the settings that it chose, by name.
    """

    name: str
    metrics: Scores
    gains: Scores
    chosen: Mapping[str, float] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Its name for reading."""
        titles = {"ease": "EASE", "item_knn": "item-kNN", "bias": "bias model"}
        return titles.get(self.name, self.name.replace("_", " "))


@dataclass(frozen=True)
class ColdGroup:
    """How good answers are where so many ratings of a user, or of an item, are known.

    Attributes:
        kind: "users" or "items": whose ratings are counted.
        least, most: how many are known; no end where `most` is None.
        members: users, or items.
        ratings: that were asked.
        network: "rmse", and of users "ndcg", of items "recall".
        best: the same of the baseline that is best over all, by the measure; `of` says which.
        of: its name, by the measure.
        gains: by how much the network is better there.
    """

    kind: str
    least: int
    most: int | None
    members: int
    ratings: int
    network: Scores
    best: Scores
    of: Mapping[str, str]
    gains: Scores

    @property
    def title(self) -> str:
        """So many known ratings: "5 to 19", "100 or more"."""
        if self.most is None:
            return f"{self.least} or more"
        return f"{self.least} to {self.most}"


@dataclass(frozen=True, kw_only=True)
class RecommendationEvaluation(Shown):
    """How good a network's expected ratings and rankings are on one part of the data.

    Attributes:
        split: "test", "validation" or "train".
        users: how many are asked for something.
        ratings: how many are asked.
        items: how many there are to recommend.
        liked_from: the rating, in stars, from which on an asked item is relevant.
        judged: users with a relevant item, of whom the ranking is measured.
        objective: the measure by which the network is judged: "rmse" or "ndcg".
        metrics: of the network, by the keys of `NAMES`; without those that are not defined.
        baselines: what to beat, by the objective, the weakest first.
        relevant_popularity: of the relevant items: the share of training users who rated them, 0 to 1.
        cold: by how much is known of users and items.
        findings: what is wrong, the worst first.
        when: time of the evaluation, UTC, ISO 8601.
        accesses: how often the split has been evaluated in this run, this time included.
        other_data: None: a network knows the items and users of its own data only.
    """

    split: str
    users: int
    ratings: int
    items: int
    liked_from: float
    judged: int
    objective: str
    metrics: Scores
    baselines: tuple[Baseline, ...]
    relevant_popularity: MetricValue
    cold: tuple[ColdGroup, ...]
    findings: tuple[Finding, ...]
    when: str
    accesses: int = 1
    other_data: Other | None = None

    @property
    def rmse(self) -> MetricValue | None:
        """Root mean squared error in stars; None where there is one level of ratings only."""
        return self.metrics.get("rmse")

    @property
    def ndcg(self) -> MetricValue | None:
        """Normalised discounted cumulative gain of ten recommendations, 0 to 1; None where nothing is ranked."""
        return self.metrics.get("ndcg")

    @property
    def headline(self) -> tuple[str, MetricValue | None]:
        """The measure that lists show, with its name."""
        return NAMES[self.objective], self.metrics.get(self.objective)

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the files beside evaluation.json in the run."""
        return "predictions.csv", "asked.csv", "baselines.csv"

    def best_baseline(self, measure: str = "") -> Baseline | None:
        """Return the best baseline by a measure, "rmse" say; by the objective when left out."""
        measure = measure or self.objective
        known = [each for each in self.baselines if _value(each.metrics, measure) is not None]
        order = min if measure in LOWER_IS_BETTER else max
        return order(known, key=lambda each: _value(each.metrics, measure) or 0.0, default=None)

    @property
    def use(self) -> dict[str, str]:
        """Which to use for what, by the keys of `PURPOSES`: "network", or a baseline that is not worse.

        Of two that chance may explain the difference of, it is the baseline: it is simpler.
        """
        found = {}
        for measure in PURPOSES:
            if measure in self.metrics:
                best = self.best_baseline(measure)
                wins = best is None or best.gains[measure].is_positive
                found[measure] = "network" if wins or best is None else best.name
        return found

    @property
    def verdict(self) -> str:
        """How good the network is, and whether something simpler is as good, in a few sentences."""
        return " ".join(evaluation_text.sentences(self))

    # As data

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON."""
        return {
            "task": "recommendation",
            **asdict(replace(self, baselines=(), cold=())),
            "metrics": _plain(self.metrics),
            "relevant_popularity": self.relevant_popularity.to_dict(),
            "baselines": [
                {**asdict(each), "metrics": _plain(each.metrics), "gains": _plain(each.gains)}
                for each in self.baselines
            ],
            "cold": [
                {**asdict(each), **{name: _plain(getattr(each, name)) for name in ("network", "best", "gains")}}
                for each in self.cold
            ],
            "use": self.use,
            "verdict": self.verdict,
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "RecommendationEvaluation":
        """Return the evaluation that `to_dict` described, or evaluation.json, where `accesses` are listed."""
        accesses, kept = content["accesses"], ("split", "users", "ratings", "items", "liked_from", "judged", "when")
        made = cls(
            **{name: content[name] for name in (*kept, "objective")},
            metrics=_scores(content["metrics"]),
            baselines=tuple(
                Baseline(**{**each, "metrics": _scores(each["metrics"]), "gains": _scores(each["gains"])})
                for each in content["baselines"]
            ),
            relevant_popularity=MetricValue(**content["relevant_popularity"]),
            cold=tuple(
                ColdGroup(**{**each, **{name: _scores(each[name]) for name in ("network", "best", "gains")}})
                for each in content["cold"]
            ),
            findings=tuple(Finding(**{**each, "examples": ()}) for each in content["findings"]),
            accesses=accesses if isinstance(accesses, int) else len(accesses),
        )
        return checked(made)

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return header and rows: the network and each baseline, every measure with its interval."""
        ends = ("value", "low", "high")
        header = ["model", *(name if end == "value" else f"{name}_{end}" for name in NAMES for end in ends)]
        models = [("network", self.metrics), *((each.name, each.metrics) for each in reversed(self.baselines))]
        nothing = MetricValue(None)
        rows = [
            [name, *(getattr(scores.get(measure, nothing), end) for measure in NAMES for end in ends)]
            for name, scores in models
        ]
        return header, rows

    def to_csv(self) -> str:
        """Return the scores of the network and of every baseline as CSV."""
        header, rows = self.table()
        text = io.StringIO()
        csv.writer(text).writerows([header, *rows])
        return text.getvalue()

    # For reading

    def _shown(self) -> Iterator[RenderableType]:
        return evaluation_text.lines(self)


def _value(scores: Scores, measure: str) -> float | None:
    return scores[measure].value if measure in scores else None


def _plain(scores: Scores) -> dict[str, dict[str, float | None]]:
    return {name: score.to_dict() for name, score in scores.items()}


def _scores(content: Mapping[str, Any]) -> dict[str, MetricValue]:
    return {name: MetricValue(**score) for name, score in content.items()}
