import numpy as np
import pytest

from saccade.tasks.multi_label.solved_head import fit, loss, micro_f1


def marked(count, *, seed=0, width=20):
    """Return features of noise, in which each of three labels is a step in a direction of its own, and the truth."""
    rng = np.random.default_rng(seed)
    truth = (rng.random((count, 3)) < (0.5, 0.3, 0.1)).astype(np.uint8)
    return (rng.normal(size=(count, width)) + 3 * truth @ np.eye(3, width)).astype(np.float32), truth


NONE = (np.empty((0, 20), np.float32), np.empty((0, 3), np.uint8))


@pytest.mark.parametrize("validation", [NONE, marked(60, seed=2)])
def test_each_label_is_found_in_new_images(validation):
    head = fit(marked(200), validation, seed=0)
    vectors, truth = marked(400, seed=1)
    assert micro_f1(head.outputs(vectors), truth) > 0.85
    assert (head.cross_validated is None) == bool(len(validation[0]))


def test_a_label_that_no_fold_or_no_image_has_is_a_share():
    vectors, truth = marked(30)
    truth[:, 2] = 0
    outputs = fit((vectors, truth), NONE, seed=0).outputs(vectors)
    assert np.isfinite(outputs).all() and (outputs[:, 2] < -3).all() and np.ptp(outputs[:, 2]) < 1e-5


def test_the_loss_is_that_of_training():
    outputs, truth = np.array([[0.0, 2.0]], np.float32), np.array([[1, 0]], np.uint8)
    assert loss(outputs, truth) == pytest.approx((np.log(2) + np.log1p(np.exp(2.0))) / 2, rel=1e-6)
