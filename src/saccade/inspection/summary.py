"""What a network consists of: each layer's output, parameters, work, view of the image and memory."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from math import prod
from typing import Any

from rich.table import Table
from rich.text import Text

from saccade.core.backend import Model, keras
from saccade.core.errors import RunError
from saccade.core.safe_json import Json
from saccade.inspection.graph import graph_of, is_graph, key_of, nodes
from saccade.inspection.multiply_adds import FLOAT_BYTES, UNKNOWN, count_multiply_adds, work
from saccade.inspection.receptive_field import Field, after


@dataclass(frozen=True)
class LayerSummary:
    """One layer, for one image.

    Attributes:
        name: the layer's name; "block/conv_1" within a model that is used as a layer.
        kind: the Keras class: "Conv2D".
        output_shape: without the batch: (26, 26, 32).
        parameters: weights, trained or not; 0 where the layer is used a second time.
        trainable: those that training changes.
        multiply_adds: the work of its kernels; None where it is not known how to count.
        receptive_field: (height, width) in pixels of the image that one output number depends on; None is
            the whole image.
        stride: (height, width) in pixels from one output number to its neighbour; None as above.
        start: (row, column) of the first pixel that the first output number depends on; negative in padding.
        activation_bytes: memory of the output in float32.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    trainable: int
    multiply_adds: int | None
    receptive_field: tuple[int, int] | None
    stride: tuple[float, float] | None
    start: tuple[float, float]
    activation_bytes: int

    @property
    def view(self) -> Field:
        """What one output number sees, and where."""
        return Field(self.receptive_field, self.stride, self.start)


@dataclass(frozen=True)
class Totals:
    """Sums over the layers; work is None when that of any layer is not known."""

    parameters: int
    trainable: int
    multiply_adds: int | None
    activation_bytes: int

    @property
    def work(self) -> float:
        """Multiply-adds, and what moving the activations costs in them."""
        return work(UNKNOWN if self.multiply_adds is None else self.multiply_adds, self.activation_bytes)


def summarize(model: Model) -> list[LayerSummary]:
    """Return the layers of a Keras model in the order of the computation, those of nested models too.

    Args:
        model: a functional or Sequential model with a fixed image size.

    Raises:
        RunError: the model is of another kind, was not built yet, or takes images of any size.
    """
    graph = graph_of(model)
    fields = {id(tensor): Field() for tensor in graph.inputs}
    return list(_walk(graph, fields, prefix="", seen=set()))


def by_key(model: Model) -> dict[str, LayerSummary]:
    """Return the layers of a model by the keys of `run_layers`, in the same order; what only takes in is none."""
    uses = Counter[str]()
    found = {}
    for layer in summarize(model):
        if layer.kind == "InputLayer":
            continue
        uses[layer.name] += 1
        found[key_of(layer.name, uses[layer.name])] = layer
    return found


def total(layers: Sequence[LayerSummary]) -> Totals:
    """Return the sums over the layers."""
    counts = [layer.multiply_adds for layer in layers]
    return Totals(
        parameters=sum(layer.parameters for layer in layers),
        trainable=sum(layer.trainable for layer in layers),
        multiply_adds=None if None in counts else sum(count or 0 for count in counts),
        activation_bytes=sum(layer.activation_bytes for layer in layers),
    )


def as_dict(layers: Sequence[LayerSummary]) -> Json:
    """Return {"layers": [...], "totals": {...}} as plain values for JSON."""
    return {"layers": [_plain(layer) for layer in layers], "totals": asdict(total(layers))}


def as_table(layers: Sequence[LayerSummary], *, title: str | None = None) -> Table:
    """Return a table for the terminal, a layer a row, the sums at its foot."""
    sums = total(layers)
    views = any(layer.receptive_field for layer in layers)  # of rows there is nothing to see a part of
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0), show_footer=True)
    table.add_column("layer", f"{len(layers)} layers", overflow="fold")
    table.add_column("kind", overflow="fold")
    table.add_column("output", no_wrap=True)
    for header, footer in (
        ("parameters", f"{sums.parameters:,}"),
        ("multiply-\nadds", _number(sums.multiply_adds)),  # in two lines, to fit a terminal of 80 columns
        *((("sees", ""), ("stride", "")) if views else ()),
        ("memory", _memory(sums.activation_bytes)),
    ):
        table.add_column(header, footer, justify="right", no_wrap=True)
    for layer in layers:
        table.add_row(*(Text(cell) for cell in _cells(layer, views=views)))
    return table


def _cells(layer: LayerSummary, *, views: bool) -> tuple[str, ...]:
    return (
        layer.name,
        layer.kind,
        _times(layer.output_shape),
        f"{layer.parameters:,}",
        _number(layer.multiply_adds),
        *((_seen(layer), _times(layer.stride) if layer.stride else "") if views else ()),
        _memory(layer.activation_bytes),
    )


def _seen(layer: LayerSummary) -> str:
    return _times(layer.receptive_field) if layer.receptive_field else "all"


def _walk(graph: Any, fields: dict[int, Field], *, prefix: str, seen: set[int]) -> Iterator[LayerSummary]:
    """Summarise each use of a layer; `fields` knows every tensor that was computed, by identity."""
    for node in nodes(graph):
        layer = node.operation
        if prefix and isinstance(layer, keras.layers.InputLayer):
            continue  # what a nested model takes in was computed outside, and is known
        came = [fields[id(tensor)] for tensor in node.input_tensors]
        if is_graph(layer):
            yield from _enter(layer, node, came, fields, prefix=prefix, seen=seen)
            continue
        arrived = _shape(node.input_tensors[0]) if node.input_tensors else _shape(node.outputs[0])
        for tensor in node.outputs:
            fields[id(tensor)] = after(layer, came or [Field()], arrived, _shape(tensor))
        yield _summary(node, fields[id(node.outputs[0])], prefix=prefix, seen=seen)


def _enter(
    model: Model, node: Any, came: list[Field], fields: dict[int, Field], *, prefix: str, seen: set[int]
) -> Iterator[LayerSummary]:
    """Summarise a model that is used as a layer."""
    graph = graph_of(model)
    inner = {id(tensor): field for tensor, field in zip(graph.inputs, came, strict=True)}
    yield from _walk(graph, inner, prefix=f"{prefix}{model.name}/", seen=seen)
    for outside, inside in zip(node.outputs, graph.outputs, strict=True):
        fields[id(outside)] = inner[id(inside)]


def _summary(node: Any, field: Field, *, prefix: str, seen: set[int]) -> LayerSummary:
    layer, shape = node.operation, _shape(node.outputs[0])
    came = _shape(node.input_tensors[0]) if node.input_tensors else shape
    first = id(layer) not in seen
    seen.add(id(layer))
    return LayerSummary(
        name=f"{prefix}{layer.name}",
        kind=type(layer).__name__,
        output_shape=shape,
        parameters=_size(getattr(layer, "weights", ())) if first else 0,
        trainable=_size(getattr(layer, "trainable_weights", ())) if first else 0,
        multiply_adds=count_multiply_adds(layer, came, shape),
        receptive_field=field.size,
        stride=field.stride,
        start=field.start,
        activation_bytes=FLOAT_BYTES * sum(prod(_shape(tensor)) for tensor in node.outputs),
    )


def _shape(tensor: Any) -> tuple[int, ...]:
    shape = tuple(tensor.shape[1:])
    if None in shape:
        raise RunError(f"'{tensor.name}' has no fixed size: {shape}. Build the network for one size of image.")
    return shape


def _size(weights: Sequence[Any]) -> int:
    return sum(prod(weight.shape) for weight in weights)


def _plain(layer: LayerSummary) -> Json:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(layer).items()}


def _number(count: int | None) -> str:
    return "not known" if count is None else f"{count:,}"


def _times(shape: Sequence[float]) -> str:
    return "×".join(f"{side:g}" for side in shape)


def _memory(count: int) -> str:
    return f"{count / 1024:,.1f} KiB" if count < 2**20 else f"{count / 2**20:,.1f} MiB"
