import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from saccade.tasks.classification import linear_head
from saccade.tasks.classification.linear_head import fit


def clouds(each, *, classes=3, width=40, seed=0, noise=1.0):
    """Return features and classes of clouds around points that are the same for every seed."""
    centres = np.random.default_rng(9).normal(size=(classes, width))
    labels = np.repeat(np.arange(classes), each)
    vectors = centres[labels] + noise * np.random.default_rng(seed).normal(size=(len(labels), width))
    return vectors.astype(np.float16), labels


NONE = (np.empty((0, 40), np.float16), np.empty(0, np.int64))


def accuracy(head, part):
    return (head.answers(part[0]).argmax(axis=1) == part[1]).mean()


@pytest.mark.parametrize(("classes", "each", "least"), [(3, 2, 0.85), (3, 30, 0.97), (2, 30, 0.97)])
def test_it_learns_from_two_images_a_class_on(classes, each, least):
    head = fit(clouds(each, classes=classes), NONE, classes=classes, seed=0)
    assert accuracy(head, clouds(100, classes=classes, seed=1)) > least


def test_its_answers_are_probabilities_and_those_of_scikit_learn(monkeypatch):

    monkeypatch.setattr(linear_head, "STRENGTHS", (10.0,))
    train, new = clouds(20), clouds(5, seed=1)
    head = fit(train, NONE, classes=3, seed=0)
    vectors = np.asarray(train[0], np.float32)
    scale = 1 / np.sqrt(vectors.std(axis=0) * vectors.std(axis=0).mean() + 1e-3)
    theirs = LogisticRegression(C=10 / 60, max_iter=500).fit(vectors * scale, train[1])
    assert np.allclose(head.answers(new[0]), theirs.predict_proba(np.asarray(new[0], np.float32) * scale), atol=0.02)
    assert np.allclose(head.answers(new[0]).sum(axis=1), 1, atol=1e-5)


def test_the_same_seed_gives_the_same_head():
    first, second = (fit(clouds(6), NONE, classes=3, seed=3) for _ in range(2))
    assert np.array_equal(first.kernel, second.kernel) and first.cross_validated == second.cross_validated


def test_few_validation_images_do_not_choose():
    train = clouds(12, noise=3)
    wrong = clouds(10, noise=0.1)[0], (clouds(10)[1] + 1) % 3
    alone, beside = fit(train, NONE, classes=3, seed=0), fit(train, wrong, classes=3, seed=0)
    assert np.array_equal(alone.kernel, beside.kernel)
    assert alone.cross_validated is not None and 0.4 < alone.cross_validated <= 1


def test_many_validation_images_choose_the_strength():
    train = clouds(20, noise=3)
    firm, doubtful = clouds(40, noise=0.1), (clouds(40)[0], np.random.default_rng(0).permutation(clouds(40)[1]))
    assert fit(train, firm, classes=3, seed=0).strength > fit(train, doubtful, classes=3, seed=0).strength
    assert fit(train, firm, classes=3, seed=0).cross_validated is None


def test_a_class_without_a_training_image_is_never_answered():
    vectors, labels = clouds(20)
    head = fit((vectors[labels != 1], labels[labels != 1]), NONE, classes=3, seed=0)
    assert head.answers(vectors)[:, 1].max() < 1e-6


@pytest.mark.parametrize("labels", [[0, 1, 2, 2], [1, 1, 1, 1]])
def test_a_class_of_one_image_and_a_single_class_are_taken(labels):
    vectors = clouds(2, classes=2)[0]
    head = fit((vectors, np.array(labels)), NONE, classes=3, seed=0)
    assert np.isfinite(head.answers(vectors)).all()
    assert (head.answers(vectors).argmax(axis=1) == labels).mean() >= 0.75


@pytest.mark.parametrize("few", [False, True])
def test_classes_that_weigh_the_same_are_all_answered(few):
    labels = np.repeat([0, 1], [285, 15])
    vectors = np.where(labels, 1.2, 0)[:, None] * np.eye(1, 40) + np.random.default_rng(0).normal(size=(300, 40))
    train, validation = (vectors, labels), NONE if few else (vectors, labels)
    recalls = [
        (fit(train, validation, classes=2, seed=0, balanced=each).answers(vectors).argmax(axis=1) == labels)[
            285:
        ].mean()
        for each in (False, True)
    ]
    assert recalls[1] > recalls[0] + 0.2
