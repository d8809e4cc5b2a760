import numpy as np
import pytest

from saccade.inference import keras_network


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (3, [3]), (4, [4]), (5, [4, 1]), (8, [4, 3, 1]), (9, [4, 4, 1])])
def test_of_several_batches_the_last_is_smaller(monkeypatch, count, sizes):
    monkeypatch.setattr(keras_network, "at_once", lambda inputs: 4)
    inputs = np.arange(2 * count).reshape(count, 2)
    found = list(keras_network.batches(inputs))
    assert [len(batch) for batch in found] == sizes
    np.testing.assert_array_equal(np.concatenate([inputs[:0], *found]), inputs)
    rows = np.arange(count)[::-1]
    found = list(keras_network.batches(inputs, rows=rows))
    np.testing.assert_array_equal(np.concatenate([inputs[:0], *found]), inputs[rows])
