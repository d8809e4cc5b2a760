"""Detection: how well a network finds anomalies in one part of a table, with intervals, and how to show it."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from rich.console import RenderableType

from saccade.core.finding import Finding
from saccade.core.metric_value import Curve, MetricValue
from saccade.core.other_data import Other
from saccade.core.rendering import Shown
from saccade.core.safe_json import Json
from saccade.core.type_validation import checked
from saccade.tasks.anomaly_detection.evaluation_text import lines, sentences

Measure = Literal["roc_auc", "average_precision"]
Outcome = Literal["kept", "more", "fewer", "unknown"]


@dataclass(frozen=True)
class AtThreshold:
    """What a frozen threshold does to rows with labels; a row is an alarm when its score is above it.

    Attributes:
        threshold: of the scores.
        caught: anomalies that are alarms.
        missed: anomalies that are not.
        false_alarms: normal rows that are alarms.
        passed: normal rows that are not.
        recall: the share of anomalies that are caught.
        false_alarm_rate: the share of normal rows that are alarms.
        precision: the share of anomalies among alarms, at the prevalence; not defined without alarms.
        f1: the harmonic mean of precision and recall, at the prevalence.
        alarms: of a thousand rows, at the prevalence.
    """

    threshold: float
    caught: int
    missed: int
    false_alarms: int
    passed: int
    recall: MetricValue
    false_alarm_rate: MetricValue
    precision: MetricValue
    f1: MetricValue
    alarms: MetricValue


@dataclass(frozen=True)
class Promise:
    """What a threshold promised, and what came of it.

    Attributes:
        threshold: of the scores.
        promised: the share of false alarms among normal rows that calibration led to expect.
        found: the share of alarms among the normal rows of the split, those without a label counted with them.
        rows: so many rows.
        noun: what to call them: "rows", "images".
    """

    threshold: float
    promised: MetricValue
    found: MetricValue
    rows: int
    noun: str = "rows"

    @property
    def outcome(self) -> Outcome:
        """Whether it was kept; "more" or "fewer" alarms where chance does not explain the difference."""
        most = self.promised.value if self.promised.high is None else self.promised.high
        least = self.promised.value if self.promised.low is None else self.promised.low
        if self.found.low is None or self.found.high is None or most is None or least is None:
            return "unknown"
        if self.found.low > most:
            return "more"
        return "fewer" if self.found.high < least else "kept"

    @property
    def sentence(self) -> str:
        """Whether it was kept, in words."""
        return (
            f"Of {self.rows:,} {self.noun} that are not labelled as anomalies {_share(self.found)} are alarms; "
            f"{_share(self.promised)} was promised{_OUTCOMES[self.outcome].format(noun=self.noun)}"
        )


_OUTCOMES: dict[Outcome, str] = {
    "kept": ": kept, as far as these {noun} can tell.",
    "more": ": more than chance explains. The {noun} have changed, or there are anomalies among them.",
    "fewer": ": fewer than chance explains. A lower threshold would catch more at the promised price.",
    "unknown": ".",
}


@dataclass(frozen=True)
class Rival:
    """What another way to score the same rows reaches.

    Attributes:
        name: a file of `baselines/`, or "untrained": the same network before training.
        roc_auc: of its scores.
        average_precision: likewise, at the prevalence.
        roc_auc_gain: the network's minus this one, with the interval of a paired bootstrap.
        average_precision_gain: likewise.
        trained_on: so many training rows.
    """

    name: str
    roc_auc: MetricValue
    average_precision: MetricValue
    roc_auc_gain: MetricValue
    average_precision_gain: MetricValue
    trained_on: int = 0

    @property
    def title(self) -> str:
        """Its name for reading."""
        return {"pca": "PCA", "ecod": "ECOD"}.get(self.name, self.name.replace("_", " "))

    @property
    def beaten(self) -> bool:
        """Whether the network is better by one of the measures, and chance does not explain it."""
        return self.roc_auc_gain.is_positive or self.average_precision_gain.is_positive

    def gain(self, measure: Measure) -> MetricValue:
        """Return by how much the network is better."""
        return self.roc_auc_gain if measure == "roc_auc" else self.average_precision_gain

    def score(self, measure: Measure) -> MetricValue:
        """Return what it reaches itself."""
        return self.roc_auc if measure == "roc_auc" else self.average_precision


@dataclass(frozen=True)
class Probe:
    """How the network takes rows that cannot be: does its score grow, or does it copy them?

    Attributes:
        name: "3 deviations", "10 deviations" and so on from a training row, in a random direction; or "shuffled":
            every column drawn from another row, so that each value is usual and the row is not.
        roc_auc: the probability that such a row scores higher than a normal row that was not trained on.
        copied: the share of a probe's squared length that the network reproduces, 0 to 1, median; None where
            its errors are not squared differences.
        untrained: ROC AUC of the same network before training.
        gain: by how much training made it better.
    """

    name: str
    roc_auc: MetricValue
    copied: float | None = None
    untrained: MetricValue | None = None
    gain: MetricValue | None = None


@dataclass(frozen=True)
class Detection(Shown):
    """How well a network finds anomalies in one part of a table.

    Attributes:
        split: "test", "calibration" or "validation"; "other" for data that are not the run's own.
        rows: how many, with and without labels.
        anomalies: how many of them are labelled as anomalies.
        unlabelled: how many have no label.
        when: time of the evaluation, UTC, ISO 8601.
        prevalence: the share of anomalies that every number here speaks of, 0 to 1; None without labels of both kinds.
        prevalence_from: where that comes from: "stated" or "the table".
        roc_auc: the probability that an anomaly scores higher than a normal row; None without labels of both kinds.
        average_precision: mean precision over the anomalies' scores, likewise.
        at_threshold: what the frozen threshold does; None without one, or without labels of both kinds.
        promise: whether it does what calibration promised; None without a threshold.
        curve: what every threshold would do, see `metrics.curves`.
        rivals: what to beat, the weakest first.
        untrained: the same network before training.
        probes: how it takes rows that cannot be.
        findings: what makes these numbers doubtful.
        accesses: how often the split has been evaluated in this run, this time included.
        other_data: which data these are and what to know of them; None for the run's own.
        noun: what to call the inputs: "rows", "images".
    """

    split: str
    rows: int
    anomalies: int
    unlabelled: int
    when: str
    prevalence: float | None = None
    prevalence_from: str = ""
    roc_auc: MetricValue | None = None
    average_precision: MetricValue | None = None
    at_threshold: AtThreshold | None = None
    promise: Promise | None = None
    curve: Curve | None = None
    rivals: tuple[Rival, ...] = ()
    untrained: Rival | None = None
    probes: tuple[Probe, ...] = ()
    findings: tuple[Finding, ...] = ()
    accesses: int = 1
    other_data: Other | None = None
    noun: str = "rows"

    @property
    def normal(self) -> int:
        """So many rows are labelled as normal."""
        return self.rows - self.anomalies - self.unlabelled

    @property
    def split_prevalence(self) -> float | None:
        """The share of anomalies among the labelled rows of the split itself."""
        labelled = self.rows - self.unlabelled
        return self.anomalies / labelled if labelled else None

    def best_rival(self, measure: Measure = "roc_auc") -> Rival | None:
        """Return the best of the simple detectors: what to beat."""
        return max(self.rivals, key=lambda each: each.score(measure).value or 0, default=None)

    @property
    def verdict(self) -> str:
        """How good the network is, and whether something simpler is better, in a few sentences."""
        lead = self.other_data.lead if self.other_data else ()
        return " ".join([*lead, *sentences(self)])

    # As data

    @property
    def headline(self) -> tuple[str, MetricValue | None]:
        """The measure that lists show, with its name; None without labels of both kinds."""
        return "ROC AUC", self.roc_auc

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the files beside evaluation.json in the run."""
        return ("predictions.csv",)

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON."""
        plain = asdict(replace(self, curve=None, other_data=None))
        curve = self.curve and {name: list(column) for name, column in self.curve.columns.items()}
        other = self.other_data.to_dict() if self.other_data else None
        return {"task": "anomaly_detection", **plain, "other_data": other, "curve": curve, "verdict": self.verdict}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Detection":
        """Return the detection that `to_dict` described, or evaluation.json, where `accesses` are listed."""
        known = {each.name for each in fields(cls)} - {"other_data"}
        accesses, curve = content["accesses"], content["curve"]
        read = {
            **{name: content[name] for name in known},
            "accesses": accesses if isinstance(accesses, int) else len(accesses),
            "other_data": Other.from_dict(content["other_data"]) if content.get("other_data") else None,
            "curve": curve and Curve({name: tuple(column) for name, column in curve.items()}),
            "roc_auc": _score(content["roc_auc"]),
            "average_precision": _score(content["average_precision"]),
            "at_threshold": _built(AtThreshold, content["at_threshold"]),
            "promise": _built(Promise, content["promise"]),
            "untrained": _built(Rival, content["untrained"]),
            "rivals": tuple(_built(Rival, each) for each in content["rivals"]),
            "probes": tuple(_built(Probe, each) for each in content["probes"]),
            "findings": tuple(
                Finding(**{**each, "examples": tuple(tuple(row) for row in each["examples"])})
                for each in content["findings"]
            ),
        }
        return checked(cls(**read))

    def to_csv(self) -> str:
        """Return what every threshold would do as CSV, a row each; only the names without labels of both kinds."""
        columns = self.curve.columns if self.curve else {"threshold": ()}
        text = io.StringIO()
        csv.writer(text).writerows([tuple(columns), *zip(*columns.values(), strict=True)])
        return text.getvalue()

    # For reading

    def _shown(self) -> Iterator[RenderableType]:
        return lines(self)


def _score(plain: Any) -> Any:
    """Return the score that was written as a mapping; anything else as it is."""
    return MetricValue(**plain) if isinstance(plain, Mapping) else plain


def _built(kind: type, plain: Mapping[str, Any] | None) -> Any:
    return kind(**{name: _score(value) for name, value in plain.items()}) if plain else None


def _share(score: MetricValue) -> str:
    if score.value is None:
        return "–"
    interval = "" if score.low is None else f" ({score.low:.2%} to {score.high:.2%})"
    return f"{score.value:.2%}{interval}"
