"""What an answer may be the mean of: several views of an image."""

from typing import NamedTuple

SHIFT = 1 / 32
"""Of a side; as a whole number of pixels, and one at least."""


class Views(NamedTuple):
    """What an answer is the mean of: the image, the same shifted, and the mirror images of these."""

    words: str
    """All of them."""

    shifts: tuple[int, ...] = ()
    """Along the diagonal, in steps of `SHIFT`."""

    @property
    def number(self) -> int:
        """How many there are."""
        return 2 * (1 + len(self.shifts))


VIEWS = {
    "mirror": Views("the image and its mirror image"),
    "mirror_and_shift": Views("the image, two shifted ones and the mirror images of all three", (-1, 1)),
}
"""By what the recipe's `test_time_augmentation` says."""
