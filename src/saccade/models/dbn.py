"""A deep belief network: sigmoid layers, each first trained as a restricted Boltzmann machine, without labels."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from numpy.typing import NDArray

from saccade.core.backend import keras
from saccade.core.errors import RecipeError
from saccade.models import _ends
from saccade.models.boltzmann.divergence import Divergence

HIDDEN = "hidden_{}"


def build(
    input_shape: tuple[int, int, int],
    outputs: int,
    *,
    hidden: Sequence[int] = (256, 512),
    trained: Literal["all", "head"] = "all",
    dropout: float = 0,
    input_dropout: float = 0,
) -> Any:
    """Return dense layers with sigmoids and a linear classifier; `pretraining` trains the layers one by one.

    After Hinton, Osindero and Teh 2006, "A fast learning algorithm for deep belief nets". Pixels, 0 to 1, are the
    probabilities of the lowest machine's visible units.

    Args:
        input_shape: (height, width, channels).
        outputs: number of classes.
        hidden: units of each layer.
        trained: what labels train: "all" layers; or "head": the classifier, on features that stay as pretrained.
        dropout: part of each hidden layer's units left out at random when labels train, 0 to below 1.
        input_dropout: likewise, of the pixels.

    Raises:
        RecipeError: `hidden` is not a list of positive numbers, or `trained` is neither.
    """
    _check(hidden, trained)
    inputs, pixels = _ends.pixels(input_shape)
    features = keras.layers.Flatten(name="flatten")(pixels)
    features = _dropped(features, input_dropout, "dropout_0")
    for number, units in enumerate(hidden, start=1):
        layer = keras.layers.Dense(units, activation="sigmoid", name=HIDDEN.format(number), trainable=trained == "all")
        features = _dropped(layer(features), dropout, f"dropout_{number}")
    return keras.Model(inputs, _ends.answer(features, outputs), name="dbn")


def pretraining(network: Any, images: NDArray[Any], *, k: int, seed: int) -> Iterator[tuple[str, Any]]:
    """Yield for each hidden layer what it is, in words, and a network of pixels (n, h, w, c) that trains it.

    That network gives what `Divergence` does of the layer below. While it is out, only its layer can be trained.

    Args:
        network: of `build`.
        images: (m, h, w, c), 0 to 255, training images: where biases of visible units start from.
        k: steps of Gibbs sampling of contrastive divergence.
        seed: of the draws.
    """
    layers = hidden_layers(network)
    for number, layer in enumerate(layers, start=1):
        below = _below(network, layers[: number - 1])
        means = keras.Model(network.inputs, below).predict(images, batch_size=256, verbose=0).mean(axis=0)
        part = keras.Model(network.inputs, Divergence(layer, means, k=k, seed=seed + number)(below), name="machine")
        about = f"layer {number} of {len(layers)}, {len(means)} to {layer.units} units, by contrastive divergence"
        with _only_trainable(layer, layers):
            yield about, part


def hidden_layers(network: Any) -> list[Any]:
    """Return the hidden layers of a network of `build`, from the lowest."""
    found = [layer for layer in network.layers if layer.name.startswith(HIDDEN.format(""))]
    return sorted(found, key=lambda layer: int(layer.name.rpartition("_")[2]))


def _below(network: Any, layers: Sequence[Any]) -> Any:
    """Return what some lowest layers say, none left out at random; with no layer, the pixels."""
    features = network.get_layer("flatten").output
    for layer in layers:
        features = layer(features)
    return features


@contextmanager
def _only_trainable(layer: Any, layers: Sequence[Any]) -> Iterator[None]:
    before = [each.trainable for each in layers]
    for each in layers:
        each.trainable = each is layer
    try:
        yield
    finally:
        for each, trainable in zip(layers, before, strict=True):
            each.trainable = trainable


def _dropped(features: Any, rate: float, name: str) -> Any:
    return keras.layers.Dropout(rate, name=name)(features) if rate else features


def _check(hidden: Any, trained: str) -> None:
    if (
        not isinstance(hidden, list | tuple)
        or not hidden
        or any(not isinstance(each, int) or each < 1 for each in hidden)
    ):
        raise RecipeError(f"'hidden' is a list of units a layer, like [256, 512]; found {hidden!r}.")
    if trained not in ("all", "head"):
        raise RecipeError(f"trained: {trained!r} is none of all, head.")
