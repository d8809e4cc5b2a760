"""A network that has seen ImageNet, with a top-down path: for photos, and where there are few (`list backbones`)."""

from typing import Any, Literal

from saccade.core.backend import keras
from saccade.core.errors import RecipeError
from saccade.models import backbones
from saccade.models._families import scaled
from saccade.models.pyramids._top_down import top_down

Trained = Literal["last", "all"]


def build(
    input_shape: tuple[int, int, int],
    *,
    backbone: str = backbones.DEFAULT,
    trained: Trained = "last",
    features: int = 48,
) -> Any:
    """Return a backbone without its weights yet, from raw pixels (n, h, w, c) to features (n, h/4, w/4, d).

    Args:
        input_shape: height, width and channels (1 or 3); sides are multiples of 32.
        backbone: one whose maps are known at strides 4, 8, 16 and 32: see `saccade list backbones`.
        trained: "last": only the last third of the backbone, and the way down; "all".
        features: channels of the top-down path.
    """
    if trained not in ("last", "all"):
        raise RecipeError(f"trained: {trained!r} is none of last, all.")
    known = backbones.described(backbone)
    network = backbones.build(backbone, input_shape, opened=known.opened if trained == "last" else "stem")
    layers = [layer.name for layer in network.layers]
    for layer in network.layers[: layers.index(known.frozen) + 1 if trained == "last" else 0]:
        layer.trainable = False
    stages = _at_strides(network, known, input_shape[0])
    return keras.Model(network.input, top_down(stages, scaled(features, 1)), name="pretrained")


def load(network: Any, *, backbone: str = backbones.DEFAULT, quiet: bool = False, **_: Any) -> None:
    """Put the pretrained weights into a network that was built on one of `build`; errors as of `backbones.load`."""
    backbones.load(backbone, network, quiet=quiet)


def _at_strides(network: Any, known: backbones.Backbone, height: int) -> list[Any]:
    """Return the maps of a backbone's known layers, from fine to coarse; raises RecipeError where they do not halve."""
    stages = [network.get_layer(name).output for name in known.layers]
    if [height // maps.shape[1] for maps in stages] != [4, 8, 16, 32]:
        raise RecipeError(f"{known.name} has no maps at strides 4, 8, 16 and 32: see `saccade list backbones`.")
    return stages
