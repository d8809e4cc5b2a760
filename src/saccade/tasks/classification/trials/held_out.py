"""What a small network answers about images that it was not trained on, as they are and changed."""

import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import keras, seed_everything
from saccade.core.cache import cache_folder, remembered
from saccade.inference import probabilities
from saccade.modalities.images.audit.measuring import resized
from saccade.modalities.images.data_identity import identity
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.classification.linear_head import solved
from saccade.tasks.classification.trials.trial_augmentations import CHANGES, Images
from saccade.tasks.image_features import Placed
from saccade.training.batches import Feed
from saccade.training.callbacks import restore_state, take_state
from saccade.training.objective import Objective
from saccade.training.trainer import Trainer, make_trainer

ops, layers = keras.ops, keras.layers

VERSION = 1
"""Raised when the same images would get other answers, so that remembered ones are not used."""

SIDE = 32
"""Pixels that images are shrunk to: enough to see how a thing stands, and quick."""

MOST_IMAGES, IMAGES_A_CLASS, MOST_OF_ALL = 2000, 60, 6000

ENOUGH = 500
"""Images in one half: so many answers are enough, and the halves need not change places."""

STEPS, BATCH_SIZE = 200, 64

Answers = Mapping[str, NDArray[Any]]
Rows = NDArray[np.int64]


def answers(
    dataset: ImageDataset, *, changes: Sequence[str] = (), balanced: bool = False, taught_with: str = ""
) -> Answers:
    """Return what is answered about training images by a network that was trained on the other half of them.

    Neither the validation nor the test split is read. The answers are remembered by the content of the data.

    Args:
        dataset: with its splits.
        changes: of `CHANGES`, for more answers about the images changed like that.
        balanced: train with classes of equal weight.
        taught_with: of `CHANGES`: train on as many images that are changed like that as on others; "" for none.

    Returns:
        "labels" (n,); "plain" and each change, (n, k), float32: logarithms of probabilities.
    """
    memory = cache_folder("trials") / f"{identity(dataset, VERSION, list(changes), balanced, taught_with)}.npz"
    return remembered(memory, partial(_answers, dataset, changes, balanced, taught_with))


def answers_by_head(dataset: ImageDataset, vectors: Placed, *, balanced: bool = False) -> Answers:
    """Return likewise what a linear layer answers that was solved for on features: "labels" and "plain"."""
    rows = _sample(dataset)
    labels, found = dataset.labels[rows], np.zeros((len(rows), len(dataset.classes)), np.float32)
    seen, answered = np.asarray(vectors[rows], np.float32), np.zeros(len(rows), np.bool_)
    for taught, held_out in _folds(labels, None if dataset.groups is None else dataset.groups[rows]):
        head = solved(seen[taught], labels[taught], classes=len(dataset.classes), balanced=balanced)
        found[held_out], answered[held_out] = np.log(np.maximum(head.answers(seen[held_out]), 1e-7)), True
    return {"labels": labels[answered], "plain": found[answered]}


def _answers(
    dataset: ImageDataset, changes: Sequence[str], balanced: bool, taught_with: str
) -> dict[str, NDArray[Any]]:
    rows = _sample(dataset)
    images, labels = _small(dataset.images[rows]), dataset.labels[rows]
    asked = {"plain": images, **{name: CHANGES[name](images) for name in changes}}
    found = {name: np.zeros((len(rows), len(dataset.classes)), np.float32) for name in asked}
    trainer, weights = _trainer(images, len(dataset.classes))
    start, answered = take_state(trainer), np.zeros(len(rows), np.bool_)
    for taught, held_out in _folds(labels, None if dataset.groups is None else dataset.groups[rows]):
        restore_state(trainer, start)
        weights.assign(_balance(labels[taught], len(dataset.classes)) if balanced else np.ones(len(dataset.classes)))
        _teach(trainer, images[taught], labels[taught], taught_with)
        answered[held_out] = True
        for name, pictures in asked.items():
            given = probabilities(trainer.network, pictures, rows=held_out)
            found[name][held_out] = np.log(np.maximum(given, 1e-7))
    return {"labels": labels[answered], **{name: each[answered] for name, each in found.items()}}


def _sample(dataset: ImageDataset) -> Rows:
    rows = dataset.rows("train")
    most = min(MOST_OF_ALL, max(MOST_IMAGES, IMAGES_A_CLASS * len(dataset.classes)))
    return rows if len(rows) <= most else np.sort(np.random.default_rng(0).permutation(rows)[:most])


def _small(images: Images) -> Images:
    side = min(SIDE, *images.shape[1:3])
    channels = [resized(images[..., channel].astype(np.float32), side) for channel in range(images.shape[-1])]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def _folds(labels: Rows, groups: NDArray[np.str_] | None) -> list[tuple[Rows, Rows]]:
    from sklearn.model_selection import StratifiedGroupKFold  # noqa: PLC0415  (a second to import)

    own = np.arange(len(labels)).astype(np.str_)
    units = own if groups is None else np.where(groups == "", own, groups)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")  # nothing is concluded of such a class
        folds = list(StratifiedGroupKFold(2, shuffle=True, random_state=0).split(labels, labels, units))
    return folds[:1] if len(labels) >= 2 * ENOUGH else folds


def _balance(labels: Rows, classes: int) -> NDArray[np.float64]:
    counts = np.maximum(np.bincount(labels, minlength=classes), 1)
    return np.asarray(len(labels) / (classes * counts))


def _network(shape: tuple[int, ...], classes: int) -> Any:
    inputs = keras.Input(shape)
    features = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    for width, stride in ((16, 2), (32, 1), (48, 2)):
        features = layers.Conv2D(width, 3, strides=stride, padding="same", use_bias=False)(features)
        features = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(features))
    features = layers.AveragePooling2D(2, padding="same")(features)
    features = layers.Dropout(0.3)(layers.Flatten()(features))
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(features))


def _trainer(images: Images, classes: int) -> tuple[Trainer, Any]:
    """Return a trainer of a new network, and a variable with the weight of each class."""
    seed_everything(0)
    weights = keras.Variable(np.ones(classes), trainable=False, dtype="float32")
    objective = Objective(
        encode=lambda labels: ops.one_hot(labels, classes, dtype="float32"),
        loss=keras.losses.CategoricalCrossentropy(),
        adjust=lambda targets, labels: (targets, ops.take(weights, labels)),
    )
    trainer = make_trainer(_network(images.shape[1:], classes), objective)
    rate = keras.optimizers.schedules.CosineDecay(3e-3, STEPS)
    trainer.compile(optimizer=keras.optimizers.Adam(rate), loss=objective.loss, jit_compile=False)
    trainer.attach(_feed(images, np.zeros(len(images), np.int64)), None)
    return trainer, weights


def _teach(trainer: Trainer, images: Images, labels: Rows, taught_with: str) -> None:
    if taught_with:
        images, labels = np.concatenate([images, CHANGES[taught_with](images)]), np.tile(labels, 2)
    trainer.training_feed = _feed(images, labels)
    trainer.train_some(STEPS)


def _feed(images: Images, labels: Rows) -> Feed:
    """Return a feed whose one epoch is the whole training: pass after pass, each in an order of its own."""
    random = np.random.default_rng(0)
    passes = -(-STEPS * BATCH_SIZE // len(images))
    order = np.concatenate([random.permutation(len(images)) for _ in range(passes)])[: STEPS * BATCH_SIZE]
    return Feed(images, labels, order, batch_size=BATCH_SIZE, seed=None)
