"""MobileNetV3 Large, trained on ImageNet: 3.0 million weights, downloaded; small and quick."""

from typing import Any

from saccade.core.backend import keras
from saccade.models.backbones._keras_application import Application

SIDE = 224
LICENCE = "Apache-2.0"
DIGEST = "md5:07fb09a5933dd0c8eaafa16978110389"
LAYERS = ("expanded_conv_2_add", "expanded_conv_5_add", "expanded_conv_11_add", "expanded_conv_14_add")
FROZEN, OPENED = "expanded_conv_9_add", ""


def _application() -> Application:
    return Application(
        make=lambda **o: keras.applications.MobileNetV3Large(include_preprocessing=False, **o),
        scale=1 / 127.5,
        offset=-1.0,
        address="mobilenet_v3/weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
        checksum=DIGEST,
    )


def build(input_shape: tuple[int, int, int], *, opened: str = "") -> Any:
    """Return the network without its weights, from raw pixels to its last maps."""
    del opened  # its normalisation has layers of its own everywhere
    return _application().build(input_shape)


def load(network: Any, *, quiet: bool = False) -> None:
    """Put the pretrained weights into a network of `build`, or one built on it; raises DownloadError."""
    _application().load(network, quiet=quiet)
