"""Ratings are split within users, by time or by user, and what is asked is never known."""

from dataclasses import replace

import numpy as np
import pytest

from saccade.core.errors import DataError
from saccade.modalities.ratings import invented_films
from saccade.modalities.ratings.dataset import PARTS, RatingsDataset
from saccade.modalities.ratings.ratings import Ratings
from saccade.modalities.ratings.scale import RatingScale
from saccade.modalities.ratings.splitting import split_ratings

WAYS = ("within", "time", "user")


@pytest.fixture(scope="module")
def ratings():
    return invented_films.build().ratings


def split(ratings, by, *, validation=0.1, test=0.2, known=0.8, seed=0):
    return split_ratings(ratings, by=by, validation=validation, test=test, known=known, seed=seed)


def dataset(ratings, by, **options):
    made = RatingsDataset("films", "films", ratings, np.zeros(len(ratings), np.uint8), ratings.content_hash())
    return made.with_parts(*split(ratings, by, **options))


@pytest.mark.parametrize("by", WAYS)
def test_nothing_that_is_asked_is_known(ratings, by):
    data = dataset(ratings, by)
    for name in ("validation", "test"):
        known, asked = data.known(name), data.asked(name)
        assert known.shape == asked.shape == (len(data.users_of(name)), len(ratings.items))
        assert asked.nnz
        assert not ((known != 0).multiply(asked != 0)).nnz


@pytest.mark.parametrize("by", WAYS)
def test_poisoned_ratings_of_a_split_change_no_input(ratings, by):
    data = dataset(ratings, by)
    poisoned = replace(ratings, rating=np.where(data.is_in("test", "validation"), 1, ratings.rating).astype(np.float32))
    other = replace(data, ratings=poisoned)
    np.testing.assert_array_equal(np.asarray(data.inputs), np.asarray(other.inputs))
    assert (np.asarray(data.labels) != np.asarray(other.labels)).any()


@pytest.mark.parametrize("by", WAYS)
def test_a_case_is_a_user_in_a_split(ratings, by):
    data = dataset(ratings, by)
    assert data.inputs.shape == data.labels.shape == (len(data), len(ratings.items))
    for name in ("train", "validation", "test"):
        rows = data.rows(name)
        assert len(rows) == len(data.users_of(name))
        np.testing.assert_array_equal(data.inputs[rows] > 0, data.known(name).toarray() > 0)
        np.testing.assert_array_equal(data.labels[rows] > 0, data.asked(name).toarray() > 0)


def test_training_knows_what_it_asks_for(ratings):
    data = dataset(ratings, "within")
    rows = data.rows("train")
    np.testing.assert_array_equal(data.inputs[rows], data.labels[rows])


def test_within_users_each_gives_its_share_and_keeps_one(ratings):
    data = dataset(ratings, "within")
    assert data.share("test") == pytest.approx(0.2, abs=0.01)
    assert data.share("validation") == pytest.approx(0.1, abs=0.01)
    of_all = np.bincount(ratings.user)
    in_test = np.bincount(ratings.user[data.is_in("test")], minlength=len(of_all))
    assert (np.abs(in_test - 0.2 * of_all) <= 1).all()
    assert len(data.users_of("train")) == len(ratings.users)


def test_by_time_training_comes_before_validation_before_test(ratings):
    data = dataset(ratings, "time")
    times = [ratings.time[data.is_in(name)] for name in ("train", "validation", "test")]
    assert times[0].max() < times[1].min() <= times[1].max() < times[2].min()
    assert [len(each) / len(ratings) for each in times] == pytest.approx([0.7, 0.1, 0.2], abs=0.02)


def test_by_user_nobody_is_in_two_splits(ratings):
    data = dataset(ratings, "user")
    users = [set(data.users_of(name)) for name in ("train", "validation", "test")]
    assert not users[0] & users[1] and not users[0] & users[2] and not users[1] & users[2]
    assert len(users[2]) == pytest.approx(0.2 * len(ratings.users), abs=1)
    known = data.known("test").nnz / (data.known("test").nnz + data.asked("test").nnz)
    assert known == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize("by", WAYS)
def test_the_same_seed_splits_alike_and_another_one_otherwise(ratings, by):
    first, again, other = (split(ratings, by, seed=seed)[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any() == (by != "time")


@pytest.mark.parametrize("by", WAYS)
def test_the_test_split_stays_when_validation_changes(ratings, by):
    one, other = (split(ratings, by, validation=share)[0] for share in (0.05, 0.2))
    np.testing.assert_array_equal(one == "test", other == "test")


def test_the_only_rating_of_a_user_is_kept_for_training(ratings):
    alone = np.concatenate([np.flatnonzero(ratings.user == 0)[:1], np.flatnonzero(ratings.user > 0)])
    small = replace(
        ratings, user=ratings.user[alone], item=ratings.item[alone], rating=ratings.rating[alone], time=None
    )
    parts, reasons = split(small, "within", test=0.9, validation=0.05)
    assert parts[0] == "train"
    assert "only one" in reasons[0]


def test_by_time_needs_times(ratings):
    with pytest.raises(DataError, match="--time-column"):
        split(replace(ratings, time=None), "time")


def test_by_time_needs_more_than_one_moment(ratings):
    with pytest.raises(DataError, match="about the same time"):
        split(replace(ratings, time=np.zeros(len(ratings), np.int64)), "time")


def test_something_must_be_left_to_train_on(ratings):
    with pytest.raises(DataError, match="leave nothing to train on"):
        split(ratings, "within", validation=0.5, test=0.5)


def test_split_csv_names_each_rating_once_and_gives_the_split_back(ratings):
    data = dataset(ratings, "user")
    rows = list(data.split_rows())
    assert len({name for name, *_ in rows}) == len(ratings)
    np.testing.assert_array_equal([part for _, _, part, _ in rows], [PARTS[part] for part in data.parts])


def test_names_with_bars_stay_apart():
    twice = Ratings(
        ("a", "a|b"), ("b|c", "c"), ("b|c", "c"), np.array([0, 1], np.int32), np.array([0, 1], np.int32),
        np.ones(2, np.float32), None, RatingScale((1.0,)),
    )  # fmt: skip
    data = RatingsDataset("", "", twice, np.ones(2, np.uint8), "")
    assert len(set(data.rating_names())) == 2


def test_all_but_the_test_split_is_known_to_a_finished_run(ratings):
    data = dataset(ratings, "within")
    assert data.known_to_all().nnz == len(ratings) - data.asked("test").nnz


@pytest.mark.parametrize("by", WAYS)
def test_cases_stay_where_they_are_put_back_to(ratings, by):
    data = dataset(ratings, by)
    again = data.with_split(data.splits, np.full(len(data), "as before"))
    np.testing.assert_array_equal(again.parts, data.parts)


def test_a_whole_case_moves_with_what_is_known_of_it(ratings):
    data = dataset(ratings, "user")
    splits = data.splits.copy()
    first, second = data.rows("test")[:2]
    splits[first], splits[second] = "validation", ""
    moved = data.with_split(splits, np.full(len(data), "moved"))
    who, nobody = data.users_of("test")[:2]
    assert who in moved.users_of("validation") and who not in moved.users_of("test")
    row, before = list(moved.users_of("validation")).index(who), list(data.users_of("test")).index(who)
    for name in ("known", "asked"):
        one, other = getattr(moved, name)("validation")[row], getattr(data, name)("test")[before]
        np.testing.assert_array_equal(one.toarray(), other.toarray())
    assert not np.isin(nobody, np.concatenate([moved.users_of(name) for name in ("train", "validation", "test")]))


@pytest.mark.parametrize(
    ("given", "levels"),
    [
        ([1, 2, 4, 5], (1, 2, 3, 4, 5)),
        ([0.5, 1, 4.5], (0.5, 1, 4.5)),
        ([1, 1], (1,)),
        ([0, 1], (0, 1)),
    ],
)
def test_a_scale_has_the_levels_that_can_be_given(given, levels):
    assert RatingScale.of(np.array(given, np.float32)).levels == levels


def test_codes_begin_at_one_and_are_of_the_nearest_level():
    scale = RatingScale((1.0, 2.0, 3.0, 4.0, 5.0))
    assert scale.codes([1, 5, 3.9, 0, 9]).tolist() == [1, 5, 4, 1, 5]


def test_invented_films_are_always_the_same(ratings):
    assert ratings.content_hash() == invented_films.build().ratings.content_hash()
    assert (len(ratings.users), len(ratings.items)) == (400, 240)
    assert 10_000 < len(ratings) < 20_000
