"""Restricted Boltzmann machine on what was rated at all, whatever the rating: for the order of items."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import sparse

from saccade.core.backend import keras
from saccade.models.boltzmann import BoltzmannMachine, contrastive_divergence
from saccade.models.recommenders import Training, _ends
from saccade.models.recommenders._divergence import Schedule, gradient_only

layers, ops = keras.layers, keras.ops

RANKS = True


def build(
    items: int,
    levels: Sequence[float],
    *,
    hidden: int = 100,
    chain: Sequence[int] = (1, 3, 5),
    decay: float = 0.001,
) -> Any:
    """Return a machine whose visible units say what a user has rated; an item's score is its total input.

    What it expects in stars is the item's mean, and how generous the user is: no machine is needed for that.

    Args:
        items: that can be rated.
        levels: the ratings that there can be, ascending; one is enough.
        hidden: units.
        chain: steps of Gibbs sampling, in the parts of the training.
        decay: L2 penalty of the weights.
    """
    if hidden < 1 or not chain or min(chain) < 1:
        raise ValueError("hidden and each of chain are 1 or more")
    del decay
    codes = _ends.codes_input(items)
    weights = _ends.rows(codes, "weights", items, hidden, keras.initializers.RandomNormal(stddev=0.01))
    hidden_bias = _ends.rows(codes, "hidden_bias", 1, hidden)
    on = layers.Identity(name="hidden")(ops.sigmoid(ops.matmul(_ends.rated(codes), weights) + hidden_bias))
    logits = ops.matmul(on, ops.transpose(weights)) + ops.transpose(_ends.rows(codes, "visible_bias", items, 1))
    means, generous = _ends.generosity(codes, items, levels)
    return _ends.finished(codes, ops.clip(means + generous, levels[0], levels[-1]), logits, "rbm_binary")


def initialize(network: Any, codes: sparse.csr_matrix, levels: Sequence[float]) -> None:
    """Set the visible biases to how many users rated each item (Hinton 2010, section 8)."""
    share = (np.bincount(codes.indices, minlength=codes.shape[1]) + 0.5) / (codes.shape[0] + 1)
    network.get_layer("visible_bias").set_weights([np.log(share / (1 - share)).astype(np.float32)[:, None]])
    _ends.set_item_means(network, codes, levels)


def training(network: Any, *, levels: Sequence[float], steps: int, seed: int, options: Mapping[str, Any]) -> Training:
    """Return contrastive divergence with chains that become longer."""
    schedule = Schedule(options.get("chain", (1, 3, 5)), steps, seed=seed)
    decay = float(options.get("decay", 0.001))

    def penalty(codes: Any) -> Any:
        weight = {name: network.get_layer(name).embeddings for name in ("weights", "visible_bias", "hidden_bias")}
        biases = (ops.reshape(weight[name], (-1,)) for name in ("visible_bias", "hidden_bias"))
        machine = BoltzmannMachine(weight["weights"], *biases)
        found = contrastive_divergence(machine, _ends.rated(codes), seed=schedule.seed, steps=schedule.length())
        return gradient_only(ops.mean(found) + decay * ops.sum(ops.square(machine.kernel)))

    return Training(_ends.squared_error(levels), (schedule,), penalty)
