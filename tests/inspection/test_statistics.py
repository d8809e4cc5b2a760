import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saccade.inspection.statistics import BINS, KEPT, Tally, histogram_of


def random_values(shape, seed=0):
    values = np.random.default_rng(seed).normal(size=shape).astype("float32")
    values[..., 0] = 0.3  # never varies
    values[..., 2] = 2 * values[..., 1] + 1  # does the same
    return np.maximum(values, 0)


def tallied(values, size, bounds=(None, None)):
    tally = Tally(bounds)
    for start in range(0, len(values), size):
        tally.add(values[start : start + size], np.arange(start, min(start + size, len(values))))
    return tally.statistics()


shapes = st.sampled_from([(37, 5, 4, 4), (20, 6), (23, 7, 3)])


@given(shape=shapes, size=st.integers(1, 40), seed=st.integers(0, 20))
@settings(deadline=None)
def test_whatever_the_batches_the_statistics_are_those_of_all_values_at_once(shape, size, seed):
    values = random_values(shape, seed)
    found = tallied(values, size)
    flat, by_image = values.reshape(-1, shape[-1]).astype("float64"), values.reshape(shape[0], -1, shape[-1])
    np.testing.assert_allclose(found.mean, flat.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(found.std, flat.std(axis=0), rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(found.low, flat.min(axis=0))
    np.testing.assert_array_equal(found.high, flat.max(axis=0))
    np.testing.assert_allclose(found.active, (flat > 0).mean(axis=0))
    np.testing.assert_allclose(found.woken, (by_image > 0).any(axis=1).mean(axis=0))
    np.testing.assert_allclose(found.mean_output, values.mean(axis=0, dtype="float64"), atol=1e-6)
    assert found.varying.tolist() == [False] + [True] * (shape[-1] - 1)
    expected = np.corrcoef(flat[:, 1:].T)
    np.testing.assert_allclose(found.correlation[1:, 1:], expected, atol=1e-4)
    assert not found.correlation[0].any()


@given(shape=shapes, size=st.integers(1, 40), seed=st.integers(0, 20))
@settings(deadline=None)
def test_whatever_the_batches_the_same_images_excite_a_channel_most_and_least(shape, size, seed):
    values = random_values(shape, seed)
    found = tallied(values, size)
    peaks = values.reshape(shape[0], -1, shape[-1]).max(axis=1)
    np.testing.assert_array_equal(found.strongest, np.argsort(-peaks, axis=0, kind="stable")[:KEPT].T)
    at_peak = values.reshape(shape[0], -1, shape[-1])[found.strongest.T, found.places.T, np.arange(shape[-1])]
    np.testing.assert_array_equal(at_peak, np.take_along_axis(peaks, found.strongest.T, axis=0))
    np.testing.assert_array_equal(found.weakest, np.argsort(peaks, axis=0, kind="stable")[:KEPT].T)


def test_every_value_is_counted_in_the_histogram_also_those_beyond_the_first_batch():
    values = random_values((40, 6))
    values[-1, 3], values[-2, 3] = 100, -100
    found = tallied(values, 10).histogram
    assert sum(found.counts) == values.size
    assert (found.low, found.high) == (-100, 100)
    assert found.edges[-1] < 100
    assert len(found.counts) == BINS


def test_a_histogram_at_once_is_numpys():
    values = np.random.default_rng(1).normal(size=1000)
    counts, edges = np.histogram(values, BINS)
    found = histogram_of(values)
    np.testing.assert_allclose(found.edges, edges)
    np.testing.assert_array_equal(found.counts, counts)


@pytest.mark.parametrize(("bounds", "share"), [((0, 1), 0.5), ((None, 1), 0.25), ((None, None), 0), ((-1, 1), 0.25)])
def test_values_near_a_bound_are_counted(bounds, share):
    values = np.array([[0.001], [0.999], [0.4], [0.6]], "float32")
    assert tallied(values, 2, bounds).near_bound[0] == share


def test_behind_a_padded_border_a_dead_channel_differs_from_place_to_place_and_is_dead_all_the_same():
    values = np.random.default_rng(0).random((10, 3, 3, 2)).astype("float32")
    values[..., 1] = [[1, 2, 1], [2, 3, 2], [1, 2, 1]]
    assert tallied(values, 4).varying.tolist() == [True, False]
