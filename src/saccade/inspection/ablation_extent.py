"""How much of a network is ablated: all of it where the work is small; else fewer images, channels and layers.

Work is bounded in multiply-adds and not in seconds, so that the same network always gives the same numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from saccade.inspection.multiply_adds import FLOAT_BYTES, count_multiply_adds, work
from saccade.inspection.plan import Plan, Step

WORK = 2e12
"""Of all replacements together, in multiply-adds: some ten seconds of one core."""

FEWEST_IMAGES = 30
"""Images below which a layer is left out: the interval of a share would be wider than a third."""

FEWEST_CHANNELS = 4
"""Single channels for which images are given up."""


@dataclass(frozen=True)
class Wish:
    """What there is to do for one layer.

    Attributes:
        work: for one image and one replacement, of all that comes after the layer.
        splits: replacements that say what the layer as a whole is worth: halves, and all of it.
        channels: single channels, on top of these.
    """

    work: float
    splits: int
    channels: int

    @property
    def replacements(self) -> int:
        """How many there are to do."""
        return self.splits + self.channels


@dataclass(frozen=True)
class Extent:
    """What is done for one layer.

    Attributes:
        images: on how many the channels are replaced; 0: on none, the layer is left out.
        channels: how many single ones are replaced.
    """

    images: int
    channels: int


LEFT_OUT = Extent(0, 0)


def extents(wishes: Mapping[str, Wish], images: int, *, bound: float) -> dict[str, Extent]:
    """Return what is done for each layer, in the order given, so that the sum of the work stays within a bound.

    Every layer gets `FEWEST_IMAGES` first, cheap layers before dear ones; what is left is shared out evenly, and what
    a cheap layer does not need goes to the others.

    Args:
        wishes: by layer.
        images: that there are.
        bound: in multiply-adds.
    """
    by_work = sorted((name for name in wishes if wishes[name].replacements), key=lambda name: wishes[name].work)
    least = {name: _least(wishes[name], images) for name in by_work}
    kept, left = [], bound
    for name in by_work:
        if least[name] <= left:
            kept.append(name)
            left -= least[name]
    found = dict.fromkeys(wishes, LEFT_OUT)
    for place, name in enumerate(kept):
        share = left / (len(kept) - place)
        found[name] = _within(wishes[name], images, least[name] + share)
        left -= _work(wishes[name], found[name]) - least[name]
    return found


def _least(wish: Wish, images: int) -> float:
    return wish.work * max(1, wish.splits) * min(images, FEWEST_IMAGES)


def _work(wish: Wish, extent: Extent) -> float:
    return wish.work * extent.images * (wish.splits + extent.channels)


def _within(wish: Wish, images: int, bound: float) -> Extent:
    """Return as many images as allow for a few single channels, and then as many channels as can be."""
    passes = bound / wish.work
    replaced = wish.splits + min(wish.channels, FEWEST_CHANNELS)
    count = min(images, max(FEWEST_IMAGES, int(passes / replaced)))
    return Extent(count, min(wish.channels, max(0, int(passes / count) - wish.splits)))


def work_after(plan: Plan, values: Mapping[int, Any], number: int) -> float:
    """Return the work of all steps that depend on a value, for one image; at least 1.

    Args:
        plan: of the network.
        values: all that the network makes of one image, by number.
        number: of the value.
    """
    return max(1.0, sum(_work_of(step, values) for step in plan.after(number)))


def _work_of(step: Step, values: Mapping[int, Any]) -> float:
    made = tuple(values[step.outputs[0]].shape[1:])
    came = tuple(values[step.inputs[0]].shape[1:]) if step.inputs else made
    return work(count_multiply_adds(step.layer, came, made) or 0, FLOAT_BYTES * prod(made))
