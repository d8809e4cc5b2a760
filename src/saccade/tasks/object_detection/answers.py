"""What a network finds in images of a data set, in pixels of their source."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.backend import Model, keras
from saccade.core.recipe import Recipe
from saccade.inference import Network, batches
from saccade.tasks.image_evaluating import finite
from saccade.tasks.object_detection.decoding import decode
from saccade.tasks.object_detection.detections import Detections, in_batches
from saccade.tasks.object_detection.object_images import ObjectImages


def with_decoder(network: Model, *, overlap: float) -> Model:
    """Return a network that answers with boxes (n, 100, 4), scores (n, 100) and classes (n, 100) in place of maps."""
    return keras.Model(network.input, decode(network.output, overlap=overlap), name=network.name)


def answers(network: Model, dataset: ObjectImages, rows: NDArray[np.int64], recipe: Recipe) -> list[Detections]:
    """Return what a network finds in some images, each with all its boxes; raises RunError where one is not finite.

    Args:
        network: answers with maps, as it was trained.
        dataset: the images.
        rows: (n,), which of them.
        recipe: how the images were made to fit, and which boxes are left out.
    """
    decoder = Network(with_decoder(network, overlap=recipe.overlap))

    def answer(pixels: Array) -> Sequence[Array]:
        boxes, scores, classes = decoder.outputs(pixels)
        return finite(boxes), finite(scores), classes

    images = batches(dataset.images, rows=rows)
    return in_batches(answer, images, dataset.sizes[rows], dataset.image_shape[:2], fit=recipe.fit)
