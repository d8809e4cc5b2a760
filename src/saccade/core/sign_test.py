"""Sign test: whether two counts are more uneven than a fair coin makes them."""

from scipy.special import bdtr  # scipy.stats has it too, and takes half a second to import


def sign_test(first: int, second: int) -> float:
    """Return the two-sided p-value, 0 to 1, of two counts that are as likely to grow; 1 where both are 0.

    With the images that only one of two networks has right, it is McNemar's exact test. For example::

        sign_test(0, 5)     # 0.0625
    """
    return min(1.0, 2 * float(bdtr(min(first, second), first + second, 0.5)))
