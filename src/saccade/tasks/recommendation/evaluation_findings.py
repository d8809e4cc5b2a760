"""What is wrong with recommendations, or makes their numbers doubtful: something simpler is as good, cold users."""

from collections.abc import Iterator

import numpy as np

from saccade.core.finding import Finding, plural
from saccade.modalities.ratings.dataset import PARTS, RatingsDataset
from saccade.tasks.recommendation.baseline_answers import too_large
from saccade.tasks.recommendation.evaluation import RecommendationEvaluation
from saccade.tasks.recommendation.evaluation_text import NAMES, PURPOSES
from saccade.tasks.recommendation.questions import Questions

FEW_USERS = 30
"""Users with a relevant item, below which intervals say little."""

TOO_POPULAR = 1.5
"""So many times as popular as what users like, recommendations favour what everybody knows."""

NARROW = 0.05
"""Coverage below which everybody is recommended the same few items."""

FEW_ITEMS = 200
"""Below so many items, ten recommendations cover much anyhow."""


def findings(evaluation: RecommendationEvaluation, questions: Questions, dataset: RatingsDataset) -> Iterator[Finding]:
    """Yield what is wrong with a network or its numbers, of what was found and the data."""
    yield from _no_better(evaluation)
    yield from _few(evaluation)
    yield from _popular(evaluation)
    yield from _narrow(evaluation)
    yield from _cold(evaluation)
    yield from _future(evaluation, dataset)
    yield from _left_out(questions)


def _no_better(evaluation: RecommendationEvaluation) -> Iterator[Finding]:
    for measure, purpose in PURPOSES.items():
        best = evaluation.best_baseline(measure)
        if measure not in evaluation.use or best is None or best.gains[measure].is_positive:
            continue
        gap = best.gains[measure]
        worse = gap.high is not None and gap.high < 0
        judged = measure == evaluation.objective
        yield Finding(
            kind="no_better_than_a_baseline",
            severity="severe" if judged else "note",
            title=f"By {NAMES[measure]} {best.title} is {'better' if worse else 'as good'} {purpose}.",
            advice=f"Use that {purpose}, or train longer, on more ratings or with other settings."
            if judged
            else f"This network is made for {_other(measure)}: use {best.title} {purpose}.",
            share=1.0,
            values={"measure": measure, "baseline": best.name, **gap.to_dict()},
        )


def _other(measure: str) -> str:
    return "choosing what to recommend" if measure == "rmse" else "foretelling ratings"


def _few(evaluation: RecommendationEvaluation) -> Iterator[Finding]:
    if evaluation.judged < FEW_USERS and evaluation.ndcg:
        yield Finding(
            kind="few_users",
            severity="warning",
            title=f"Only {plural(evaluation.judged, 'user has', 'users have')} a rating of {evaluation.liked_from:g} "
            "or more among those asked: with others, the ranking's numbers can be quite different.",
            advice="Go by the intervals, not by the values, and hold out more with --test.",
            values={"judged": evaluation.judged},
        )


def _popular(evaluation: RecommendationEvaluation) -> Iterator[Finding]:
    shown, liked = evaluation.metrics.get("popularity"), evaluation.relevant_popularity
    if shown is None or shown.low is None or not liked.high or shown.low <= TOO_POPULAR * liked.high:
        return
    yield Finding(
        kind="popularity_bias",
        severity="note",
        title=f"It favours what is popular: {shown.value:.0%} of the users have rated an item that it recommends, "
        f"{liked.value:.0%} one that users turn out to like.",
        advice="nDCG and recall reward that, since popular items are asked for more often. Who wants to be shown what "
        "they do not know may be served worse than these numbers say.",
        values={"recommended": shown.value, "relevant": liked.value},
    )


def _narrow(evaluation: RecommendationEvaluation) -> Iterator[Finding]:
    covered = evaluation.metrics.get("coverage")
    if covered is None or covered.value is None or covered.value >= NARROW or evaluation.items < FEW_ITEMS:
        return
    count = round(covered.value * evaluation.items)
    yield Finding(
        kind="few_items_recommended",
        severity="warning",
        title=f"All lists together name {count:,} of {evaluation.items:,} items ({covered.value:.1%}).",
        advice="Everybody is recommended nearly the same. A larger network or a longer training tells users better "
        "apart.",
        share=1 - covered.value,
        values={"items": count},
    )


def _cold(evaluation: RecommendationEvaluation) -> Iterator[Finding]:
    """Yield the first group of users, and of items, in which a baseline is better, though over all it is not."""
    for measure in evaluation.use:
        for each in evaluation.cold:
            gap = each.gains.get(measure)
            overall = evaluation.best_baseline(measure)
            lost = gap is not None and gap.high is not None and gap.high < 0
            if not lost or overall is None or not overall.gains[measure].is_positive:
                continue
            name = next(base.title for base in evaluation.baselines if base.name == each.of[measure])
            yield Finding(
                kind="cold_start",
                severity="warning",
                title=f"Where {each.title} ratings of {'a user' if each.kind == 'users' else 'an item'} are known, "
                f"{name} is better ({NAMES[measure]} {each.best[measure].value:.3f}, the network "
                f"{each.network[measure].value:.3f}).",
                advice=f"There are {plural(each.members, each.kind[:-1], each.kind)} of that kind here: use {name} for "
                "those, or ask people for more ratings first.",
                share=each.ratings / evaluation.ratings,
                values={"kind": each.kind, "least": each.least, "most": each.most},
            )
            break


def _future(evaluation: RecommendationEvaluation, dataset: RatingsDataset) -> Iterator[Finding]:
    """Yield that answers could use ratings that were given after those that are asked."""
    share = _asked_before(dataset, evaluation.split)
    if share:
        yield Finding(
            kind="the_future_is_known",
            severity="note",
            title=f"{share:.0%} of the asked ratings are older than another of the same user that was known.",
            advice="Such numbers can be compared with published ones, but are kinder than use, where nobody knows what "
            "comes later: --split-by time holds out the latest.",
            share=share,
        )


def _asked_before(dataset: RatingsDataset, split: str) -> float:
    """Return the share of asked ratings that are older than the latest known one of the same user."""
    own = dataset.ratings
    known, asked = (
        np.isin(dataset.parts, [place for place, part in enumerate(PARTS) if part in parts])
        for parts in (("train", f"{split} known"), (split,))
    )
    if own.time is None or split == "train" or not asked.any():
        return 0.0
    latest = np.full(len(own.users), np.iinfo(np.int64).min)
    np.maximum.at(latest, own.user[known], own.time[known])
    return float(np.mean(own.time[asked] < latest[own.user[asked]]))


def _left_out(questions: Questions) -> Iterator[Finding]:
    left = too_large(questions.items)
    if left:
        most = min(left.values())
        yield Finding(
            kind="baselines_left_out",
            severity="note",
            title=f"{' and '.join(sorted(left))} were left out: they need memory for every pair of {questions.items:,} "
            f"items, and are compared up to {most:,}.",
            advice="Leave out items with few ratings to compare with them: they are hard to beat.",
            values={"items": questions.items, **left},
        )
