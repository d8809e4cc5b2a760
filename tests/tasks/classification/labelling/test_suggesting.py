import numpy as np
import pytest

from saccade.tasks.classification import linear_head
from saccade.tasks.classification.labelling.finding_out import components
from saccade.tasks.classification.labelling.suggesting import mixed, suggest, typical, unsure

CLASSES = ("a", "b", "c", "d")


def images(count=600, *, seed=0, rare=0.04):
    """Return features (n, 24) and classes (n,): four kinds, of which one is rare and two are alike."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(4, count, p=[0.45, 0.4, 0.15 - rare, rare])
    centres = np.zeros((4, 24))
    centres[[0, 1, 2, 3], [0, 1, 1, 3]] = [4, 4, 4, 4]
    centres[2, 2] = 2.2
    return (centres[labels] + rng.normal(0, 1, (count, 24))).astype(np.float32), labels.astype(np.int64)


def accuracy(vectors, truth, labels, tested):
    known = np.flatnonzero(labels >= 0)
    head = linear_head.solved(vectors[known], labels[known], classes=4)
    found = head.answers(vectors[tested]).argmax(axis=1) == truth[tested]
    return np.mean([found[truth[tested] == label].mean() for label in range(4)])


@pytest.mark.heavy
def test_the_order_teaches_more_than_chance():
    gained = []
    for seed in range(5):
        vectors, truth = images(seed=seed)
        rng = np.random.default_rng(seed + 100)
        sealed = rng.random(len(truth)) < 0.3
        ours, chance = np.full((2, len(truth)), -1)
        for _ in range(6):
            order = suggest(vectors, ours, CLASSES, sealed=sealed, seed=seed).order
            chosen = order[~sealed[order]][:5]
            ours[chosen] = truth[chosen]
        some = rng.permutation(np.flatnonzero(~sealed))[:30]
        chance[some] = truth[some]
        tested = np.flatnonzero(sealed)
        gained.append(accuracy(vectors, truth, ours, tested) - accuracy(vectors, truth, chance, tested))
    assert np.mean(gained) > 0.03


def test_the_model_does_not_learn_from_the_test_split():
    vectors, truth = images()
    sealed = np.arange(len(truth)) < 300
    labels = np.where(np.arange(len(truth)) % 9 == 0, truth, -1)
    other = labels.copy()
    other[sealed & (labels >= 0)] = 0
    first, second = (suggest(vectors, each, CLASSES, sealed=sealed) for each in (labels, other))
    assert np.array_equal(first.probabilities, second.probabilities)
    assert not sealed[first.doubted].any()


def test_every_image_without_a_label_is_in_the_order_once():
    vectors, truth = images()
    sealed = np.random.default_rng(1).random(len(truth)) < 0.15
    for known in (0, 5, 100):
        labels = np.where(np.arange(len(truth)) < known, truth, -1)
        order = suggest(vectors, labels, CLASSES, sealed=sealed).order
        assert sorted(order) == np.flatnonzero(labels < 0).tolist()
        share = sealed[order[:100]].mean()
        assert 0.05 < share < 0.3  # images of the test split are labelled as the others are


def test_a_wrong_label_is_doubted():
    vectors, truth = images()
    labels = np.where(np.arange(len(truth)) < 200, truth, -1)
    wrong = np.flatnonzero(labels == 0)[:4]
    labels[wrong] = 3
    found = suggest(vectors, labels, CLASSES, sealed=np.zeros(len(truth), np.bool_))
    assert set(wrong) <= set(found.doubted.tolist())
    assert len(found.doubted) < 30
    assert (found.rather[np.isin(found.doubted, wrong)] == 0).all()
    assert found.accuracy > 0.8


def test_the_first_images_stand_for_many_and_none_has_a_neighbour_with_a_label():
    vectors = np.repeat(np.eye(3, dtype=np.float32), 20, axis=0) + np.random.default_rng(0).normal(0, 0.01, (60, 3))
    first = typical(vectors.astype(np.float32), np.arange(1, 60), np.array([0]), number=2, seed=0)[:2]
    assert {row // 20 for row in first.tolist()} == {1, 2}


def test_unsure_images_that_differ_come_first():
    vectors = np.array([[1, 0], [1, 0.01], [0, 1], [1, 1]], np.float32)
    answers = np.array([[0.5, 0.5], [0.5, 0.5], [0.55, 0.45], [0.99, 0.01]], np.float32)
    assert unsure(vectors, answers, np.arange(4), number=2).tolist()[:2] == [0, 2]


def test_two_orders_are_mixed_evenly():
    assert mixed(np.arange(6), np.array([10, 11])).tolist() == [0, 1, 10, 2, 3, 4, 11, 5]


def test_few_features_are_kept_as_they_are():
    vectors = np.random.default_rng(0).normal(size=(300, 40)).astype(np.float32)
    small = components(vectors, numbers=8)
    assert small.shape == (300, 8)
    assert (np.diff(small.var(axis=0)) < 1e-3).all()
    assert components(vectors).shape == (300, 40)


def test_suggestions_for_2500_images_take_less_than_a_second_of_a_processor():
    from time import process_time

    rng = np.random.default_rng(0)
    truth = rng.integers(0, 6, 2500)
    vectors = (0.08 * rng.normal(size=(6, 1280))[truth] + rng.normal(size=(2500, 1280))).astype(np.float32)
    labels = np.where(np.arange(2500) < 600, truth, -1)
    before = process_time()
    suggest(vectors, labels, tuple("abcdef"), sealed=rng.random(2500) < 0.15)
    assert process_time() - before < 1.0
