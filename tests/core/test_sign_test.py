import pytest
from scipy.stats import binomtest

from saccade.core.sign_test import sign_test


@pytest.mark.parametrize("counts", [(0, 5), (3, 9), (5, 5), (7, 2), (0, 1), (400, 470)])
def test_it_is_the_exact_test_of_a_fair_coin(counts):
    assert sign_test(*counts) == pytest.approx(binomtest(counts[0], sum(counts)).pvalue, rel=1e-12)


def test_where_nothing_was_counted_nothing_is_surprising():
    assert sign_test(0, 0) == 1
