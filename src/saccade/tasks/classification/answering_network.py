"""The network as it answers: of an image alone, or of several views of it; and of how strange it is."""

from typing import Any

import numpy as np

from saccade.core.backend import Model, keras
from saccade.tasks.classification.image_description import with_novelty
from saccade.tasks.classification.novelty import KnownFeatures
from saccade.tasks.classification.views import SHIFT, VIEWS, Views


def answering_network(
    network: Model, augmentation: str, *, known: KnownFeatures | None = None, alone: bool = False
) -> Model:
    """Return a Keras model from the pixels of a run's network to its answers (n, k), and novelties (n,) where known.

    Args:
        network: takes raw pixels, gives probabilities.
        augmentation: of the recipe, at test time: with one of `VIEWS` each answer is the mean of those for its views.
            Novelties are of the image alone.
        known: what novelties are measured by; None: there are none.
        alone: whether answers (n, k) for the images alone come last, where the others are means.
    """
    whole = with_novelty(network, known) if known else network
    return _of_views(network, whole, VIEWS[augmentation], alone=alone) if augmentation in VIEWS else whole


def _of_views(network: Model, whole: Model, views: Views, *, alone: bool) -> Model:
    pixels = keras.Input(network.input_shape[1:], dtype=network.inputs[0].dtype, name="pixels")
    found = whole(pixels)
    of_image, *novelties = found if isinstance(found, list) else [found]
    shifted = [pixels, *(_shifted(pixels, by) for by in views.shifts)]
    mirrored = [keras.ops.flip(each, axis=2) for each in shifted]
    answers = of_image
    for view in (*shifted[1:], *mirrored):
        answers = keras.ops.add(answers, network(view))
    outputs = [keras.ops.multiply(answers, 1 / views.number), *novelties, *([of_image] if alone else [])]
    return keras.Model(pixels, outputs if outputs[1:] else outputs[0], name="views")


def _shifted(pixels: Any, by: int) -> Any:
    """Return images (n, h, w, c) moved along their diagonal, reflected at the border as training does."""
    for axis in (1, 2):
        side = pixels.shape[axis]
        places = np.abs(np.arange(side) + by * max(1, round(SHIFT * side)))
        pixels = keras.ops.take(pixels, (side - 1) - np.abs((side - 1) - places), axis=axis)
    return pixels
