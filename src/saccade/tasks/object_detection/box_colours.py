"""A colour for each class of objects, so that boxes are told apart on photos."""

import colorsys

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

_FIRST: tuple[Colour, ...] = (
    (230, 159, 0), (0, 158, 115), (86, 180, 233), (213, 94, 0), (204, 121, 167), (0, 114, 178), (240, 228, 66),
)  # fmt: skip
"""Colours that people who see fewer of them tell apart too (Okabe and Ito 2008)."""

_GOLDEN = 0.618034  # of the circle of hues: however many follow, no two lie near each other


def colour_of(number: int) -> Colour:
    """Return the colour of a class by its position in the classes."""
    if number < len(_FIRST):
        return _FIRST[number]
    parts = colorsys.hsv_to_rgb(number * _GOLDEN % 1, 0.85, 0.9)
    red, green, blue = (round(255 * part) for part in parts)
    return red, green, blue
