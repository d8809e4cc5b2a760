"""One number for an image: the weighted mean of its pixels."""

from saccade.core.backend import keras


def build(image_shape, outputs):
    """Return a network from raw pixels (n, h, w, c) to numbers (n, outputs)."""
    pixels = keras.Input(image_shape)
    mean = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(pixels))
    return keras.Model(pixels, keras.layers.Dense(outputs, name="number")(mean))
