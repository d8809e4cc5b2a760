"""How the weights of a network are distributed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from saccade.core.backend import Layer, keras
from saccade.inspection.plan import Plan
from saccade.inspection.statistics import Histogram, histogram_of

NEAR_ZERO = 0.01
"""Of the largest: a weight below that share of it says next to nothing."""


@dataclass(frozen=True)
class Weights:
    """One tensor of weights.

    Attributes:
        layer: that it belongs to.
        name: "kernel", "bias", "gamma", …
        shape: of the tensor.
        mean, std: over its numbers.
        norm: the root of the sum of their squares.
        near_zero: share of them below `NEAR_ZERO` of the largest.
        histogram: of them.
    """

    layer: str
    name: str
    shape: tuple[int, ...]
    mean: float
    std: float
    norm: float
    near_zero: float
    histogram: Histogram


def weigh(plan: Plan) -> tuple[Weights, ...]:
    """Return the tensors of weights of a network, those of a layer that is used again once."""
    layers = {id(step.layer): step for step in reversed(plan.steps)}
    steps = sorted(layers.values(), key=lambda step: step.outputs)
    return tuple(each for step in steps for each in _of(step.name, step.layer))


def _of(name: str, layer: Layer) -> Iterator[Weights]:
    for variable in getattr(layer, "weights", ()):
        values = np.asarray(keras.ops.convert_to_numpy(variable), np.float64)
        sizes = np.abs(values)
        yield Weights(
            layer=name,
            name=variable.name,
            shape=values.shape,
            mean=float(values.mean()),
            std=float(values.std()),
            norm=float(np.linalg.norm(values)),
            near_zero=float((sizes <= NEAR_ZERO * sizes.max()).mean()),
            histogram=histogram_of(values),
        )
