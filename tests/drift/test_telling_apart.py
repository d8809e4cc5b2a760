"""A forest tells two samples apart, or says that there are too few rows."""

import numpy as np
import pytest

from saccade.drift.findings import apart, power
from saccade.drift.telling_apart import APART, FAR_APART, tell_apart


@pytest.fixture
def rows():
    """Two samples (200, 6) of one distribution."""
    return np.random.default_rng(0).normal(size=(2, 200, 6)).astype(np.float32)


@pytest.mark.heavy
def test_rows_of_one_distribution_are_not_told_apart(rows):
    assert tell_apart(*rows, seed=0).low < APART


@pytest.mark.heavy
@pytest.mark.parametrize("gap", [3.0, np.nan])
def test_rows_that_moved_or_are_missing_are(rows, gap):
    rows[1, :, 0] += gap
    verdict = tell_apart(*rows, seed=0)
    assert verdict.low > FAR_APART
    (finding,) = apart(verdict, noun="image", whose="the others", advice="Look.")
    assert finding.severity == "severe"
    assert finding.title.startswith("As a whole, new images can be told from the others: AUC ")


def test_too_few_rows_or_all_the_same_are_not_judged(rows):
    assert tell_apart(rows[0], rows[1, :29], seed=0) is None
    assert tell_apart(np.ones((50, 2), np.float32), np.ones((50, 2), np.float32), seed=0) is None
    assert not list(apart(None, noun="row", whose="", advice=""))


@pytest.mark.parametrize(
    ("new", "said"),
    [(1, "1 image is too few"), (29, "29 images are too few"), (100, "show only large shifts"), (2000, "")],
)
def test_what_few_images_cannot_show_is_said(new, said):
    sentences = list(power(new, 2000, "image"))
    assert said in " ".join(sentences)
    assert bool(sentences) == bool(said)
