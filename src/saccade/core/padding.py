"""How many zeros `same` padding puts around a side."""


def same_padding(size: int, reach: int, stride: int) -> tuple[int, int]:
    """Return how many cells Keras puts before and after a side, so that the output has size / stride, rounded up.

    Of an odd number the larger half comes behind: `same_padding(28, 2, 1)` is (0, 1).

    Args:
        size: cells of the side, 1 or more.
        reach: cells from the first under the window to the last, with both: its size, where it is not dilated.
        stride: cells from place to place, 1 or more.
    """
    places = -(-size // stride)
    missing = max(0, (places - 1) * stride + reach - size)
    return missing // 2, missing - missing // 2
