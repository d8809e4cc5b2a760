"""How a layer is written in a recipe, and the Keras layer that it stands for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from saccade.core.backend import keras
from saccade.core.errors import RecipeError, unknown

SIZES = ("strides", "padding")
CONVOLUTION = (*SIZES, "kernel_size", "activation", "use_bias", "bias_initializer")


@dataclass(frozen=True)
class Kind:
    """What may stand in a list of layers.

    Attributes:
        layer: the Keras layer.
        value: the Keras name of what follows the colon: `{conv: 32}` has 32 filters; "" when nothing does.
        options: the other Keras arguments that may be given.
        defaults: arguments that need not be given, where ours differ from Keras's or Keras has none.
        inherits: Keras arguments taken from an option of the whole network: {"padding": "padding"}.
        wants: what comes in: "image" (h, w, c), "row" (one row of numbers), "any".
    """

    layer: Any
    value: str = ""
    options: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    inherits: Mapping[str, str] = field(default_factory=dict)
    wants: str = "any"


_WEIGHTS = {"activation": "activation", "bias_initializer": "bias_initializer"}
_KERNEL = {**_WEIGHTS, "kernel_initializer": "kernel_initializer"}
_POOL: dict[str, Any] = {
    "value": "pool_size",
    "options": SIZES,
    "defaults": {"pool_size": 2},
    "wants": "image",
}

KINDS = {
    "conv": Kind(
        keras.layers.Conv2D,
        value="filters",
        options=(*CONVOLUTION, "kernel_initializer", "dilation_rate", "groups"),
        defaults={"kernel_size": 3},
        inherits={**_KERNEL, "padding": "padding"},
        wants="image",
    ),
    "depthwise_conv": Kind(
        keras.layers.DepthwiseConv2D,
        value="depth_multiplier",
        options=(*CONVOLUTION, "depthwise_initializer", "dilation_rate"),
        defaults={"kernel_size": 3, "depth_multiplier": 1},
        inherits={**_WEIGHTS, "depthwise_initializer": "kernel_initializer", "padding": "padding"},
        wants="image",
    ),
    "separable_conv": Kind(
        keras.layers.SeparableConv2D,
        value="filters",
        options=(
            *CONVOLUTION,
            "depthwise_initializer",
            "pointwise_initializer",
            "depth_multiplier",
            "dilation_rate",
        ),
        defaults={"kernel_size": 3},
        inherits={
            **_WEIGHTS,
            "depthwise_initializer": "kernel_initializer",
            "pointwise_initializer": "kernel_initializer",
            "padding": "padding",
        },
        wants="image",
    ),
    "max_pool": Kind(keras.layers.MaxPooling2D, **_POOL),
    "average_pool": Kind(keras.layers.AveragePooling2D, **_POOL),
    "global_average_pool": Kind(keras.layers.GlobalAveragePooling2D, wants="image"),
    "global_max_pool": Kind(keras.layers.GlobalMaxPooling2D, wants="image"),
    # Keras's momentum of .99 needs thousands of steps before the saved statistics fit; short runs need .9.
    "batch_norm": Kind(
        keras.layers.BatchNormalization,
        options=("momentum", "epsilon", "center", "scale"),
        defaults={"momentum": 0.9},
    ),
    "activation": Kind(keras.layers.Activation, value="activation"),
    "dropout": Kind(keras.layers.Dropout, value="rate"),
    "flatten": Kind(keras.layers.Flatten),
    "dense": Kind(
        keras.layers.Dense,
        value="units",
        options=("activation", "use_bias", "kernel_initializer", "bias_initializer"),
        inherits=_KERNEL,
        wants="row",
    ),
}


@dataclass(frozen=True)
class Layer:
    """One layer of a recipe, checked: its kind and the arguments for Keras.

    Attributes:
        kind: a name of `KINDS`.
        arguments: for the Keras layer; an argument that is missing is inherited from the network.
        written: as it stands in the recipe, for messages.
    """

    kind: str
    arguments: Mapping[str, Any]
    written: str

    def make(self, name: str, network: Mapping[str, Any]) -> Any:
        """Return the Keras layer; `network` holds the options that layers inherit."""
        inherited = {argument: network[option] for argument, option in KINDS[self.kind].inherits.items()}
        return KINDS[self.kind].layer(name=name, **{**inherited, **self.arguments})


def read(entry: Any) -> Layer:
    """Return one layer from `flatten`, `{conv: 32, kernel_size: 5}` and the like.

    Raises:
        UnknownNameError: no such layer or option of a layer; names the nearest.
        RecipeError: the entry is not a layer, or its number is missing.
    """
    kind, value, options = _splits(entry)
    if kind not in KINDS:
        raise unknown("layer", kind, KINDS)
    known = KINDS[kind]
    for option in options:
        if option not in known.options:
            raise unknown(f"option of layer {kind}", str(option), known.options)
    given = {} if value is None else {known.value: value}
    _refuse_wrong_value(kind, given)
    return Layer(kind, {**known.defaults, **given, **options}, written=_write(entry))


def _splits(entry: Any) -> tuple[str, Any, dict[str, Any]]:
    """Return the name of the layer, what follows its colon, and its options."""
    if isinstance(entry, str):
        return entry, None, {}
    if not isinstance(entry, Mapping) or not entry:
        raise RecipeError(f"{entry!r} is not a layer. Write 'flatten', or {{conv: 32, kernel_size: 3}}.")
    (kind, value), *options = entry.items()
    return str(kind), value, dict(options)


def _refuse_wrong_value(kind: str, given: Mapping[str, Any]) -> None:
    value = KINDS[kind].value
    if not value and given:
        raise RecipeError(f"The layer {kind} takes no number; write only '{kind}'.")
    if value and value not in {**KINDS[kind].defaults, **given}:
        raise RecipeError(f"The layer {kind} needs its {value}: write {{{kind}: …}}.")


def _write(entry: Any) -> str:
    if isinstance(entry, str):
        return entry
    return "{" + ", ".join(f"{key}: {value}" for key, value in entry.items()) + "}"
