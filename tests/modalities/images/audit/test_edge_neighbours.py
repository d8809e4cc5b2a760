"""The search among all pairs loses none that is near in all directions, and crowds do not fill the memory."""

import numpy as np
import pytest

from saccade.modalities.images.audit import edge_neighbours as search
from saccade.modalities.images.audit.edge_histograms import in_mirror
from saccade.modalities.images.audit.edge_neighbours import edge_neighbours


def normed(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def histograms():
    """Give 1,200 histograms, of which the last 100 are near the first 100 and the 100 before in a mirror near them."""
    rng = np.random.default_rng(0)
    vectors = rng.random((1000, 128)) ** 2
    near, far = vectors[:100] + rng.normal(0, 0.03, (100, 128)), vectors[:100] + rng.normal(0, 0.03, (100, 128))
    return np.concatenate([normed(vectors), in_mirror(normed(far.clip(0))), normed(near.clip(0))])


def test_all_near_pairs_are_found_straight_and_in_a_mirror(histograms):
    found = edge_neighbours(histograms)
    pairs = set(zip(found.first.tolist(), found.second.tolist(), found.mirrored.tolist(), strict=True))
    assert all((row, row + 1100, False) in pairs for row in range(100))
    assert all((row, row + 1000, True) in pairs for row in range(100))


def test_the_pairs_are_those_of_comparing_all_with_all(histograms):
    found = edge_neighbours(histograms)
    distance = 1 - histograms @ histograms.T
    first, second = np.nonzero(np.triu(distance < search.CLEARLY * search.FARTHEST, 1))
    straight = ~found.mirrored
    assert set(zip(found.first[straight], found.second[straight], strict=True)) == set(zip(first, second, strict=True))


def test_ten_siblings_are_no_crowd_and_forty_are():
    rng = np.random.default_rng(1)
    vectors = rng.random((400, 128)) ** 2
    for size, clear in ((9, True), (40, False)):
        siblings = np.abs(vectors[:1] + rng.normal(0, 0.03, (size, 128)))
        found = edge_neighbours(np.concatenate([normed(vectors), normed(siblings)]))
        among = ((found.first >= 400) | (found.first == 0)) & (found.second >= 400)
        assert among.sum() == (size + 1) * size / 2 if clear else among.sum() < 40


@pytest.mark.slow
def test_thousands_of_look_alikes_do_not_become_all_pairs(monkeypatch):
    monkeypatch.setattr(search, "SAMPLE", 500)
    rng = np.random.default_rng(2)
    crowd = normed(np.abs(0.5 + rng.normal(0, 0.05, (2000, 128))))
    reach = search._reach(crowd, in_mirror(crowd), rng)
    first, _, in_a_mirror, _ = search._within(crowd, in_mirror(crowd), reach)
    assert (~in_a_mirror).sum() < 2000 * search.KEPT
    assert len(first) < 2 * 2000 * search.KEPT
    assert len(edge_neighbours(crowd).first) < 50


def test_one_and_two_images_can_be_searched():
    assert not len(edge_neighbours(normed(np.ones((1, 128)))).first)
    assert edge_neighbours(normed(np.ones((2, 128)))).second.tolist() == [1, 1]  # straight and in a mirror
