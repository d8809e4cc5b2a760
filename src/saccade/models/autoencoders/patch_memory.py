"""A memory of patches of normal images, as a pretrained network sees them; no training, for photos."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import keras
from saccade.core.errors import RecipeError, unknown
from saccade.core.progress_bar import progress
from saccade.models import backbones
from saccade.models.autoencoders._coreset import k_centre
from saccade.models.autoencoders._image_ends import DESCRIBED

TAKES = "images"
REBUILDS = False
"""Nothing is rebuilt: patches are compared with those that are known."""

BACKBONE, MEMORY = "backbone", "memory"
"""Names of the layers that hold the pretrained network, and the patches that are known."""

LEAST_SIDE = 128
"""Pixels to which smaller images are enlarged: a pretrained network shrinks them by 8 and 16 before it is asked."""

MOST_IMAGES, MOST_CANDIDATES = 5000, 20_000
"""Looked at, and patches of them to choose from: more do not change what is kept by much."""

MOST_NEIGHBOURS = 9

AT_ONCE = 32

ops = keras.ops
Patches = NDArray[np.float32]


def build(
    input_shape: tuple[int, int, int],
    *,
    backbone: str = backbones.DEFAULT,
    layers: Sequence[str] = (),
    neighbours: int = 1,
    patches: int = 1000,
) -> Any:
    """Return a network from raw pixels (n, h, w, c), 0 to 255, to what each pixel adds to the score, (n, h, w).

    After PatchCore (Roth et al. 2022, "Towards total recall in industrial anomaly detection"): each patch of an image,
    described by maps of a network that was trained on ImageNet, is as strange as it is far from the nearest patch of
    normal images. All is made of Keras's own layers: the memory is the kernel of a 1×1 convolution, whose answers are
    inner products, and ‖x − m‖² = ‖x‖² − 2 x·m + ‖m‖². So it saves, exports and runs wherever a convolution does.

    The squared distances are brought to the size of the image, and the score is the mean of their fourth powers, which
    the largest ones decide, and says what every pixel adds. Measured as ROC AUC with Lite0: faint scratches .97 (the
    largest alone .97, the mean .93), blighted leaves .98 (.85, .98), other waste than cardboard .80 (.73, .74). With
    two scales (blocks 5 and 11) instead of one: .95, .96, .78; with 3×3 neighbours averaged: .80, .96, .84.

    Args:
        input_shape: height, width and channels of an image.
        backbone: a file of `models/backbones/`.
        layers: whose maps describe a patch; left out: the last but one of those that the backbone names.
        neighbours: side of the square of places over which a description is averaged: 1 is each alone, which finds
            small flaws best; 3, as in the paper, finds other things better.
        patches: how many are kept. More find subtler flaws, and take longer to compare with.

    Raises:
        RecipeError: `patches` or `neighbours` is out of range.
        UnknownNameError: there is no such backbone or layer; names the nearest.
    """
    if not isinstance(patches, int) or not 1 <= patches <= MOST_CANDIDATES:
        raise RecipeError(f"'patches' is how many patches are kept, 1 to {MOST_CANDIDATES:,}; found {patches!r}.")
    if not isinstance(neighbours, int) or not 1 <= neighbours <= MOST_NEIGHBOURS:
        raise RecipeError(f"'neighbours' is a side in places, 1 to {MOST_NEIGHBOURS}; found {neighbours!r}.")
    height, width, _ = input_shape
    pixels = keras.Input(input_shape, dtype="float32", name="pixels")
    described = _described(_enlarged(pixels), backbone, layers, neighbours)
    known = _frozen(keras.layers.DepthwiseConv2D(1, name=DESCRIBED, dtype="float32"))(described)
    products = _frozen(keras.layers.Conv2D(patches, 1, name=MEMORY, dtype="float32"))(known)
    # without keepdims, and with one axis more at the end: tf2onnx mixes up the axes that are kept of images not square
    nearest = ops.min(products, axis=-1) + ops.mean(ops.square(known), axis=-1)
    squares = _resized(ops.expand_dims(ops.relu(nearest), axis=-1), height, width, name="distances")
    contributions = ops.square(ops.square(ops.squeeze(squares, axis=-1))) / (height * width)
    return keras.Model(pixels, contributions, name="detector")


def initialize(network: Any, images: NDArray[np.uint8], rows: NDArray[np.int64], *, seed: int, **options: Any) -> None:
    """Put the pretrained weights into a network of `build`, and the patches of normal images into its memory.

    Args:
        network: from `build`.
        images: (m, h, w, c), raw pixels.
        rows: (n,), which of them are normal and for training.
        seed: of which are looked at, and of the choice.
        options: those that the network was built with.

    Raises:
        MissingPackageError, DownloadError: the pretrained weights are not here; says how to get them.
    """
    _load(network.get_layer(BACKBONE), options.get("backbone", backbones.DEFAULT))
    rng = np.random.default_rng(seed)
    found = _candidates(network, images, np.sort(rng.permutation(rows)[:MOST_IMAGES]), rng)
    middle, spread = found.mean(axis=0), found.std(axis=0)
    scale = 1 / np.maximum(spread, max(1e-3 * float(spread.mean()), 1e-12))
    network.get_layer(DESCRIBED).set_weights([scale[None, None, :, None], -middle * scale])
    standard, memory = (found - middle) * scale, network.get_layer(MEMORY)
    kept = standard[k_centre(standard, memory.filters, rng)]
    width = kept.shape[1]
    memory.set_weights([-2 / width * kept.T[None, None], np.square(kept).mean(axis=1)])


def _described(images: Any, backbone: str, names: Sequence[str], neighbours: int) -> Any:
    """Return what a pretrained network says of patches and their neighbours, (n, h, w, d), on one grid."""
    whole = backbones.build(backbone, tuple(images.shape[1:]))
    maps = [_map(whole, name, backbone) for name in names or backbones.described(backbone).layers[-2:-1]]
    answers = keras.Model(whole.input, maps, name=BACKBONE)
    answers.trainable = False
    found = answers(images)
    found = found if isinstance(found, list | tuple) else [found]
    height, width = found[0].shape[1:3]
    if neighbours > 1:
        average = keras.layers.AveragePooling2D(neighbours, strides=1, padding="same", dtype="float32")
        found = [average(each) for each in found]
    return keras.layers.Concatenate(name="patches", dtype="float32")([_resized(each, height, width) for each in found])


def _map(network: Any, name: str, backbone: str) -> Any:
    known = {layer.name: layer.output for layer in network.layers}
    if name not in known:
        raise unknown(f"layer of {backbone}", name, backbones.described(backbone).layers)
    return known[name]


def _enlarged(pixels: Any) -> Any:
    """Return images (n, h, w, c) with both sides at least `LEAST_SIDE`, and of the same shape."""
    height, width = pixels.shape[1:3]
    factor = max(1.0, LEAST_SIDE / min(height, width))
    return _resized(pixels, round(factor * height), round(factor * width), name="enlarged")


def _resized(maps: Any, height: int, width: int, name: str | None = None) -> Any:
    if tuple(maps.shape[1:3]) == (height, width):
        return maps
    return keras.layers.Resizing(height, width, interpolation="bilinear", name=name, dtype="float32")(maps)


def _frozen(layer: Any) -> Any:
    layer.trainable = False
    return layer


def _load(inner: Any, backbone: str) -> None:
    """Put the pretrained weights into the part of a backbone that is used."""
    whole = backbones.build(backbone, inner.input_shape[1:])
    backbones.load(backbone, whole)
    for layer in inner.layers:
        layer.set_weights(whole.get_layer(layer.name).get_weights())


def _candidates(network: Any, images: NDArray[np.uint8], rows: NDArray[np.int64], rng: np.random.Generator) -> Patches:
    """Return patches of images (m, h, w, c), (k, d), as many of each, at random places."""
    describe = keras.Model(network.input, network.get_layer("patches").output)
    each = -(-MOST_CANDIDATES // len(rows))
    return np.concatenate([_some(found, each, rng) for found in _answers(describe, images, rows)])


def _answers(describe: Any, images: NDArray[np.uint8], rows: NDArray[np.int64]) -> Iterator[Patches]:
    """Yield the patches (h·w, d) of each image, a batch of always the same size at a time: each size is compiled."""
    with progress("Looking at images", len(rows)) as advance:
        for start in range(0, len(rows), AT_ONCE):
            batch = images[rows[start : start + AT_ONCE]].astype(np.float32)
            filled = np.concatenate([batch, np.zeros((AT_ONCE - len(batch), *batch.shape[1:]), np.float32)])
            found = np.asarray(describe.predict_on_batch(filled))[: len(batch)]
            yield from found.reshape(len(batch), -1, found.shape[-1])
            advance(len(batch))


def _some(patches: Patches, count: int, rng: np.random.Generator) -> Patches:
    return patches[np.sort(rng.permutation(len(patches))[:count])]
