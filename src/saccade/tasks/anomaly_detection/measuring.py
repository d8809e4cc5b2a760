"""Anomaly scores of one split → how good they are, beside what simple detectors say of the same rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core import registry
from saccade.core.finding import Finding
from saccade.core.metric_value import MetricValue
from saccade.core.progress_bar import progress
from saccade.tasks.anomaly_detection.evaluation import Detection, Probe, Promise, Rival
from saccade.tasks.anomaly_detection.metrics import Ranking, alarm_share, at_threshold, curve, difference, rankings

NETWORK, UNTRAINED = "network", "untrained"

Features = NDArray[np.float32]
Scores = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Scored:
    """What something says of the rows of a split.

    Attributes:
        scores: (n,), larger is stranger.
        trained_on: so many training rows.
    """

    scores: Scores
    trained_on: int = 0


@dataclass(frozen=True)
class Prevalence:
    """The share of anomalies that an evaluation speaks of, 0 to 1, and where that comes from."""

    share: float
    source: str


def prevalence(labels: Labels, table: Labels, stated: float | None) -> Prevalence | None:
    """Return the share of anomalies to weight a split to; None where it has not labels of both kinds.

    Args:
        labels: (n,) of the split: 1 for an anomaly, 0 for a normal row, -1 for none.
        table: (m,) of all rows of the table, in the splits or not.
        stated: by the user, or None.
    """
    if not _both(labels):
        return None
    if stated is not None:
        return Prevalence(stated, "stated")
    return Prevalence(float(np.mean(table[table >= 0])), "the table")


def _both(labels: Labels) -> bool:
    return bool((labels == 0).any() and (labels == 1).any())


def simple_detectors(training: Features, features: Features, *, seed: int, quiet: bool = True) -> dict[str, Scored]:
    """Return what each file of `baselines/` says of features (n, w), after fitting to training features (m, w)."""
    names, found = registry.names("detectors"), {}
    with progress("Fitting simple detectors", len(names), quiet=quiet) as advance:
        for name in names:
            detector = registry.load("detectors", name).make(seed).fit(training)
            found[name] = Scored(detector.score(features), detector.fitted_on)
            advance(1)
    return found


def detection(
    split: str,
    labels: Labels,
    scores: Scores,
    *,
    prevalence: Prevalence | None,
    threshold: float | None = None,
    promised: MetricValue | None = None,
    others: Mapping[str, Scored] | None = None,
    probes: Iterable[Probe] = (),
    findings: Iterable[Finding] = (),
    noun: str = "rows",
) -> Detection:
    """Return how good the scores of a split's rows are.

    Rows without a label count for the promise only, as normal ones.

    Args:
        split: its name.
        labels: (n,): 1 for an anomaly, 0 for a normal row, -1 for none.
        scores: (n,) of the network, finite, larger is stranger.
        prevalence: what to weight to; None where the split has not labels of both kinds.
        threshold: the frozen one: scores above it are alarms.
        promised: the share of false alarms among normal rows that it promised.
        others: what others say of the same rows, by name; "untrained" is the network before training.
        probes: how the network takes rows that cannot be.
        findings: what makes the numbers doubtful.
        noun: what to call the inputs: "rows", "images".
    """
    normal = scores[labels != 1]
    judged = _judged(labels, scores, prevalence, threshold, others or {}) if prevalence else {}
    return Detection(
        split=split,
        rows=len(labels),
        anomalies=int(np.sum(labels == 1)),
        unlabelled=int(np.sum(labels < 0)),
        when=datetime.now(UTC).isoformat(timespec="seconds"),
        promise=None
        if threshold is None or not promised or not len(normal)
        else _promise(normal, threshold, promised, noun),
        probes=tuple(probes),
        findings=tuple(findings),
        noun=noun,
        **judged,
    )


def _judged(
    labels: Labels, scores: Scores, prevalence: Prevalence, threshold: float | None, others: Mapping[str, Scored]
) -> dict[str, Any]:
    """Return what labels of both kinds allow to say."""
    known, share = labels >= 0, prevalence.share
    labels, all_scores = labels[known], {NETWORK: scores, **{name: each.scores for name, each in others.items()}}
    ranked = rankings(labels, {name: each[known] for name, each in all_scores.items()}, prevalence=share)
    network = ranked.pop(NETWORK)
    rivals = {name: _rival(name, each, network, others[name].trained_on) for name, each in ranked.items()}
    untrained = rivals.pop(UNTRAINED, None)
    return {
        "prevalence": share,
        "prevalence_from": prevalence.source,
        "roc_auc": network.roc_auc,
        "average_precision": network.average_precision,
        "at_threshold": None if threshold is None else at_threshold(labels, scores[known], threshold, prevalence=share),
        "curve": curve(labels, scores[known], prevalence=share),
        "rivals": tuple(sorted(rivals.values(), key=lambda each: each.roc_auc.value or 0)),
        "untrained": untrained,
    }


def _rival(name: str, ranking: Ranking, network: Ranking, trained_on: int) -> Rival:
    return Rival(
        name=name,
        roc_auc=ranking.roc_auc,
        average_precision=ranking.average_precision,
        roc_auc_gain=difference(ranking, network, "roc_auc"),
        average_precision_gain=difference(ranking, network, "average_precision"),
        trained_on=trained_on,
    )


def _promise(scores: Scores, threshold: float, promised: MetricValue, noun: str) -> Promise:
    return Promise(threshold, promised, alarm_share(scores, threshold), len(scores), noun)
