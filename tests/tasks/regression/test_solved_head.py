import numpy as np
import pytest

from saccade.tasks.regression.solved_head import absolute_error, fit, solved


def lines(count, *, seed=0, width=30, noise=0.3):
    """Return features, and numbers that are a line of them, with noise."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(count, width)).astype(np.float32)
    return vectors, vectors @ np.random.default_rng(9).normal(size=width) / width**0.5 + noise * rng.normal(size=count)


NONE = (np.empty((0, 30), np.float32), np.empty(0))


def test_it_finds_the_line_and_is_as_good_on_new_images():
    head = fit(lines(200), NONE, robust=False, seed=0)
    vectors, targets = lines(500, seed=1, noise=0)
    assert absolute_error(head.outputs(vectors), targets) < 0.2
    assert head.cross_validated == pytest.approx(0.27, abs=0.06)


def test_a_few_wrong_numbers_pull_less_at_a_robust_head():
    vectors, targets = lines(200)
    targets[:10] += 40
    new, truth = lines(500, seed=1, noise=0)
    plain, robust = (solved(vectors, targets, 100.0, robust=each) for each in (False, True))
    assert absolute_error(robust.outputs(new), truth) < absolute_error(plain.outputs(new), truth) / 2


def test_many_validation_images_choose_the_strength():
    train, validation = lines(40, noise=2), lines(100, seed=1, noise=0)
    best = fit(train, validation, robust=False, seed=0)
    tried = {each: solved(*train, each) for each in (1.0, 10.0, 100.0, 1000.0)}
    errors = {each: absolute_error(head.outputs(validation[0]), validation[1]) for each, head in tried.items()}
    assert best.strength == min(errors, key=errors.get) and best.cross_validated is None


def test_three_images_are_taken():
    vectors, targets = lines(3)
    assert np.isfinite(fit((vectors, targets), NONE, robust=True, seed=0).outputs(vectors)).all()
