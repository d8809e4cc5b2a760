"""What the studio shows of what a recommender says to its users."""

from itertools import pairwise

import numpy as np
import pytest

from saccade.core.answered_split import AnsweredSplit
from saccade.core.errors import RunError
from saccade.evaluation.answered_split import answered_split
from saccade.inference import load_model
from saccade.tasks import base
from saccade.tasks.recommendation.network_answers import answering

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def answered(run):
    return answered_split(run)


@pytest.fixture(scope="module")
def dataset(run):
    return base.reload(run, quiet=True)


def numbers(group, number):
    return [number(each) for each in group.inputs]


def test_the_worst_come_first(answered):
    off = numbers(answered.group("users"), lambda each: float(each.said.removeprefix("off by ")))
    single = numbers(answered.group("ratings"), lambda each: abs(float(each.said) - float(each.true)))
    assert off == sorted(off, reverse=True)
    assert all(one >= other - 0.11 for one, other in pairwise(single))
    assert answered.noun == "users" and AnsweredSplit.from_dict(answered.to_dict()) == answered


def test_a_rating_stands_beside_what_the_network_foretold(run, dataset, answered):
    worst = answered.group("ratings").inputs[0]
    user = dataset.ratings.users.index(worst.name.removeprefix("user "))
    at = dataset.users_of("validation").tolist().index(user)
    expected, _ = answering(load_model(run), dataset.scale)(dataset.known("validation")[at])
    asked = dataset.asked("validation")[at]
    low, high = dataset.scale.levels[0], dataset.scale.levels[-1]
    errors = np.abs(np.clip(expected[0, asked.indices], low, high) - asked.data)
    place = errors.argmax()
    assert worst.true == f"{asked.data[place]:g}"
    assert dataset.ratings.titles[asked.indices[place]] in worst.detail


def test_recommendations_stand_beside_what_was_liked(answered):
    missed, met = answered.group("missed"), answered.group("met")
    shown = [group for group in (missed, met) if group]
    assert shown and sum(group.count for group in shown) <= answered.count
    for group in shown:
        assert all("liked in all: " in each.detail and each.said for each in group.inputs)


def test_what_was_learnt_from_is_not_recommended_again(run):
    assert [group.key for group in answered_split(run, split="train").groups] == ["users", "ratings"]


def test_the_test_split_stays_sealed(run):
    if not run.has_evaluation:
        with pytest.raises(RunError, match="sealed"):
            answered_split(run, split="test")
