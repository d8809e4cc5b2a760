"""Pixels as backbones want them."""

from typing import Any

from saccade.core.backend import keras

LEAST_SIDE = 16
"""Pixels of the smallest images of which a pretrained network still sees anything: all shrink by 32."""


def colours(pixels: Any) -> Any:
    """Return pixels (n, h, w, 3) of colour images as they are, and of grey ones (n, h, w, 1) three times."""
    if pixels.shape[-1] == 3:
        return pixels
    return keras.layers.Concatenate(name="colours")([pixels, pixels, pixels])
