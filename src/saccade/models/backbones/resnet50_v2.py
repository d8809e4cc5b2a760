"""ResNet-50 v2, trained on ImageNet: 23.6 million weights, downloaded; the one that most papers compare with."""

from typing import Any

from saccade.core.backend import keras
from saccade.models.backbones._keras_application import Application

SIDE = 224
LICENCE = "Apache-2.0"
DIGEST = "md5:fac2f116257151a9d068a22e544a4917"
LAYERS = ("conv2_block2_out", "conv3_block3_out", "conv4_block5_out", "conv5_block3_out")
FROZEN, OPENED = "conv4_block3_out", ""


def _application() -> Application:
    return Application(
        make=keras.applications.ResNet50V2,
        scale=1 / 127.5,
        offset=-1.0,
        address="resnet/resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
        checksum=DIGEST,
    )


def build(input_shape: tuple[int, int, int], *, opened: str = "") -> Any:
    """Return the network without its weights, from raw pixels to its last maps."""
    del opened  # its normalisation has layers of its own everywhere
    return _application().build(input_shape)


def load(network: Any, *, quiet: bool = False) -> None:
    """Put the pretrained weights into a network of `build`, or one built on it; raises DownloadError."""
    _application().load(network, quiet=quiet)
