"""What somebody's answers are worth, user by user: all that scores, intervals and comparisons are made of."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saccade.tasks.recommendation.metrics.ranking import BEST, LENGTH, gains, places_of, recommended
from saccade.tasks.recommendation.questions import Answer, Questions, row_numbers

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ByUser:
    """What answers to questions are worth.

    Attributes:
        expected: (ratings,) for each asked rating, in the order of the matrix; None where no ratings are said.
        places: (ratings,) at which place from 0 on its item is recommended, -1 for nowhere; None without a ranking.
        recommended: (n, 10), items, the best first, -1 where there are no more; None without a ranking.
    """

    expected: Floats | None
    places: NDArray[np.int64] | None
    recommended: NDArray[np.int32] | None


def by_user(questions: Questions, answers: Iterable[tuple[slice, Answer]]) -> ByUser:
    """Return what answers are worth, which come in blocks of users, in their order."""
    expected: list[NDArray[np.floating]] = []
    lists: list[NDArray[np.int32]] = []
    for users, (ratings, scores) in answers:
        asked = questions.asked[users]
        if ratings is not None:
            expected.append(ratings[row_numbers(asked), asked.indices])
        if scores is not None:
            lists.append(recommended(scores, questions.seen[users]))
    found = np.concatenate(lists) if lists else None
    return ByUser(
        expected=np.concatenate(expected).astype(np.float64) if expected else None,
        places=None if found is None else places_of(found, questions.asked),
        recommended=found,
    )


def relevant(questions: Questions) -> NDArray[np.bool_]:
    """Return for each asked rating, in the order of the matrix, whether its item should be recommended."""
    asked, seen = questions.asked, questions.seen
    keys = [row_numbers(each) * questions.items + each.indices for each in (asked, seen)]
    return np.asarray(asked.data >= questions.liked_from) & ~np.isin(*keys)


def per_user(questions: Questions, values: NDArray[np.floating] | NDArray[np.bool_]) -> Floats:
    """Return the sum over each user's asked ratings of values (ratings,), (n,)."""
    return np.bincount(row_numbers(questions.asked), values, len(questions)).astype(np.float64)


@dataclass(frozen=True)
class UserRatio:
    """A measure that is one sum over users divided by another, or the root of that.

    Attributes:
        above: (n,), of which the sum is divided.
        below: (n,), by the sum of which.
        root: whether the measure is the square root of it.
    """

    above: Floats
    below: Floats
    root: bool = False


def error_ratios(questions: Questions, found: ByUser) -> dict[str, UserRatio]:
    """Return "rmse" and "mae" in stars, over all asked ratings."""
    if found.expected is None:
        return {}
    errors, count = found.expected - questions.asked.data, np.diff(questions.asked.indptr).astype(np.float64)
    return {
        "rmse": UserRatio(per_user(questions, errors**2), count, root=True),
        "mae": UserRatio(per_user(questions, np.abs(errors)), count),
    }


def ranking_ratios(questions: Questions, found: ByUser) -> dict[str, UserRatio]:
    """Return "ndcg", "recall" and "precision" at 10, means over the users with a relevant item, 0 to 1."""
    if found.places is None:
        return {}
    wanted = relevant(questions)
    count = per_user(questions, wanted)
    judged = (count > 0).astype(np.float64)
    worth = per_user(questions, np.where(wanted, gains(found.places), 0.0))
    hits = per_user(questions, wanted & (found.places >= 0))
    best = BEST[np.minimum(count, LENGTH).astype(np.int64)]
    return {
        "ndcg": UserRatio(worth / np.where(best > 0, best, 1), judged),
        "recall": UserRatio(hits / np.maximum(count, 1), judged),
        "precision": UserRatio(hits / LENGTH, judged),
    }
