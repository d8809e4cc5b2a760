"""Backbones: networks that were trained on ImageNet, a file each; images in, features out.

A file says at its top `SIDE`, the size in pixels that its weights were trained at; `LAYERS`, whose maps are worth
looking at, from fine to coarse; `FROZEN`, up to which layer it need not be trained again, and `OPENED`, the part behind
it; `DIGEST`, the checksum of its weights; `LICENCE`; and where it was tried, `MIDDLE`, the layers that see surfaces
rather than things. It has `build(input_shape)`: the network without weights, from raw pixels (n, h, w, c), 0 to 255, to
its last maps; and `load(network)`, which puts the weights in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from saccade.core import registry
from saccade.core.backend import keras
from saccade.core.errors import RecipeError, unknown
from saccade.models.backbones._map_statistics import means_and_deviations
from saccade.models.backbones._pixels import LEAST_SIDE

DEFAULT = "efficientnet_lite0"


@dataclass(frozen=True)
class Backbone:
    """What is known of a backbone before it is built.

    Attributes:
        name: a file of this folder.
        side: pixels that its weights were trained at; others do as well.
        layers: those whose maps are worth looking at, from fine to coarse.
        frozen: up to this layer it sees what all photos have, and is left as it is when its last part is trained.
        opened: the part behind that, as `build` takes it.
        digest: checksum of its weights.
        licence: of its weights.
        middle: layers whose maps tell surfaces apart, such as leaves and cloths; none where that was not tried.
    """

    name: str
    side: int
    layers: tuple[str, ...]
    frozen: str
    opened: str
    digest: str
    licence: str
    middle: tuple[str, ...] = ()


def described(name: str) -> Backbone:
    """Return what is known of a backbone; raises UnknownNameError with the nearest name."""
    file = registry.load("backbones", name)
    middle = tuple(getattr(file, "MIDDLE", ()))
    return Backbone(name, file.SIDE, tuple(file.LAYERS), file.FROZEN, file.OPENED, file.DIGEST, file.LICENCE, middle)


def build(name: str, input_shape: tuple[int, int, int], **options: Any) -> Any:
    """Return a backbone without its weights, a Keras model from raw pixels (n, h, w, c) to its last maps.

    Args:
        name: a file of this folder.
        input_shape: height, width and channels (1 or 3) of the images.
        options: of that file's `build`.

    Raises:
        UnknownNameError: there is no such backbone; names the nearest.
        RecipeError: the images are too small.
    """
    if min(input_shape[:2]) < LEAST_SIDE:
        raise RecipeError(
            f"A pretrained network needs images of {LEAST_SIDE} pixels or more, found {input_shape[0]}×{input_shape[1]}"
            ": use a larger --image-size, or --pretrained false."
        )
    return registry.load("backbones", name).build(input_shape, **options)


def load(name: str, network: Any, *, quiet: bool = False) -> None:
    """Put the pretrained weights into a network of `build`, or one built on it; its other layers stay as they are.

    Raises:
        MissingPackageError: the weights are in a package that is not installed.
        DownloadError: they could not be fetched; says which file to put where.
    """
    registry.load("backbones", name).load(network, quiet=quiet)


def middle(name: str, network: Any) -> Any:
    """Return what the middle of a network of `build` says of an image, a tensor (n, m): see `described(name).middle`.

    It is the mean and the standard deviation of each map, in float32. The layers behind the middle take no part in it.

    Raises:
        RecipeError: of this backbone, no such layers are known.
    """
    return means_and_deviations(network, middle_layers(name))


def middle_layers(name: str) -> tuple[str, ...]:
    """Return the layers in the middle of a backbone that are of use; raises RecipeError where none are known."""
    if found := described(name).middle:
        return found
    raise RecipeError(f"No layers in the middle of {name} are known to be of use: leave model.features at 'last'.")


def extractor(
    name: str,
    input_shape: tuple[int, int, int],
    *,
    layers: Sequence[str] = (),
    with_middle: bool = False,
    quiet: bool = False,
) -> Any:
    """Return a pretrained Keras model from raw pixels to [features (n, d), then the maps (n, h, w, c) of layers].

    The features are the mean of the last maps. All outputs are float32. Arguments and errors as for `build` and `load`;
    a layer that is not among `described(name).layers` must be one of the network's. With `with_middle`, the last output
    is that of `middle`.
    """
    network = build(name, input_shape)
    load(name, network, quiet=quiet)
    known = {layer.name: layer.output for layer in network.layers}
    for layer in layers:
        if layer not in known:
            raise unknown(f"layer of {name}", layer, described(name).layers)
    pooled = keras.layers.GlobalAveragePooling2D(name="features", dtype="float32")(network.output)
    maps = [keras.layers.Identity(dtype="float32", name=f"{layer}_map")(known[layer]) for layer in layers]
    more = [middle(name, network)] if with_middle else []
    return keras.Model(network.input, [pooled, *maps, *more])
