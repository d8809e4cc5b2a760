"""A network as numbered values and the steps between them: what changes in the middle is computed again from there."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from inspect import signature
from itertools import count
from typing import Any

from saccade.core.backend import Layer, Model, keras
from saccade.core.errors import RunError
from saccade.inspection.graph import graph_of, is_graph, key_of, nodes


@dataclass(frozen=True)
class Step:
    """One use of a layer, and which values it takes and makes, by number.

    Attributes:
        name: the layer's name; "block/conv_1" within a model that is used as a layer.
        key: the same, but unlike any other: "block/conv_1:2" for the second use of the layer.
        layer: the Keras layer or operation.
        inputs: numbers of the values that it takes.
        outputs: numbers of the values that it makes.
        node: Keras's record of the call.
    """

    name: str
    key: str
    layer: Layer
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    node: Any

    def run(self, values: Mapping[int, Any]) -> tuple[Any, ...]:
        """Return what goes out, tensors of the backend; `values` knows what comes in, by number."""
        came = zip(self.node.input_tensors, self.inputs, strict=True)
        arguments, options = self.node.arguments.fill_in({id(tensor): values[number] for tensor, number in came})
        if isinstance(self.layer, keras.Layer) and "training" in signature(self.layer.call).parameters:
            options = {**options, "training": False}  # random flips and turns are made in training if nothing is said
        return tuple(keras.tree.flatten(self.layer(*arguments, **options)))


@dataclass(frozen=True)
class Plan:
    """A network as steps in the order of the computation, nested models opened.

    Attributes:
        steps: each use of a layer.
        dtype: of the images that go in, value 0.
        answers: the numbers of the values that the network answers with; most networks have one.
    """

    steps: tuple[Step, ...]
    dtype: str
    answers: tuple[int, ...]

    @property
    def answer(self) -> int:
        """The number of the value that the network answers with, the first of several."""
        return self.answers[0]

    def start(self, images: Any) -> dict[int, Any]:
        """Return the value that goes in, a batch of images (n, h, w, c), by its number."""
        return {0: keras.ops.convert_to_tensor(images, dtype=self.dtype)}

    def run(self, images: Any) -> dict[int, Any]:
        """Return every value of a batch of images (n, h, w, c), by number."""
        values = self.start(images)
        for step in self.steps:
            values.update(zip(step.outputs, step.run(values), strict=True))
        return values

    def walk(self, images: Any) -> Iterator[tuple[Step, Mapping[int, Any]]]:
        """Yield each step with the values that are needed from there on, by number; others are dropped on the way."""
        values = self.start(images)
        for place, step in enumerate(self.steps):
            values.update(zip(step.outputs, step.run(values), strict=True))
            yield step, values
            self._drop(values, place)

    def with_branches(self, values: Mapping[int, Any], number: int) -> dict[int, Any]:
        """Return values of `walk` at the step that makes one, and those that later steps make without it."""
        now, depends, passed = dict(values), {number}, False
        for step in self.steps:
            if depends.intersection(step.inputs):
                depends.update(step.outputs)
            elif passed:
                now.update(zip(step.outputs, step.run(now), strict=True))
            passed = passed or number in step.outputs
        return now

    def after(self, number: int) -> tuple[Step, ...]:
        """Return the steps that depend on a value, in the order of the computation."""
        found, stale = [], {number}
        for step in self.steps:
            if stale.intersection(step.inputs):
                found.append(step)
                stale.update(step.outputs)
        return tuple(found)

    def _drop(self, values: dict[int, Any], place: int) -> None:
        """Forget what a step takes or makes and no later one takes: of large images, memory holds a few maps only."""
        step = self.steps[place]
        for number in (*step.inputs, *step.outputs):
            if self._last_taken.get(number, place) <= place and number not in self.answers:
                values.pop(number, None)

    @cached_property
    def _last_taken(self) -> dict[int, int]:
        """The place of the last step that takes a value, by the value's number."""
        return {number: place for place, step in enumerate(self.steps) for number in step.inputs}


def plan(model: Model) -> Plan:
    """Return the steps of a functional or built Sequential model with one input.

    Raises:
        RunError: the model is of another kind, or has several inputs.
    """
    graph = graph_of(model)
    if len(graph.inputs) != 1:
        raise RunError(
            f"The network '{model.name}' takes {len(graph.inputs)} inputs; only networks with one, the image, can be "
            "looked into."
        )
    numbers = {id(graph.inputs[0]): 0}
    steps, uses = [], Counter[str]()
    for step in _steps(graph, numbers, count(1), prefix=""):
        uses[step.name] += 1
        steps.append(replace(step, key=key_of(step.name, uses[step.name])))
    return Plan(tuple(steps), graph.inputs[0].dtype, tuple(numbers[id(tensor)] for tensor in graph.outputs))


def _steps(graph: Any, numbers: dict[int, int], fresh: Iterator[int], *, prefix: str) -> Iterator[Step]:
    """Yield the steps of one graph; `numbers` knows every tensor that is made, by identity."""
    for node in nodes(graph):
        if isinstance(node.operation, keras.layers.InputLayer):
            continue
        came = tuple(numbers[id(tensor)] for tensor in node.input_tensors)
        if is_graph(node.operation):
            yield from _steps_inside(node, came, numbers, fresh, prefix=prefix)
            continue
        made = tuple(next(fresh) for _ in node.outputs)
        numbers.update(zip(map(id, node.outputs), made, strict=True))
        name = f"{prefix}{node.operation.name}"
        yield Step(name, name, node.operation, came, made, node)


def _steps_inside(
    node: Any, came: tuple[int, ...], numbers: dict[int, int], fresh: Iterator[int], *, prefix: str
) -> Iterator[Step]:
    """Yield the steps of a model that is used as a layer: its ends are values of the graph around it."""
    inner = graph_of(node.operation)
    inside = dict(zip(map(id, inner.inputs), came, strict=True))
    yield from _steps(inner, inside, fresh, prefix=f"{prefix}{node.operation.name}/")
    numbers.update((id(outer), inside[id(end)]) for outer, end in zip(node.outputs, inner.outputs, strict=True))
