"""How an autoencoder rebuilds rows: where in the network the rebuilt features stand, and what they mean in columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import RunError
from saccade.inspection.plan import Plan, Step
from saccade.modalities.tables.schema import Column, number
from saccade.models.autoencoders import FEATURES, Feature

Numbers = NDArray[np.float32]

_SAME = {"Concatenate", "ExpandDims", "Identity"}
"""What passes features on as they are, or repeats them, to be compared with what was rebuilt."""

_TOGETHER = {"Stack", "Concatenate"}
"""What puts several rebuilt rows side by side."""


@dataclass(frozen=True)
class Ends:
    """Which values of a plan are what goes into an autoencoder and what comes out.

    Attributes:
        features: the number of the standardised features, (n, width).
        rebuilt: the numbers of what they are compared with, (n, width) each: most networks rebuild a row once, some in
            several ways; empty where the network does something else.
    """

    features: int
    rebuilt: tuple[int, ...]


def find_ends(network: Plan) -> Ends:
    """Return where features and rebuilt features stand; raises RunError where there are no features.

    What is rebuilt is known by its being subtracted from the features, or they from it.
    """
    start = next((step.outputs[0] for step in network.steps if step.key == FEATURES), None)
    if start is None:
        raise RunError(f"The network has no layer '{FEATURES}': it was not made for rows of a table.")
    same = {start}
    for step in network.steps:
        if step.name.rpartition("/")[2] != FEATURES and _kind(step) in _SAME and same.issuperset(step.inputs):
            same.update(step.outputs)
        others = [number for number in step.inputs if number not in same]
        if _kind(step) == "Subtract" and len(others) == 1 and len(step.inputs) == 2:
            return Ends(start, _splits(network, others[0]))
    return Ends(start, ())


def rebuilt_features(values: dict[int, Numbers], ends: Ends) -> Numbers:
    """Return the rebuilt features, (ways, n, width), one or more ways."""
    return np.stack([values[number] for number in ends.rebuilt])


def in_words(column: Column, features: list[Feature], values: Numbers) -> str:
    """Return rebuilt features of one column as the column would say it: "12.5", "ATM (0.83)".

    Args:
        column: of the schema.
        features: those made of the column, one or more.
        values: (len(features),), what was rebuilt of them.
    """
    said = {feature: float(feature.said(value)) for feature, value in zip(features, values, strict=True)}
    gap = next((value for feature, value in said.items() if feature.kind == "gap"), 0.0)
    if gap > 0.5:
        return f"missing ({gap:.2f})"
    if column.kind == "number":
        return column.shown(said[features[0]]) if column.offset else number(said[features[0]])
    if column.kind == "boolean":
        return f"{said[features[0]]:.2f} (yes is 1)"
    best = max((each for each in features if each.kind == "category"), key=said.__getitem__)
    return f"{best.name.removeprefix(f'{column.name}: ')} ({said[best]:.2f})"


def _splits(network: Plan, number: int) -> tuple[int, ...]:
    """Return the values that were put together to one, or the one itself."""
    maker = next((step for step in network.steps if number in step.outputs), None)
    if maker is not None and _kind(maker) in _TOGETHER:
        return tuple(split for each in maker.inputs for split in _splits(network, each))
    if maker is not None and _kind(maker) == "ExpandDims":
        return _splits(network, maker.inputs[0])
    return (number,)


def _kind(step: Step) -> str:
    return type(step.layer).__name__
