"""What a recommender says to each user of a split: what it foretold worst, and recommended beside what was liked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saccade.core.answered_split import AnsweredInput, AnsweredSplit, AnswerGroup
from saccade.core.finding import plural
from saccade.core.run import Run
from saccade.evaluation.answered_split import open_own_split
from saccade.inference import load_model
from saccade.modalities.ratings.dataset import RatingsDataset
from saccade.tasks.recommendation.network_answers import answering
from saccade.tasks.recommendation.questions import Floats, Questions, questions_of

MOST_SHOWN = 60

RECOMMENDED = 10
"""Items that are recommended to each user."""

NAMED = 3
"""Of them, and of those that were liked."""


@dataclass(frozen=True)
class Said:
    """What was said to one user.

    Attributes:
        name: of the user.
        known: ratings that the network was given.
        items: (k,), places of the items that are asked.
        ratings: (k,), that they got.
        expected: (k,), that the network foretold; None where ratings say no more than that something was taken.
        recommended: places of the first items that the user had not rated before.
        liked: places of the asked items that were liked.
    """

    name: str
    known: int
    items: NDArray[np.int64]
    ratings: Floats
    expected: Floats | None
    recommended: NDArray[np.int64]
    liked: NDArray[np.int64]

    @property
    def errors(self) -> Floats:
        """(k,), by how much each foretold rating was off; none where none was foretold."""
        return np.abs(self.expected - self.ratings) if self.expected is not None else np.zeros(0, np.float32)

    @property
    def hits(self) -> int:
        """How many of the liked items were recommended."""
        return int(np.isin(self.recommended, self.liked).sum())


def answered_users(run: Run, *, split: str, data: str | None, quiet: bool) -> AnsweredSplit:
    """Return what the network says to each user of a split; arguments and errors as `Task.answered`."""
    dataset, _ = open_own_split(run, split=split, data=data, quiet=quiet)
    said = list(_said(dataset, split, questions_of(dataset, split), run))
    groups = [*_rating_groups(dataset, said), *(_recommendation_groups(dataset, said) if split != "train" else ())]
    return AnsweredSplit(split, dataset.noun, len(said), tuple(each for each in groups if each.count))


def _said(dataset: RatingsDataset, split: str, questions: Questions, run: Run) -> Iterator[Said]:
    names = [dataset.ratings.users[user] for user in dataset.users_of(split).tolist()]
    for users, (expected, scores) in questions.answered(answering(load_model(run), dataset.scale)):
        assert scores is not None
        for at, user in enumerate(range(users.start, users.stop)):
            asked, seen = questions.asked[user], questions.seen[user].indices
            scores[at, seen] = -np.inf
            best = np.argsort(-scores[at], kind="stable")[: min(RECOMMENDED, questions.items - len(seen))]
            items = asked.indices.astype(np.int64)
            foretold = None if expected is None else expected[at, items]
            liked = items[asked.data >= questions.liked_from]
            yield Said(names[user], questions.known[user].nnz, items, asked.data, foretold, best, liked)


def _rating_groups(dataset: RatingsDataset, said: Sequence[Said]) -> Iterator[AnswerGroup]:
    """Yield users and single ratings that were foretold worst."""
    judged = [each for each in said if len(each.errors)]
    worst = sorted(judged, key=lambda each: -float(each.errors.mean()))
    yield AnswerGroup(
        "users",
        "Users furthest off",
        "Those whose ratings were foretold worst, on average.",
        len(worst),
        tuple(_user_off(dataset, each) for each in worst[:MOST_SHOWN]),
    )
    ratings = [(float(error), each, at) for each in judged for at, error in enumerate(each.errors.tolist())]
    ratings.sort(key=lambda one: -one[0])
    yield AnswerGroup(
        "ratings",
        "Ratings furthest off",
        "Single ratings, those that surprised the network most.",
        len(ratings),
        tuple(_rating_off(dataset, each, at, error) for error, each, at in ratings[:MOST_SHOWN]),
    )


def _recommendation_groups(dataset: RatingsDataset, said: Sequence[Said]) -> Iterator[AnswerGroup]:
    """Yield users whose recommendations held nothing that they liked later, and those where they held most."""
    liking = [each for each in said if len(each.liked)]
    missed = sorted((each for each in liking if not each.hits), key=lambda each: -len(each.liked))
    met = sorted((each for each in liking if each.hits), key=lambda each: (-each.hits / len(each.liked), -each.hits))
    yield AnswerGroup(
        "missed",
        "Nothing liked was recommended",
        f"None of {RECOMMENDED} recommended items is among those that they liked in this split, which are counted.",
        len(missed),
        tuple(_recommended(dataset, each) for each in missed[:MOST_SHOWN]),
    )
    yield AnswerGroup(
        "met",
        "Liked what was recommended",
        f"Of the {RECOMMENDED} recommended items they liked some in this split; so many of all that they liked; the "
        "largest share comes first.",
        len(met),
        tuple(_recommended(dataset, each) for each in met[:MOST_SHOWN]),
    )


def _user_off(dataset: RatingsDataset, said: Said) -> AnsweredInput:
    errors = said.errors
    worst = int(errors.argmax())
    assert said.expected is not None
    detail = (
        f"{plural(len(errors), 'rating', 'ratings')} asked, {said.known:,} known; the worst: "
        f"{_title(dataset, said.items[worst])}, rated {said.ratings[worst]:g}, foretold {said.expected[worst]:.1f}"
    )
    return AnsweredInput(f"user {said.name}", f"off by {errors.mean():.2f}", "", detail)


def _rating_off(dataset: RatingsDataset, said: Said, at: int, error: float) -> AnsweredInput:
    assert said.expected is not None
    title = _title(dataset, said.items[at])
    detail = f"{title}: off by {error:.1f}"
    return AnsweredInput(f"user {said.name}", f"{said.expected[at]:.1f}", f"{said.ratings[at]:g}", detail)


def _recommended(dataset: RatingsDataset, said: Said) -> AnsweredInput:
    hits = said.recommended[np.isin(said.recommended, said.liked)]
    what, shown = ("recommended and liked", hits) if len(hits) else ("recommended", said.recommended)
    detail = f"{what}: {_titles(dataset, shown)}; liked in all: {_titles(dataset, said.liked)}"
    return AnsweredInput(f"user {said.name}", f"{len(hits)} of {len(said.liked)}", "", detail)


def _titles(dataset: RatingsDataset, items: NDArray[np.int64]) -> str:
    named = ", ".join(_title(dataset, item) for item in items[:NAMED])
    return f"{named} and {len(items) - NAMED:,} more" if len(items) > NAMED else named


def _title(dataset: RatingsDataset, item: np.int64) -> str:
    return str(dataset.ratings.titles[int(item)])
