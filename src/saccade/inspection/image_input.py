"""The image to be looked at, and whether a network can take it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.backend import Model, keras
from saccade.core.errors import DataError
from saccade.inspection.graph import graph_of


@dataclass(frozen=True)
class InputImage:
    """One image.

    Attributes:
        name: the file's, or the image's name in the data.
        values: (1, h, w, c), float32, as the network takes it.
        pixels: (h, w, 1 or 3), uint8, as a person sees it.
        label: the class that its data say, "" when not known.
        note: what a person must know to see it right.
    """

    name: str
    values: NDArray[np.float32]
    pixels: NDArray[np.uint8]
    label: str = ""
    note: str = ""


def taking_images(model: Model, image: str | Path | Array) -> Any:
    """Return a network that takes images of one size, (h, w, c): itself, or one that gives it what it lacks.

    Grey images without an axis for channels, (h, w), get one; of a network for any size a copy for the size of the
    given array is made. Others are returned as they are.

    Args:
        model: a functional or built Sequential model.
        image: that is to be looked at.
    """
    inputs = graph_of(model).inputs
    shape = tuple(inputs[0].shape[1:]) if len(inputs) == 1 else ()
    if len(shape) == 2 and None not in shape:
        grey = keras.Input((*shape, 1))
        return keras.Model(grey, model(keras.layers.Reshape(shape)(grey)), name=model.name)
    if len(shape) == 3 and None in shape and not isinstance(image, str | Path) and np.ndim(image) >= 3:
        copy = keras.models.clone_model(model, input_tensors=keras.Input(np.shape(image)[-3:]))
        copy.set_weights(model.get_weights())
        return copy
    return model


def input_shape(model: Model) -> tuple[int, int, int]:
    """Return (height, width, channels) that a network takes.

    Raises:
        DataError: it takes several inputs, no images, or images of any size.
    """
    inputs = graph_of(model).inputs
    if len(inputs) != 1:
        raise DataError(
            f"The network '{model.name}' takes {len(inputs)} inputs; only networks with one, the image, can be "
            "looked into."
        )
    shape = tuple(inputs[0].shape[1:])
    if len(shape) != 3 or None in shape:
        raise DataError(
            f"The network '{model.name}' takes {shape}; expected images of one size, (height, width, channels). Of a "
            "network for any size, give the image as an array; texts and tables cannot be looked at."
        )
    return shape


def from_array(values: Array, shape: tuple[int, int, int], *, name: str = "image") -> InputImage:
    """Return an image of numbers as the network takes them.

    Args:
        values: (h, w, c) or (1, h, w, c); of a grey image also (h, w).
        shape: the network's.
        name: what to call it.

    Raises:
        DataError: it has another shape, or is not made of finite numbers.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "fiub" or array.size != np.prod(shape) or not _fits(array.shape, shape):
        expected = "×".join(map(str, shape))
        raise DataError(
            f"Expected one image of {expected} numbers (height × width × channels), found {array.dtype} of shape "
            f"{array.shape}. Files of any size are resized: give a path."
        )
    image = array.reshape(shape).astype(np.float32)
    if not np.isfinite(image).all():
        raise DataError("The image has numbers that are not finite.")
    pixels, note = _visible(image)
    return InputImage(name, image[None], pixels, note=note)


def _fits(found: tuple[int, ...], shape: tuple[int, int, int]) -> bool:
    return found in (shape, (1, *shape)) or (shape[2] == 1 and found in (shape[:2], (1, *shape[:2])))


def _visible(image: NDArray[np.float32]) -> tuple[NDArray[np.uint8], str]:
    """Return pixels to look at of numbers in any range, and what was done to them."""
    notes = []
    if image.shape[-1] not in (1, 3):
        notes.append(f"the first of its {image.shape[-1]} channels")
        image = image[..., :1]
    low, high = float(image.min()), float(image.max())
    if low < 0 or high > 255 or 0 < high <= 1:
        notes.append(f"numbers from {low:.3g} to {high:.3g}, stretched to black and white")
        image = (image - low) / ((high - low) or 1) * 255
    return np.rint(image).astype(np.uint8), f"Shown: {'; '.join(notes)}." if notes else ""
