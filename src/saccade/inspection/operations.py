"""What layers compute, as a textbook writes it: loops over NumPy arrays, made to be read and not to be fast.

Like every deep-learning library, `convolve` does not turn the kernel round before it multiplies: mathematicians call
this a cross-correlation. The two differ only for kernels that look different when turned by half a turn.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saccade.core.padding import same_padding

Pair = tuple[int, int]
Numbers = NDArray[np.floating]


@dataclass(frozen=True)
class Slide:
    """How a window slides along one side of an image.

    Attributes:
        size: cells of the side: W of the textbook.
        window: numbers of the kernel along this side.
        stride: cells from one place of the window to the next: S.
        dilation: cells from one number of the kernel to the next; 1 leaves no gaps.
        before: cells of padding before the first cell. With `after` it is 2P of the textbook.
        after: cells of padding behind the last cell.
    """

    size: int
    window: int
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0

    @property
    def reach(self) -> int:
        """Cells from the window's first number to its last, both counted: F."""
        return (self.window - 1) * self.dilation + 1

    @property
    def places(self) -> int:
        """Places of the window, and so numbers of the output: (W − F + 2P)/S + 1, rounded down."""
        return (self.size - self.reach + self.before + self.after) // self.stride + 1

    @property
    def left_over(self) -> int:
        """Cells at the far end that no window reaches, because the stride does not come out even."""
        return max(0, (self.size - self.reach + self.before + self.after) % self.stride - self.after)

    @property
    def formula(self) -> str:
        """The output size with its numbers: "(28 − 3 + 0 + 0) / 1 + 1 = 26"."""
        fraction = f"({self.size} − {self.reach} + {self.before} + {self.after}) / {self.stride}"
        even = (self.size - self.reach + self.before + self.after) % self.stride == 0
        return f"{fraction if even else f'⌊{fraction}⌋'} + 1 = {self.places}"

    def cells(self, place: int) -> range:
        """Return the cells under the window; those below 0 and from `size` on are padding."""
        first = place * self.stride - self.before
        return range(first, first + self.reach, self.dilation)


def slide(size: int, window: int, *, stride: int = 1, dilation: int = 1, padding: str = "valid") -> Slide:
    """Return how a window slides along a side.

    Args:
        size: cells of the side.
        window: numbers of the kernel along it.
        stride: cells from place to place.
        dilation: cells from one number of the kernel to the next.
        padding: "valid", where the window stays within the image, or "same", where the output has size / stride
            numbers, rounded up. When "same" needs an odd number of cells, Keras puts the larger half behind: with a
            window of 2 and a stride of 1 there is no cell before and one after.
    """
    if padding == "valid":
        return Slide(size, window, stride, dilation)
    before, after = same_padding(size, (window - 1) * dilation + 1, stride)
    return Slide(size, window, stride, dilation, before, after)


def slides(
    shape: Pair, window: Pair, strides: Pair = (1, 1), dilation: Pair = (1, 1), padding: str = "valid"
) -> tuple[Slide, Slide]:
    """Return how a window slides along the rows and along the columns."""
    rows, columns = (
        slide(shape[axis], window[axis], stride=strides[axis], dilation=dilation[axis], padding=padding)
        for axis in (0, 1)
    )
    return rows, columns


def window_at(image: Numbers, rows: Slide, columns: Slide, place: Pair, *, outside: float = 0.0) -> Numbers:
    """Return what lies under the window, (window height, window width, c).

    Args:
        image: (h, w, c).
        rows: how the window slides down.
        columns: how it slides to the right.
        place: (row, column) of the output.
        outside: what stands in the cells of padding.
    """
    window = np.full((rows.window, columns.window, image.shape[2]), outside, np.float64)
    for i, row in enumerate(rows.cells(place[0])):
        for j, column in enumerate(columns.cells(place[1])):
            if 0 <= row < rows.size and 0 <= column < columns.size:
                window[i, j] = image[row, column]
    return window


def inside(rows: Slide, columns: Slide, place: Pair) -> NDArray[np.bool_]:
    """Return which cells under the window are of the image and not padding, (window height, window width)."""
    row_is_inside = [0 <= row < rows.size for row in rows.cells(place[0])]
    column_is_inside = [0 <= column < columns.size for column in columns.cells(place[1])]
    return np.outer(row_is_inside, column_is_inside)


def convolve(
    image: Numbers,
    kernel: Numbers,
    bias: Numbers | None = None,
    *,
    strides: Pair = (1, 1),
    padding: str = "valid",
    dilation: Pair = (1, 1),
    groups: int = 1,
) -> Numbers:
    """Return the sums of a convolution, (output height, output width, filters), before any activation.

    Args:
        image: (h, w, c).
        kernel: (kernel height, kernel width, c / groups, filters).
        bias: (filters,), a number that is added everywhere.
        strides: cells that the window moves down and to the right.
        padding: "valid" or "same", with zeros outside.
        dilation: cells between the numbers of the kernel.
        groups: the channels are cut into so many groups, and each filter sees those of one group.
    """
    *window_shape, seen, filters = kernel.shape
    rows, columns = slides(image.shape[:2], tuple(window_shape), strides, dilation, padding)
    sums = np.zeros((rows.places, columns.places, filters))
    for row in range(rows.places):
        for column in range(columns.places):
            window = window_at(image, rows, columns, (row, column))
            for number in range(filters):
                first = number // (filters // groups) * seen
                products = window[:, :, first : first + seen] * kernel[:, :, :, number]
                sums[row, column, number] = products.sum()
    return sums if bias is None else sums + bias


def pool_max(image: Numbers, window: Pair, *, strides: Pair | None = None, padding: str = "valid") -> Numbers:
    """Return the largest number under each place of the window, (output height, output width, c).

    Args:
        image: (h, w, c).
        window: height and width.
        strides: cells that the window moves; as large as the window when left out, so that places do not overlap.
        padding: "valid" or "same"; a cell of padding never wins.
    """
    rows, columns = slides(image.shape[:2], window, strides or window, padding=padding)
    largest = np.zeros((rows.places, columns.places, image.shape[2]))
    for row in range(rows.places):
        for column in range(columns.places):
            largest[row, column] = window_at(image, rows, columns, (row, column), outside=-np.inf).max(axis=(0, 1))
    return largest


def weigh(inputs: Numbers, kernel: Numbers, bias: Numbers | None = None) -> Numbers:
    """Return the sums of a dense layer, (units,), before any activation.

    Args:
        inputs: (n,).
        kernel: (n, units), the weight of each input for each unit.
        bias: (units,).
    """
    sums = np.zeros(kernel.shape[1])
    for unit in range(kernel.shape[1]):
        for number, value in enumerate(inputs):
            sums[unit] += value * kernel[number, unit]
    return sums if bias is None else sums + bias
