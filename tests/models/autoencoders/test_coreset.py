import numpy as np
import pytest

from saccade.models.autoencoders._coreset import k_centre


def clusters(centres, each, *, width=2, spread=0.01, seed=0):
    rng = np.random.default_rng(seed)
    places = rng.normal(0, 10, (centres, width))
    return np.repeat(places, each, axis=0).astype(np.float32) + rng.normal(0, spread, (centres * each, width))


@pytest.mark.parametrize("width", [2, 200])
def test_each_cluster_is_kept_once_however_many_points_it_has(width):
    points = clusters(12, 30, width=width).astype(np.float32)
    kept = k_centre(points, 12, np.random.default_rng(1))
    assert sorted(kept // 30) == list(range(12))


def test_no_point_is_twice_as_far_as_it_could_be():
    points = np.random.default_rng(2).uniform(size=(400, 2)).astype(np.float32)
    kept = points[k_centre(points, 16, np.random.default_rng(0))]
    farthest = np.linalg.norm(points[:, None] - kept, axis=-1).min(axis=1).max()
    assert farthest <= 2 * np.sqrt(2) / 8  # of a grid of 4 by 4, whose cells have corners so far from their centre


def test_fewer_points_than_asked_for_are_repeated():
    points = np.eye(3, dtype=np.float32)
    assert k_centre(points, 7, np.random.default_rng(0)).tolist() == [0, 1, 2, 0, 1, 2, 0]


def test_the_same_seed_keeps_the_same_points():
    points = clusters(5, 40).astype(np.float32)
    first, second = (k_centre(points, 9, np.random.default_rng(3)) for _ in range(2))
    assert (first == second).all()
