"""What simple classifiers on raw pixels answer, trained under the same split."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from saccade.core import registry
from saccade.core.blas import one_thread
from saccade.core.cache import cache_folder, remembered
from saccade.core.progress_bar import progress
from saccade.modalities.images.data_identity import identity
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.main_components import main_components
from saccade.tasks.pixel_features import MOST_FEATURES, pixel_features

VERSION = 2
"""Raised when the same data would get other answers, so that remembered ones are not used."""

MOST_WORK = 2_000_000_000
"""Training images times numbers times classes: beyond, a sample is trained on, and the evaluation says so."""

MOST_IMAGES = 50_000
"""To train on, for the same reason: nearest neighbours compares each with every image asked about."""

MOST_NUMBERS = 4_000_000
"""That a classifier holds at once when it is asked, a number a class and image."""

WORTH_REMEMBERING = 2000
"""Images; with fewer, baselines take a moment."""


@dataclass(frozen=True)
class Answers:
    """What the baselines answer.

    Attributes:
        predicted: (n,), int64, the class of each image, by the baseline's name.
        trained_on: so many training images.
    """

    predicted: dict[str, NDArray[np.int64]]
    trained_on: int


def answers(dataset: ImageDataset, split: str, *, quiet: bool = True) -> Answers:
    """Return what each file of `baselines/` answers for the images of a split; remembered by the content of the data.

    Args:
        dataset: with splits; the baselines are fitted on its training split.
        split: whose images. Of training, only what needs no images is asked: the others have seen them.
        quiet: no progress bar.
    """
    names = ["majority_class"] if split == "train" else _suited(len(dataset.classes))
    chosen = _sample(dataset)
    if len(dataset.labels) < WORTH_REMEMBERING:
        return Answers(_fitted(dataset, chosen, split, names, quiet=quiet), len(chosen))
    memory = cache_folder("baselines") / f"{identity(dataset, VERSION, split, names)}.npz"
    return Answers(remembered(memory, partial(_fitted, dataset, chosen, split, names, quiet=quiet)), len(chosen))


def _suited(classes: int) -> list[str]:
    """Return the names of those baselines that so many classes are not too many for."""
    return [name for name in registry.names("baselines") if classes <= _most_classes(name)]


def _most_classes(name: str) -> float:
    """Return the limit that a baseline sets, read without importing it."""
    try:
        return float(str(registry.constant("baselines", name, "MOST_CLASSES")))
    except LookupError:
        return np.inf


def _portions(asked: NDArray[np.float32], dataset: ImageDataset) -> Iterator[NDArray[np.float32]]:
    """Yield images (n, d) in portions for which a number a class and image is not much."""
    most = max(1, MOST_NUMBERS // len(dataset.classes))
    for start in range(0, len(asked), most):
        yield asked[start : start + most]


def _sample(dataset: ImageDataset) -> NDArray[np.int64]:
    rows = dataset.rows("train")
    numbers = min(MOST_FEATURES, int(np.prod(dataset.image_shape)))
    most = min(MOST_IMAGES, max(len(dataset.classes), MOST_WORK // (numbers * len(dataset.classes))))
    return rows if len(rows) <= most else np.sort(np.random.default_rng(0).permutation(rows)[:most])


def _fitted(
    dataset: ImageDataset, chosen: NDArray[np.int64], split: str, names: list[str], *, quiet: bool
) -> dict[str, NDArray[np.int64]]:
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415  (a second to import; most answers are remembered)

    found = {}
    progressing = progress("Training baselines", len(names), quiet=quiet)
    # several threads would wait for each other: logistic regression took them ten times the processor time
    with progressing as advance, warnings.catch_warnings(), one_thread():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of iterations is part of the baseline
        warnings.filterwarnings("ignore", "self.within_class_std_dev_")  # pixels that are 0 in a whole class are usual
        pixels = pixel_features(dataset, chosen), pixel_features(dataset, dataset.rows(split))
        known, asked = main_components(*pixels)
        for name in names:
            classifier = registry.load("baselines", name).make().fit(known, dataset.labels[chosen])
            found[name] = np.concatenate([classifier.predict(some) for some in _portions(asked, dataset)])
            advance(1)
    return found
