"""What a network finds in images of a data set, in pixels of their source."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import Model, keras
from saccade.core.recipe import Recipe
from saccade.inference import Network, batches
from saccade.tasks.image_evaluating import finite
from saccade.tasks.object_detection.decoding import decode
from saccade.tasks.object_detection.detections import Detections, interpreted
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
    return [each for batch in _in_turn(decoder, dataset, rows, recipe) for each in batch]


def _in_turn(
    decoder: Network, dataset: ObjectImages, rows: NDArray[np.int64], recipe: Recipe
) -> Iterator[list[Detections]]:
    done, side = 0, dataset.image_shape[:2]
    for images in batches(dataset.images, rows=rows):
        boxes, scores, classes = decoder.outputs(images)
        sizes = dataset.sizes[rows[done : done + len(images)]]
        done += len(images)
        yield interpreted(finite(boxes), finite(scores), classes.astype(np.int32), sizes, side, fit=recipe.fit)
