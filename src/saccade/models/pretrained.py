"""A network that has seen ImageNet: a pretrained backbone (`saccade list backbones`) with a layer of your classes."""

from typing import Any, Literal

from saccade.core.backend import keras
from saccade.core.errors import RecipeError
from saccade.models import _ends, backbones

Trained = Literal["head", "last", "all"]
Seen = Literal["last", "middle"]


def build(
    input_shape: tuple[int, int, int],
    outputs: int,
    *,
    backbone: str = backbones.DEFAULT,
    trained: Trained = "all",
    features: Seen = "last",
    dropout: float = 0.2,
) -> Any:
    """Return a backbone without its weights yet, pooling, dropout and a dense layer of the classes.

    Raw pixels (n, height, width, channels) go in, probabilities (n, outputs) come out. `load` puts the weights in, as
    every training does first.

    Args:
        input_shape: height, width, channels (1 or 3).
        outputs: number of classes.
        backbone: see `saccade list backbones`.
        trained: "head": the layer of the classes only; "last": also the last third of the backbone; "all". What is
            trained normalises by batches; what is not, is frozen, with its normalisation.
        features: what the layer of the classes gets: "last": the mean of each of the backbone's last maps; "middle":
            mean and standard deviation of each map in its middle, which tell surfaces apart rather than things. What is
            behind the middle is left out then, so that an answer takes less time. Only with trained="head".
        dropout: part of the features that is left out at random, in training.
    """
    _check(trained, features)
    known = backbones.described(backbone)
    opened = {"head": "", "last": known.opened, "all": "stem"}[trained]
    network = backbones.build(backbone, input_shape, opened=opened)
    _freeze(network, known, trained)
    pooled = _pooled(network, backbone, features)
    kept = keras.layers.Dropout(dropout, name="dropout")(pooled)
    return keras.Model(network.input, _ends.answer(kept, outputs), name="pretrained")


def load(network: Any, *, backbone: str = backbones.DEFAULT, quiet: bool = False, **_: Any) -> None:
    """Put the pretrained weights into a network of `build`; errors as of `backbones.load`."""
    backbones.load(backbone, network, quiet=quiet)


def tail(network: Any, *, backbone: str = backbones.DEFAULT, **_: Any) -> Any:
    """Return what follows the frozen layers of a network with `trained="last"`: from maps to probabilities.

    It shares its layers with the network: what is trained in one is trained in both.
    """
    return keras.Model(network.get_layer(backbones.described(backbone).frozen).output, network.output, name="tail")


def _check(trained: str, features: str) -> None:
    if trained not in ("head", "last", "all"):
        raise RecipeError(f"trained: {trained!r} is none of head, last, all.")
    if features not in ("last", "middle"):
        raise RecipeError(f"features: {features!r} is none of last, middle.")
    if features == "middle" and trained != "head":
        raise RecipeError("On features of the middle, only the last layer is trained: add model.trained=head.")


def _pooled(network: Any, backbone: str, features: Seen) -> Any:
    if features == "middle":
        return backbones.middle(backbone, network)
    return keras.layers.GlobalAveragePooling2D(name="pool")(network.output)


def _freeze(network: Any, known: backbones.Backbone, trained: Trained) -> None:
    names = [layer.name for layer in network.layers]
    frozen = {"head": len(names), "last": names.index(known.frozen) + 1, "all": 0}[trained]
    for layer in network.layers[:frozen]:
        layer.trainable = False
