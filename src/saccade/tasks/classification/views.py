"""What an answer may be the mean of: several views of an image."""

from typing import NamedTuple

SHIFT = 1 / 32
"""Of a side; as a whole number of pixels, and one at least."""


class Views(NamedTuple):
    """What an answer is the mean of: the image, the same shifted, and the mirror images of these."""

    others: str
    """In words, besides the image itself."""

    shifts: tuple[int, ...] = ()
    """Along the diagonal, in steps of `SHIFT`."""

    @property
    def number(self) -> int:
        """How many there are."""
        return 2 * (1 + len(self.shifts))


VIEWS = {
    "mirror": Views("its mirror image"),
    "mirror_and_shift": Views("it shifted along its diagonal, up and down, and all three mirrored", (-1, 1)),
}
"""By what the recipe's `test_time_augmentation` says."""
