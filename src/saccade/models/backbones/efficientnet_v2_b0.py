"""EfficientNetV2-B0, trained on ImageNet: 5.9 million weights, downloaded; better and slower than Lite0."""

from typing import Any

from saccade.core.backend import keras
from saccade.models.backbones._keras_application import Application

SIDE = 224
LICENCE = "Apache-2.0"
DIGEST = "md5:893217f2bb855e2983157299931e43ff"
LAYERS = ("block2b_add", "block3b_add", "block5e_add", "block6h_add")
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
FROZEN, OPENED = "block4c_add", ""


def _application() -> Application:
    return Application(
        make=lambda **o: keras.applications.EfficientNetV2B0(include_preprocessing=False, **o),
        scale=[1 / (255 * deviation) for deviation in DEVIATION],
        offset=[-mean / deviation for mean, deviation in zip(MEAN, DEVIATION, strict=True)],
        address="efficientnet_v2/efficientnetv2-b0_notop.h5",
        checksum=DIGEST,
    )


def build(input_shape: tuple[int, int, int], *, opened: str = "") -> Any:
    """Return the network without its weights, from raw pixels to its last maps."""
    del opened  # its normalisation has layers of its own everywhere
    return _application().build(input_shape)


def load(network: Any, *, quiet: bool = False) -> None:
    """Put the pretrained weights into a network of `build`, or one built on it; raises DownloadError."""
    _application().load(network, quiet=quiet)
