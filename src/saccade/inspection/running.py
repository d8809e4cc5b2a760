"""A network run layer by layer: what came into each, what went out, and how long it took."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from saccade.core.arrays import Array
from saccade.core.backend import Layer, Model, keras
from saccade.inspection.plan import Plan, plan


@dataclass(frozen=True)
class LayerRun:
    """What one use of a layer did to a batch.

    Attributes:
        name: the layer's name; "block/conv_1" within a model that is used as a layer.
        key: the same, but unlike any other: "block/conv_1:2" for the second use of the layer.
        layer: the Keras layer or operation.
        inputs: what came in, tensors of the backend, (n, …) each.
        outputs: what went out, likewise; most layers have one.
        seconds: how long it took.
    """

    name: str
    key: str
    layer: Layer
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]
    seconds: float

    @property
    def output(self) -> Array:
        """(n, …), the first output, as an array."""
        array: Array = keras.ops.convert_to_numpy(self.outputs[0])
        return array


def run_layers(model: Model, images: Any, *, instead: Mapping[str, Any] | None = None) -> Iterator[LayerRun]:
    """Run a model on a batch once, and yield every layer as it is computed, those of nested models too.

    Args:
        model: a functional or built Sequential model with one input.
        images: (n, h, w, c), raw as the model expects them: an array or a tensor of the backend.
        instead: tensors to go on with in place of a layer's output, by its key: what does the answer owe to it?

    Raises:
        RunError: the model is of another kind, or has several inputs.
    """
    return _run(plan(model), images, instead or {})


def _run(network: Plan, images: Any, instead: Mapping[str, Any]) -> Iterator[LayerRun]:
    values = network.start(images)
    for step in network.steps:
        started = time.perf_counter()
        outputs = step.run(values)
        seconds = time.perf_counter() - started
        if step.key in instead:
            outputs = (instead[step.key], *outputs[1:])
        values.update(zip(step.outputs, outputs, strict=True))
        inputs = tuple(values[number] for number in step.inputs)
        yield LayerRun(step.name, step.key, step.layer, inputs, outputs, seconds)
