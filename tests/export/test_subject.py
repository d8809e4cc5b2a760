"""What an exported file is compared with."""

from types import SimpleNamespace

import numpy as np
import pytest

from saccade.core.errors import ExportError
from saccade.export.subject import held_out_of

INPUTS = np.arange(6).reshape(6, 1)


def dataset(**rows):
    return SimpleNamespace(inputs=INPUTS, rows=lambda split: np.array(rows.get(split, []), np.int64))


def test_the_first_split_that_has_rows_is_compared():
    split, inputs = held_out_of(dataset(train=[0, 1, 2], test=[5]), ("validation", "train"))
    assert split == "train"
    assert inputs.tolist() == [[0], [1], [2]]


def test_a_copy_that_only_judges_is_refused_in_a_sentence():
    with pytest.raises(ExportError, match="Export the training that it is a copy of"):
        held_out_of(dataset(test=[4, 5]), ("validation", "train"))
