"""Evaluate a run that recommends on one split of its data, beside baselines that learnt from the same ratings."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import Model
from saccade.core.finding import worst_first
from saccade.core.metric_value import MetricValue
from saccade.core.run import Run
from saccade.evaluation import test_access_log
from saccade.evaluation.opening_split import OpenedSplit, open_split
from saccade.inference import load_model
from saccade.modalities.ratings.dataset import RatingsDataset
from saccade.models import recommenders
from saccade.tasks.recommendation import cold_start
from saccade.tasks.recommendation.baseline_answers import Answered, baselines
from saccade.tasks.recommendation.cold_start import Bucket
from saccade.tasks.recommendation.evaluation import (
    COMPARED,
    LOWER_IS_BETTER,
    Baseline,
    ColdGroup,
    RecommendationEvaluation,
)
from saccade.tasks.recommendation.evaluation_findings import findings
from saccade.tasks.recommendation.metrics.by_user import (
    ByUser,
    UserRatio,
    by_user,
    error_ratios,
    per_user,
    ranking_ratios,
    relevant,
)
from saccade.tasks.recommendation.metrics.popularity import coverage, popularity_ratios, relevant_popularity
from saccade.tasks.recommendation.metrics.resampling import Measured, measured
from saccade.tasks.recommendation.network_answers import answering
from saccade.tasks.recommendation.questions import Questions, questions_of

NETWORK = "network"

HEADER = (
    "user",
    "known",
    "asked",
    "relevant",
    "squared_error",
    "absolute_error",
    "ndcg",
    "recall",
    "precision",
    "recommended",
    "asked_hash",
)
"""Of predictions.csv, a user a row: errors are sums over the asked ratings; `recommended` is a JSON list of items."""

Measures = Mapping[tuple[Any, ...], Measured]


def evaluate(
    run: Run,
    *,
    split: str | None = None,
    data: str | None = None,
    model: Model = None,
    quiet: bool = True,
) -> RecommendationEvaluation:
    """Return how good the expected ratings and rankings of the run's network are on one split of its data.

    What is written and when, arguments and errors are those of `Task.evaluate`.
    """
    opened: OpenedSplit[RatingsDataset] = open_split(run, split=split, data=data, quiet=quiet)
    dataset = opened.dataset
    questions = questions_of(dataset, opened.split)
    network = load_model(run) if model is None else model
    found = by_user(questions, questions.answered(answering(network, dataset.scale)))
    training = dataset.known("train")
    others = baselines(training, questions, quiet=quiet)
    counts = np.bincount(training.indices, minlength=questions.items)
    shares = counts / max(1, training.shape[0])
    judged = Judged(questions, found, others, counts, shares)
    evaluation = scored(judged, split=opened.split, objective=objective_of(run, dataset))
    evaluation = replace(evaluation, findings=worst_first(findings(evaluation, questions, dataset)))
    return _keep_test(opened, evaluation, judged) if opened.split == "test" else evaluation


def objective_of(run: Run, dataset: RatingsDataset) -> str:
    """Return by which measure the network of a run is judged: "ndcg" where it is made for the order of items."""
    return "ndcg" if dataset.scale.is_implicit or recommenders.ranks(run.recipe.model.name) else "rmse"


@dataclass(frozen=True)
class Judged:
    """Everything that an evaluation is made of.

    Attributes:
        questions: that were asked.
        found: what the network said.
        baselines: what they said, by name.
        counts: (items,), ratings in training.
        shares: (items,), the share of training users who rated each.
    """

    questions: Questions
    found: ByUser
    baselines: Mapping[str, Answered]
    counts: NDArray[np.int64]
    shares: NDArray[np.float64]

    @property
    def everyone(self) -> dict[str, ByUser]:
        """What the network and each baseline said."""
        return {NETWORK: self.found, **{name: each.found for name, each in self.baselines.items()}}


def scored(judged: Judged, *, split: str, objective: str) -> RecommendationEvaluation:
    """Return how good answers are, without findings."""
    questions = judged.questions
    groups = list(cold_start.buckets(questions, judged.counts))
    ratios: dict[tuple[Any, ...], UserRatio] = {("relevant",): relevant_popularity(questions, judged.shares)}
    for name, found in judged.everyone.items():
        whole = _ratios(questions, found, judged.shares)
        ratios |= {(name, measure): ratio for measure, ratio in whole.items()}
        for group in groups:
            parts = cold_start.bucket_ratios(questions, found, group)
            ratios |= {(name, *group.key, measure): ratio for measure, ratio in parts.items()}
    known = measured(ratios)
    made = tuple(
        Baseline(name, _metrics(judged, known, name), _gains(known, name), each.chosen)
        for name, each in judged.baselines.items()
    )
    evaluation = RecommendationEvaluation(
        split=split,
        users=len(questions),
        ratings=int(questions.asked.nnz),
        items=questions.items,
        liked_from=float(questions.liked_from),
        judged=int((per_user(questions, relevant(questions)) > 0).sum()),
        objective=objective,
        metrics=_metrics(judged, known, NETWORK),
        baselines=_weakest_first(made, objective),
        relevant_popularity=known["relevant",].score(),
        cold=(),
        findings=(),
        when=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return replace(evaluation, cold=tuple(_group(evaluation, known, each) for each in groups))


def _ratios(questions: Questions, found: ByUser, shares: NDArray[np.float64]) -> dict[str, UserRatio]:
    return {
        **error_ratios(questions, found),
        **ranking_ratios(questions, found),
        **popularity_ratios(found, shares),
    }


def _metrics(judged: Judged, known: Measures, name: str) -> dict[str, MetricValue]:
    scores = {key[1]: value.score() for key, value in known.items() if key[0] == name and len(key) == 2}
    return {**scores, **_covered(judged, name)}


def _covered(judged: Judged, name: str) -> dict[str, MetricValue]:
    found = judged.everyone[name]
    return {} if found.recommended is None else {"coverage": coverage(found, judged.questions.items)}


def _gains(known: Measures, name: str, *where: object) -> dict[str, MetricValue]:
    """Return by how much the network is better than another by every measure that both have."""
    keys = {measure: ((NETWORK, *where, measure), (name, *where, measure)) for measure in COMPARED}
    both = {measure: pair for measure, pair in keys.items() if all(key in known for key in pair)}
    return {measure: _gain(measure, *(known[key] for key in pair)) for measure, pair in both.items()}


def _gain(measure: str, network: Measured, other: Measured) -> MetricValue:
    return other.minus(network) if measure in LOWER_IS_BETTER else network.minus(other)


def _weakest_first(baselines: Sequence[Baseline], objective: str) -> tuple[Baseline, ...]:
    """Return baselines by the objective; before them those that it does not measure, by the other one."""
    other = {"rmse": "ndcg", "ndcg": "rmse"}[objective]
    return tuple(sorted(baselines, key=lambda each: (_worth_of(each, objective), _worth_of(each, other))))


def _worth_of(baseline: Baseline, measure: str) -> float:
    score = baseline.metrics.get(measure, MetricValue(None)).value
    if score is None:
        return -np.inf
    return -score if measure in LOWER_IS_BETTER else score


def _group(evaluation: RecommendationEvaluation, known: Measures, bucket: Bucket) -> ColdGroup:
    """Return how good the network is in a group, beside those that are best over all."""
    measures = ("rmse", "ndcg" if bucket.kind == "users" else "recall")
    own = {each: known[key].score() for each in measures if (key := (NETWORK, *bucket.key, each)) in known}
    best = {each: found.name for each in own if (found := evaluation.best_baseline(each))}
    return ColdGroup(
        kind=bucket.kind,
        least=bucket.least,
        most=bucket.most,
        members=bucket.members,
        ratings=int(bucket.chosen.sum()),
        network=own,
        best={each: known[name, *bucket.key, each].score() for each, name in best.items()},
        of=best,
        gains={each: _gains(known, name, *bucket.key)[each] for each, name in best.items()},
    )


# What is kept


def _keep_test(
    opened: OpenedSplit[RatingsDataset], evaluation: RecommendationEvaluation, judged: Judged
) -> RecommendationEvaluation:
    """Record that the sealed test split was opened, and write everything that was seen; evaluation.json last."""
    run, dataset = opened.run, opened.dataset
    seen = {name: evaluation.metrics[name].value for name in ("rmse", "ndcg") if name in evaluation.metrics}
    record = test_access_log.with_another(run, when=evaluation.when, **seen)
    evaluation = replace(evaluation, accesses=len(record))
    keys = asked_hashes(judged.questions, dataset)
    run.write_table("predictions", HEADER, _user_rows(judged, dataset, keys))
    run.write_table("asked", ("user", "item", "rating", "expected", "place"), _asked_rows(judged, dataset))
    run.write_table("baselines", *evaluation.table())
    split_hash = hashlib.sha256("".join(keys).encode()).hexdigest()
    run.write_evaluation({**evaluation.to_dict(), "accesses": record, "split_hash": split_hash})
    return evaluation


def asked_hashes(questions: Questions, dataset: RatingsDataset) -> list[str]:
    """Return for each user a digest of what is asked: equal items and ratings, equal digest."""
    asked = questions.asked
    names = np.array(dataset.ratings.items, dtype=np.str_)
    parts = (slice(*asked.indptr[user : user + 2]) for user in range(len(questions)))
    pairs = ((names[asked.indices[part]].tolist(), asked.data[part].tolist()) for part in parts)
    return [hashlib.sha256(json.dumps(pair).encode()).hexdigest()[:16] for pair in pairs]


def _user_rows(judged: Judged, dataset: RatingsDataset, keys: Sequence[str]) -> Iterator[Sequence[object]]:
    """Yield what was said of each user, and what it was worth; nothing where it is not defined."""
    questions, found = judged.questions, judged.found
    ratios = {**error_ratios(questions, found), **ranking_ratios(questions, found)}
    wanted = per_user(questions, relevant(questions)).astype(int).tolist()
    known, asked = (np.diff(each.indptr).tolist() for each in (questions.known, questions.asked))
    names, users = dataset.ratings.items, dataset.ratings.users
    for row, user in enumerate(dataset.users_of("test").tolist()):
        listed = [] if found.recommended is None else [names[item] for item in found.recommended[row] if item >= 0]
        worth = [_worth(ratios.get(name), row) for name in ("rmse", "mae", "ndcg", "recall", "precision")]
        yield users[user], known[row], asked[row], wanted[row], *worth, json.dumps(listed), keys[row]


def _worth(ratio: UserRatio | None, row: int) -> str:
    return "" if ratio is None or not ratio.below[row] else repr(float(ratio.above[row]))


def _asked_rows(judged: Judged, dataset: RatingsDataset) -> Iterator[Sequence[object]]:
    """Yield each asked rating with what was expected, and at which place its item is recommended, from 1 on."""
    asked, found = judged.questions.asked, judged.found
    users = np.repeat(dataset.users_of("test"), np.diff(asked.indptr)).tolist()
    expected = (
        [""] * asked.nnz if found.expected is None else [repr(round(each, 6)) for each in found.expected.tolist()]
    )
    places = [-1] * asked.nnz if found.places is None else found.places.tolist()
    own = dataset.ratings
    columns = users, asked.indices.tolist(), asked.data.tolist(), expected, places
    for user, item, rating, guess, place in zip(*columns, strict=True):
        yield own.users[user], own.items[item], dataset.scale.text(rating), guess, place + 1 if place >= 0 else ""
