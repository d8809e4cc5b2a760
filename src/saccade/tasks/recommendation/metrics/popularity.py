"""Which items are recommended: how many different ones, and how popular they are."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.metric_value import MetricValue
from saccade.tasks.recommendation.metrics.by_user import ByUser, UserRatio, per_user, relevant
from saccade.tasks.recommendation.questions import Questions

Floats = NDArray[np.float64]


def coverage(found: ByUser, items: int) -> MetricValue:
    """Return the share of all items that anybody is recommended; without an interval: fewer users have fewer items."""
    if found.recommended is None:
        return MetricValue(None)
    return MetricValue(len(np.unique(found.recommended[found.recommended >= 0])) / items)


def popularity_ratios(found: ByUser, shares: Floats) -> dict[str, UserRatio]:
    """Return "popularity" and "novelty" of what is recommended, means over all recommendations.

    Popularity is the share of the training users who rated an item, 0 to 1; novelty is how surprising it is that
    somebody did, -log2 of that share, in bits (Vargas and Castells 2011).

    Args:
        found: answers with a ranking.
        shares: (items,), the popularity of each.
    """
    if found.recommended is None:
        return {}
    there = found.recommended >= 0
    popular = np.where(there, shares[found.recommended], 0.0)
    bits = np.where(there, -np.log2(np.maximum(shares, _least(shares)))[found.recommended], 0.0)
    count = there.sum(axis=1).astype(np.float64)
    return {
        "popularity": UserRatio(popular.sum(axis=1), count),
        "novelty": UserRatio(bits.sum(axis=1), count),
    }


def relevant_popularity(questions: Questions, shares: Floats) -> UserRatio:
    """Return the mean popularity of what should be recommended."""
    wanted = relevant(questions)
    popular = np.where(wanted, shares[questions.asked.indices], 0.0)
    return UserRatio(per_user(questions, popular), per_user(questions, wanted))


def _least(shares: Floats) -> float:
    """Return the popularity of an item that nobody rated: as if it were the least that somebody did."""
    rated = shares[shares > 0]
    return float(rated.min()) if len(rated) else 1.0
