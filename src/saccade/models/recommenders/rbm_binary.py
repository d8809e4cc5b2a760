"""Restricted Boltzmann machine on what was rated at all, or on what was liked: for the order of items."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import sparse

from saccade.core.backend import keras
from saccade.core.liked_ratings import liked_code
from saccade.models.boltzmann import BoltzmannMachine, contrastive_divergence
from saccade.models.recommenders import Rows, Training, _ends
from saccade.models.recommenders._divergence import Schedule, gradient_only

layers, ops = keras.layers, keras.ops

RANKS = True

LIKED = "liked"
"""The layer of visible units that are on for liked items only."""


def build(
    items: int,
    levels: Sequence[float],
    *,
    hidden: int = 100,
    chain: Sequence[int] = (1, 3, 5),
    decay: float = 0.001,
    liked: bool = False,
    as_means: bool = False,
) -> Any:
    """Return a machine whose visible units say what a user has rated, or liked; an item's score is its total input.

    What it expects in stars is the item's mean, and how generous the user is: no machine is needed for that.

    Args:
        items: that can be rated.
        levels: the ratings that there can be, ascending; one is enough.
        hidden: units.
        chain: steps of Gibbs sampling, in the parts of the training.
        decay: L2 penalty of the weights.
        liked: only ratings at least three quarters up the scale switch a unit on: 4 stars of 5. Rankings are judged
            by such ratings.
        as_means: visible units of the chain are their means, not drawn: less noise.
    """
    if hidden < 1 or not chain or min(chain) < 1:
        raise ValueError("hidden and each of chain are 1 or more")
    del decay, as_means
    codes = _ends.codes_input(items)
    weights = _ends.rows(codes, "weights", items, hidden, keras.initializers.RandomNormal(stddev=0.01))
    hidden_bias = _ends.rows(codes, "hidden_bias", 1, hidden)
    visible = layers.Identity(name=LIKED if liked else "rated")(_visible(codes, levels, liked=liked))
    on = layers.Identity(name="hidden")(ops.sigmoid(ops.matmul(visible, weights) + hidden_bias))
    logits = ops.matmul(on, ops.transpose(weights)) + ops.transpose(_ends.rows(codes, "visible_bias", items, 1))
    means, generous = _ends.generosity(codes, items, levels)
    return _ends.finished(codes, ops.clip(means + generous, levels[0], levels[-1]), logits, "rbm_binary")


def _visible(codes: Any, levels: Sequence[float], *, liked: bool) -> Any:
    """Return the visible units (n, items) float32, 0 or 1."""
    return ops.cast(codes >= liked_code(levels), "float32") if liked else _ends.rated(codes)


def _looks_at_liked(network: Any) -> bool:
    return any(layer.name == LIKED for layer in network.layers)


def initialize(network: Any, codes: sparse.csr_matrix, rows: Rows, *, levels: Sequence[float], **_: Any) -> None:
    """Set the visible biases to how many users rated, or liked, each item (Hinton 2010, section 8)."""
    codes = codes[rows]
    counted = codes.indices[codes.data >= liked_code(levels)] if _looks_at_liked(network) else codes.indices
    share = (np.bincount(counted, minlength=codes.shape[1]) + 0.5) / (codes.shape[0] + 1)
    network.get_layer("visible_bias").set_weights([np.log(share / (1 - share)).astype(np.float32)[:, None]])
    _ends.set_item_means(network, codes, levels)


def training(network: Any, *, levels: Sequence[float], steps: int, seed: int, options: Mapping[str, Any]) -> Training:
    """Return contrastive divergence with chains that become longer."""
    schedule = Schedule(options.get("chain", (1, 3, 5)), steps, seed=seed)
    decay, liked = float(options.get("decay", 0.001)), _looks_at_liked(network)
    as_means = bool(options.get("as_means", False))

    def penalty(codes: Any) -> Any:
        weight = {name: network.get_layer(name).embeddings for name in ("weights", "visible_bias", "hidden_bias")}
        biases = (ops.reshape(weight[name], (-1,)) for name in ("visible_bias", "hidden_bias"))
        machine = BoltzmannMachine(weight["weights"], *biases)
        visible, length = _visible(codes, levels, liked=liked), schedule.length()
        found = contrastive_divergence(machine, visible, seed=schedule.seed, steps=length, as_means=as_means)
        return gradient_only(ops.mean(found) + decay * ops.sum(ops.square(machine.kernel)))

    return Training(_ends.squared_error(levels), (schedule,), penalty)
