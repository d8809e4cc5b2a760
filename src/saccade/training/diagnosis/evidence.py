"""Evidence: a model, some images and their labels, and what the model says to them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.backend import Model, keras
from saccade.core.errors import DataError
from saccade.training.diagnosis.activation_probe import Look, look
from saccade.training.diagnosis.loss_gradient import BINARY, Minimised, minimised

MOST_IMAGES, FEWEST_IMAGES = 256, 32
MOST_NUMBERS = 4_000_000
"""Pixels looked at in all, so that large images take seconds too."""

Images = NDArray[np.float32]
Scaling = Callable[[Array], Array]


TINIEST = 1e-38
"""Probability below which float32 has none: what is surely wrong costs 87, not 16, and stands out."""


@dataclass(frozen=True)
class Evidence:
    """What the faults are looked for in. The rest is computed when a fault first asks for it.

    Attributes:
        model: a built Keras model.
        images: (n, …) float32, a random sample.
        labels: theirs, (n,), (n, 1) or (n, classes); None when not given.
        all_labels: those of all images.
        spoilt: rows of all images that hold a number that is infinite or none, the first ten.
        spoilt_count: how many there are.
    """

    model: Model
    images: Images
    labels: Array | None
    all_labels: Array | None
    spoilt: tuple[int, ...] = ()
    spoilt_count: int = 0

    @cached_property
    def loss(self) -> Minimised | None:
        """What the model minimises; None when it is not compiled."""
        return minimised(self.model)

    @cached_property
    def look(self) -> Look:
        """What model and layers say to the images."""
        return look(self.model, self.images)

    @property
    def units(self) -> int:
        """Numbers an image in the answers; 0 when the answers are no rows of numbers."""
        answers = self.look.answers
        return 0 if answers is None or answers.ndim != 2 else answers.shape[1]

    @cached_property
    def ends_in(self) -> str:
        """What the answers are: "softmax", "sigmoid", "raw" (any number) or "" (cannot be known)."""
        return _ends_in(self.look)

    @cached_property
    def classes(self) -> NDArray[np.int64] | None:
        """Class numbers of the images, (n,); None when the model does not classify or the labels do not fit."""
        return None if self.labels is None else self._classes(self.labels)

    @property
    def chance(self) -> float:
        """The loss of always giving every class the same probability."""
        return float(np.log(max(2, self.units)))

    def costs(self, scale: Scaling | None = None, *, training: bool = False) -> NDArray[np.float64]:
        """Return -log of the probability that each image's own class gets, (n,); asks for `classes`."""
        if scale is None and not training:
            answers = self.look.answers
        else:
            changed = scale(self.images) if scale else self.images
            answers = look(self.model, changed, training=training, closely=False).answers
        assert answers is not None
        assert self.classes is not None
        right = _probabilities(answers.astype(np.float64), self.ends_in)[np.arange(len(answers)), self.classes]
        costs: NDArray[np.float64] = -np.log(np.maximum(right, TINIEST))
        return costs

    def _classes(self, labels: Array) -> NDArray[np.int64] | None:
        if not self.units or not (self.loss is None or self.loss.classifies):
            return None
        one_unit = self.units == 1
        if one_unit and (self.loss is None or self.loss.name not in BINARY):
            return None  # one number may be a measurement
        numbers = class_numbers(labels)
        if numbers is None or numbers.min() < 0 or numbers.max() >= max(2, self.units):
            return None
        return numbers


def gather(model: Model, images: Any, labels: Any = None) -> Evidence:
    """Return the evidence on a model: a sample of its images; builds a model that has no weights yet.

    Raises:
        DataError: images and labels do not belong together, are empty or no numbers, or the model does not take them.
    """
    if labels is None and not hasattr(images, "shape"):
        images, labels = _first_batches(images)
    images, labels = _numbers(images, "images"), None if labels is None else _numbers(labels, "labels")
    if not len(images) or (labels is not None and len(labels) != len(images)):
        found = "no labels" if labels is None else f"{len(labels)} labels"
        raise DataError(f"Expected some images and a label for each, found {len(images)} images and {found}.")
    rows = _sample(len(images), images[0].size)
    floats = images[rows].astype(np.float32)
    try:
        if not model.built:
            model(floats[:1], training=False)
        model.compute_output_spec(keras.KerasTensor((1, *floats.shape[1:])))
    except Exception as error:
        shape = "×".join(map(str, images.shape[1:]))
        raise DataError(f"The model '{model.name}' does not take images of {shape}: {error}") from error
    spoilt = _spoilt(images)
    theirs = None if labels is None else labels[rows]
    return Evidence(model, floats, theirs, labels, tuple(spoilt[:10].tolist()), len(spoilt))


def _spoilt(images: Array) -> NDArray[np.int64]:
    """Return the rows with a number that is not finite, of all: one such image spoils every weight."""
    if images.dtype.kind != "f":
        return np.empty(0, np.int64)
    return np.flatnonzero([not np.isfinite(image).all() for image in images])


def class_numbers(labels: Array) -> NDArray[np.int64] | None:
    """Return class numbers (n,) of labels (n,), (n, 1) or one-hot (n, classes); None when they are something else."""
    if labels.ndim == 1 or labels.shape[1:] == (1,):
        flat = labels.reshape(-1)
        return flat.astype(np.int64) if np.array_equal(flat, np.round(flat)) else None
    if labels.ndim != 2 or labels.min() < 0 or not np.allclose(labels.sum(axis=1), 1, atol=1e-3):
        return None
    numbers: NDArray[np.int64] = labels.argmax(axis=1)
    return numbers


def _numbers(given: Any, name: str) -> Array:
    array = np.asarray(given)
    if array.dtype.kind not in "biuf" and keras.ops.is_tensor(given):
        array = keras.ops.convert_to_numpy(keras.ops.cast(given, "float32"))  # bfloat16
    if array.dtype.kind not in "biuf" or not array.ndim:
        raise DataError(f"Expected {name} as one array of numbers, found {type(given).__name__} of {array.dtype}.")
    return array


def _sample(count: int, size: int) -> NDArray[np.int64]:
    most = int(np.clip(MOST_NUMBERS // size, FEWEST_IMAGES, MOST_IMAGES))
    return np.sort(np.random.default_rng(0).permutation(count)[:most])


def _first_batches(batches: Any) -> tuple[Array, Array | None]:
    """Return the first images of a tf.data.Dataset, a keras PyDataset, or any iterable of (images, labels)."""
    images: list[Array] = []
    labels: list[Array] = []
    for batch in batches:
        pair = batch if isinstance(batch, tuple | list) else (batch,)
        images.append(_numbers(pair[0], "images"))
        labels += [_numbers(pair[1], "labels")] if len(pair) > 1 else []
        if sum(map(len, images)) >= MOST_IMAGES:
            break
    if not images:
        raise DataError("Expected some batches of images, found none.")
    return np.concatenate(images), np.concatenate(labels) if labels else None


def _ends_in(look: Look) -> str:
    answers, layer = look.answers, look.last_layer
    if answers is None or answers.ndim != 2 or not np.isfinite(answers).all():
        return ""
    activation = getattr(layer, "activation", None)
    name = getattr(activation, "__name__", "") or type(activation or layer).__name__.lower()
    if name in ("softmax", "sigmoid"):
        return name
    # rows of free numbers do not all sum to 1
    if answers.shape[1] > 1 and answers.min() >= 0 and np.allclose(answers.sum(axis=1), 1, atol=0.02):
        return "softmax"
    free = hasattr(layer, "kernel") and name in ("linear", "relu")
    return "raw" if free or answers.min() < -1e-4 or answers.max() > 1.0001 else ""


def _probabilities(answers: NDArray[np.float64], ends_in: str) -> NDArray[np.float64]:
    if answers.shape[1] == 1:
        first = 1 / (1 + np.exp(-np.clip(answers, -50, 50))) if ends_in == "raw" else np.clip(answers, 0, 1)
        return np.concatenate([1 - first, first], axis=1)
    if ends_in == "raw":
        powers = np.exp(answers - answers.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))
    return np.asarray(answers / np.maximum(answers.sum(axis=1, keepdims=True), 1e-7))
