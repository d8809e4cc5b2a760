"""The network as it answers: of an image alone, or of the image and its mirror image; and of how strange it is."""

from saccade.core.backend import Model, keras
from saccade.tasks.classification.image_description import with_novelty
from saccade.tasks.classification.novelty import KnownFeatures


def answering_network(network: Model, augmentation: str, *, known: KnownFeatures | None = None) -> Model:
    """Return a Keras model from the pixels of a run's network to its answers (n, k), and novelties (n,) where known.

    Args:
        network: takes raw pixels, gives probabilities.
        augmentation: of the recipe, at test time: "mirror" makes each answer the mean of those for the image and for
            its mirror image. Novelties are of the image alone.
        known: what novelties are measured by; None: there are none.
    """
    whole = with_novelty(network, known) if known else network
    return _mirrored(network, whole) if augmentation == "mirror" else whole


def _mirrored(network: Model, whole: Model) -> Model:
    pixels = keras.Input(network.input_shape[1:], dtype=network.inputs[0].dtype, name="pixels")
    of_the_mirror_image = network(keras.ops.flip(pixels, axis=2))
    found = whole(pixels)
    answers, *others = found if isinstance(found, list) else [found]
    mean = keras.ops.multiply(keras.ops.add(answers, of_the_mirror_image), 0.5)
    return keras.Model(pixels, [mean, *others] if others else mean, name="mirrored")
