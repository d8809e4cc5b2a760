"""What training makes small: binary cross-entropy, a mean over the labels."""

import numpy as np

from saccade import models
from saccade.core.backend import Model, keras
from saccade.modalities.images import augmentation
from saccade.tasks.multi_label.settings import MultiLabelRecipe
from saccade.tasks.multi_label.tagged_images import TaggedImages
from saccade.training.mixup import Mixup
from saccade.training.objective import Objective

ops = keras.ops

SMALL_START = 0.01
"""Standard deviation of the first weights of the head: training starts near the share of each label."""

HEAD = "logits"


def build_network(recipe: MultiLabelRecipe, dataset: TaggedImages) -> Model:
    """Return a fresh network from raw pixels (n, h, w, c) to a probability a label, (n, k)."""
    return headed(recipe, dataset.image_shape, len(dataset.tags))


def headed(recipe: MultiLabelRecipe, image_shape: tuple[int, int, int], labels: int) -> Model:
    """Return a fresh network with a head for so many labels."""
    inputs, features = models.backbone(recipe.model.name, image_shape, recipe.model.options)
    start = keras.initializers.RandomNormal(stddev=SMALL_START)
    logits = keras.layers.Dense(labels, kernel_initializer=start, dtype="float32", name=HEAD)(features)
    answers = keras.layers.Activation("sigmoid", dtype="float32", name="predictions")(logits)
    return keras.Model(inputs, answers, name=recipe.model.name)


def start_at_shares(network: Model, recipe: MultiLabelRecipe, dataset: TaggedImages) -> None:
    """Let the network answer at first with the share of training images that have each label (Lin et al. 2017)."""
    shares = np.clip(dataset.of("train").mean(axis=0), 0.001, 0.999)
    kernel, _ = network.get_layer(HEAD).get_weights()
    network.get_layer(HEAD).set_weights([kernel, np.log(shares / (1 - shares)).astype(np.float32)])


def binary_cross_entropy(recipe: MultiLabelRecipe, dataset: TaggedImages, network: object) -> Objective:
    """Return the objective on targets (n, k) of 0 and 1, float32."""
    sets = dataset.sets.astype(np.float32)
    return Objective(
        encode=lambda labels: ops.take(ops.convert_to_tensor(sets), labels, axis=0),
        loss=keras.losses.BinaryCrossentropy(name="loss"),
        metrics=lambda: [keras.metrics.F1Score(average="micro", threshold=0.5, name="micro_f1")],
        augmentation=augmentation.layers(recipe.augment, seed=recipe.seed),
        paired=Mixup(recipe.augment.mixup, seed=recipe.seed) if recipe.augment.mixup else None,
    )
