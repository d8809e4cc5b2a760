"""What is known, asked and no candidate in each split."""

import numpy as np
import pytest

from saccade.core.liked_ratings import liked_from
from saccade.modalities.ratings.dataset import RatingsDataset
from saccade.modalities.ratings.ratings import Ratings
from saccade.modalities.ratings.scale import RatingScale
from saccade.tasks.recommendation.questions import pattern, questions_of

PARTS = [["train", "validation", "test", ""], ["train", "", "", "test"], ["", "validation", "train", ""]]


def dataset():
    user, item = np.nonzero(np.array(PARTS) != "")
    parts = np.array(PARTS)[user, item]
    names = tuple("abcd")
    ratings = Ratings(
        tuple("123"), names, names, user.astype(np.int32), item.astype(np.int32),
        (1 + (user + item) % 5).astype(np.float32), None, RatingScale((1.0, 2.0, 3.0, 4.0, 5.0)),
    )  # fmt: skip
    made = RatingsDataset("films", "films", ratings, np.zeros(len(user), np.uint8), "0")
    return made.with_parts(parts, np.full(len(user), ""))


def seen(split):
    return (questions_of(dataset(), split).seen.toarray() > 0).astype(int).tolist()


def test_what_was_rated_before_a_split_is_no_candidate_in_it():
    assert seen("validation") == [[1, 0, 0, 0], [0, 0, 1, 0]]
    assert seen("test") == [[1, 1, 0, 0], [1, 0, 0, 0]]


def test_what_is_known_is_the_same_in_validation_and_in_test():
    assert questions_of(dataset(), "test").known.toarray().tolist() == [[1, 0, 0, 0], [2, 0, 0, 0]]
    assert questions_of(dataset(), "validation").known.toarray().tolist() == [[1, 0, 0, 0], [0, 0, 5, 0]]


@pytest.mark.parametrize(
    ("levels", "bound"),
    [((1, 2, 3, 4, 5), 4), (tuple(np.arange(0.5, 5.5, 0.5)), 4), (tuple(range(1, 11)), 8), ((1,), 1), ((0, 1), 1)],
)
def test_relevant_is_what_has_three_quarters_of_the_scale(levels, bound):
    assert liked_from(levels) == bound


def test_a_pattern_leaves_what_it_is_made_of_as_it_is():
    ratings = questions_of(dataset(), "test").known
    before = ratings.toarray()
    assert pattern(ratings, at_least=2).toarray().tolist() == [[0, 0, 0, 0], [1, 0, 0, 0]]
    assert (ratings.toarray() == before).all()
    assert ratings.nnz == 2
