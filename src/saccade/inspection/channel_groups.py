"""Which values of a network are its channels: what a layer with weights has found, after its activation.

In `Conv2D → BatchNormalization → ReLU` the same channels come by three times. They are looked at once, where the
activation has decided what the next layer hears.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from saccade.core.backend import Layer, keras
from saccade.core.errors import RunError
from saccade.inspection.graph import key_of
from saccade.inspection.plan import Plan, Step

layers = keras.layers

_CHANNEL_BY_CHANNEL = (
    layers.BatchNormalization,
    layers.LayerNormalization,
    layers.GroupNormalization,
    layers.Normalization,
    layers.Rescaling,
    layers.Dropout,
    layers.SpatialDropout2D,
)
"""What may stand between weights and their activation, without mixing channels."""

_BOUNDS: dict[str, tuple[float | None, float | None]] = {
    "sigmoid": (0, 1),
    "hard_sigmoid": (0, 1),
    "tanh": (-1, 1),
    "hard_tanh": (-1, 1),
    "softsign": (-1, 1),
    "relu6": (None, 6),  # at 0 it is silent, which is what it should be for most images
}

_CLASSES = {"ReLU": "relu", "LeakyReLU": "leaky_relu", "PReLU": "prelu", "ELU": "elu", "Softmax": "softmax"}
_OPERATIONS = ("relu", "relu6", "sigmoid", "tanh", "elu", "selu", "gelu", "silu", "softplus", "softmax", "softsign")


@dataclass(frozen=True)
class Bank:
    """The channels of one layer, and where they are measured.

    Attributes:
        name: the layer with weights: "conv_1"; of an activation after a sum of branches, the activation. A layer that
            is used again is "conv_1:2".
        measured_at: the layer whose output is measured.
        kind: the Keras class of the layer with weights: "Conv2D".
        activation: "relu", or "" for none.
        bounds: the lowest and highest value that the activation can come close to, None where it has none.
        number: the value of the plan that is measured.
        is_answer: its channels are the classes, or whatever else the network answers with.
        is_frozen: its weights came from elsewhere and were not trained here.
    """

    name: str
    measured_at: str
    kind: str
    activation: str
    bounds: tuple[float | None, float | None]
    number: int
    is_answer: bool
    is_frozen: bool = False


def find_banks(plan: Plan) -> tuple[Bank, ...]:
    """Return the banks of channels of a network, in the order of the computation.

    Raises:
        RunError: its channels stand before height and width.
    """
    makers = {number: step for step in plan.steps for number in step.outputs}
    ends = [step for step in plan.steps if activation_of(step.layer)]
    pairs = [(_source(step, makers), step) for step in ends]
    heard = {source.outputs for source, _ in pairs}
    pairs += [(step, step) for step in plan.steps if has_weights(step.layer) and step.outputs not in heard]
    pairs.sort(key=lambda pair: pair[1].outputs)
    return tuple(_named_apart(_bank(source, step, plan) for source, step in pairs))


def has_weights(layer: Layer) -> bool:
    """Say whether a layer multiplies what comes in by weights that mix channels."""
    mixes = not isinstance(layer, (*_CHANNEL_BY_CHANNEL, layers.PReLU))
    return mixes and any(len(each.shape) > 1 for each in getattr(layer, "weights", ()))


def activation_of(layer: Layer) -> str:
    """Return the name of the activation that a layer or operation applies, "" for none."""
    kind = type(layer).__name__
    if kind == "ReLU" and layer.max_value is not None:
        return "relu6"
    if kind in _CLASSES:
        return _CLASSES[kind]
    if kind.lower() in _OPERATIONS:  # keras.ops.relu(x) in a functional model
        return kind.lower()
    name = getattr(getattr(layer, "activation", None), "__name__", "")
    return "" if name == "linear" else name


def _source(step: Step, makers: dict[int, Step]) -> Step:
    """Return the step with the weights that an activation belongs to, or the activation itself."""
    if has_weights(step.layer):
        return step
    before = makers.get(step.inputs[0])
    while before and isinstance(before.layer, _CHANNEL_BY_CHANNEL):
        before = makers.get(before.inputs[0])
    return before if before and has_weights(before.layer) and not activation_of(before.layer) else step


def _bank(source: Step, step: Step, plan: Plan) -> Bank:
    if getattr(source.layer, "data_format", None) == "channels_first":
        raise RunError(
            f"The layer '{source.name}' keeps its channels before height and width (channels_first). Only networks "
            "with the channels last, as Saccade trains them, can be looked into."
        )
    activation = activation_of(step.layer)
    low, high = _BOUNDS.get(activation, (None, None))
    if activation == "relu6":
        high = getattr(step.layer, "max_value", None) or high
    return Bank(
        name=source.name,
        measured_at=step.name,
        kind=type(source.layer).__name__,
        activation=activation,
        bounds=(low, high),
        number=step.outputs[0],
        is_answer=step.outputs[0] in _answers(plan),
        is_frozen=_is_frozen(source.layer),
    )


def _is_frozen(layer: Layer) -> bool:
    return bool(getattr(layer, "weights", ())) and not layer.trainable_weights


def _answers(plan: Plan) -> set[int]:
    """Return the value that the network answers with, and those of which it is made channel by channel."""
    makers = {number: step for step in plan.steps for number in step.outputs}
    found = {plan.answer}
    while (maker := makers.get(min(found))) and isinstance(maker.layer, _CHANNEL_BY_CHANNEL):
        found.add(maker.inputs[0])
    return found


def _named_apart(banks: Iterable[Bank]) -> Iterator[Bank]:
    """Give a layer that is used again another name."""
    uses = Counter[str]()
    for bank in banks:
        uses[bank.name] += 1
        yield replace(bank, name=key_of(bank.name, uses[bank.name]))
