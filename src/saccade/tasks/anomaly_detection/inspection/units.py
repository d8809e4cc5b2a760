"""Units: what every unit of a network for rows says of some rows, and what is usual for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import Layer, keras
from saccade.inspection.describing import PASSING, activation_of, sentence
from saccade.inspection.plan import Plan, Step
from saccade.inspection.summary import LayerSummary
from saccade.models.autoencoders import Feature
from saccade.tasks.anomaly_detection.inspection.reconstruction import Ends

LOW, HIGH = 0.05, 0.95
"""Between these quantiles of normal rows a unit is called usual."""

MOST_ROWS, MOST_BYTES = 2000, 256 * 2**20
"""Rows that show what is usual, and memory of what the whole network says of them, at most."""

Numbers = NDArray[np.float32]


@dataclass(frozen=True)
class Units:
    """One layer of a network for rows, and what its units usually say.

    Attributes:
        key: its name, unlike that of any other use of a layer.
        summary: its size and parameters.
        layer: the Keras layer or operation.
        number: of its value in the plan.
        names: of its u units: "unit 3"; features and columns have names of their own.
        described: what it does, in a sentence.
        quantiles: (3, u): 5%, median and 95% over usual rows.
        dead: which units say the same of every usual row.
    """

    key: str
    summary: LayerSummary
    layer: Layer
    number: int
    names: tuple[str, ...]
    described: str
    quantiles: Numbers
    dead: NDArray[np.bool_]

    @property
    def is_hidden(self) -> bool:
        """Whether its units stand for nothing but themselves, and may be dead: shares that sum to 1 may not."""
        return self.names[0] == "unit 0" and activation_of(self.layer) != "softmax"

    def strangeness(self, values: Numbers) -> Numbers:
        """Return how far outside of what is usual each unit (u,) is, in widths of its own usual range; 0 within it."""
        low, _, high = self.quantiles
        width = high - low
        # a unit that is nearly always the same may differ a little without being called the strangest of all
        least = 0.1 * float(np.median(width)) or 1e-6
        return np.asarray(np.maximum(np.maximum(low - values, values - high), 0) / np.maximum(width, least))


def values_of(network: Plan, rows: Numbers) -> dict[int, Numbers]:
    """Return every value of encoded rows (n, d), by number, as arrays."""
    return {number: np.asarray(keras.ops.convert_to_numpy(value)) for number, value in network.run(rows).items()}


def few_enough(network: Plan, rows: Numbers) -> Numbers:
    """Return so many of the rows, evenly spread, as the memory has room for what the network says of them."""
    each = sum(value[0].nbytes for value in values_of(network, rows[:1]).values())
    count = int(np.clip(MOST_BYTES // each, 1, MOST_ROWS))
    places = np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(np.int64))
    return np.asarray(rows[places])


def find_units(
    network: Plan,
    ends: Ends,
    reference: dict[int, Numbers],
    *,
    summaries: dict[str, LayerSummary],
    features: Sequence[Feature],
    columns: Sequence[str],
) -> tuple[Units, ...]:
    """Return the layers from the features to the contributions whose output is a row of numbers.

    Args:
        network: the plan.
        ends: where features and rebuilt features stand.
        reference: every value of usual rows, from `values_of`.
        summaries: of the layers, by key.
        features: of the table.
        columns: their names.
    """
    known = {number: tuple(each.name for each in features) for number in (ends.features, *ends.rebuilt)}
    known[network.answer] = tuple(columns)
    return tuple(
        Units(
            key=step.key,
            summary=summaries[step.key],
            layer=step.layer,
            number=step.outputs[0],
            names=known.get(step.outputs[0]) or tuple(f"unit {n}" for n in range(reference[step.outputs[0]].shape[1])),
            described=_described(step, network, ends, reference),
            quantiles=np.quantile(reference[step.outputs[0]], (LOW, 0.5, HIGH), axis=0).astype(np.float32),
            dead=np.ptp(reference[step.outputs[0]], axis=0) == 0,
        )
        for step in _shown(network, ends, reference)
    )


def _shown(network: Plan, ends: Ends, reference: dict[int, Numbers]) -> Iterator[Step]:
    begun = False
    for step in network.steps:
        number = step.outputs[0]
        begun = begun or number == ends.features
        is_end = number in (ends.features, network.answer)
        is_layer = isinstance(step.layer, keras.Layer) and not isinstance(step.layer, PASSING)
        if begun and reference[number].ndim == 2 and (is_end or is_layer):
            yield step


def _described(step: Step, network: Plan, ends: Ends, reference: dict[int, Any]) -> str:
    number = step.outputs[0]
    if number == ends.features:
        return "The columns as the network sees them: standardised, and categories as a number each."
    if number == network.answer:
        return "What each column adds to the score."
    said = sentence(step.layer, [reference[each].shape[1:] for each in step.inputs], reference[number].shape[1:])
    return f"{said} These are the features, rebuilt." if number in ends.rebuilt else said
