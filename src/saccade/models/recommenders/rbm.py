"""Restricted Boltzmann machine on the ratings themselves, a softmax an item (Salakhutdinov et al. 2007)."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import sparse

from saccade.core.backend import keras
from saccade.models.boltzmann import BoltzmannMachine, Softmax, contrastive_divergence
from saccade.models.recommenders import Rows, Training, _ends
from saccade.models.recommenders._divergence import Schedule, gradient_only

layers, ops = keras.layers, keras.ops


def build(
    items: int,
    levels: Sequence[float],
    *,
    hidden: int = 100,
    biases: bool = False,
    chain: Sequence[int] = (1, 3, 5),
    decay: float = 0.001,
    as_means: bool = False,
) -> Any:
    """Return a machine whose visible units are the levels of rated items; what is not rated is no part of it.

    Answers are mean-field: up from what is known, and down to all items.

    Args:
        items: that can be rated.
        levels: the ratings that there can be, ascending; at least two.
        hidden: units.
        biases: whether how generous a user is moves the visible units, as far as his known ratings say it.
        chain: steps of Gibbs sampling, in the parts of the training.
        decay: L2 penalty of the weights, a rating.
        as_means: visible units of the chain are their means, not drawn: less noise.
    """
    if len(levels) < 2:
        raise ValueError("all ratings are the same, and there is nothing to expect: take model rbm_binary")
    if hidden < 1 or not chain or min(chain) < 1:
        raise ValueError("hidden and each of chain are 1 or more")
    del decay, as_means
    codes = _ends.codes_input(items)
    visible = _ends.one_hot(codes, len(levels))
    units = items * len(levels)
    weights = _ends.rows(codes, "weights", units, hidden, keras.initializers.RandomNormal(stddev=0.01))
    hidden_bias = _ends.rows(codes, "hidden_bias", 1, hidden)
    on = layers.Identity(name="hidden")(ops.sigmoid(ops.matmul(visible, weights) + hidden_bias))
    visible_bias = _ends.rows(codes, "visible_bias", units, 1)
    logits = ops.matmul(on, ops.transpose(weights)) + ops.transpose(visible_bias)
    if biases:
        logits = logits + _pull(codes, items, levels)
    chances = ops.softmax(ops.reshape(logits, (-1, items, len(levels))), axis=-1)
    expected = ops.squeeze(ops.matmul(chances, np.array(levels, np.float32)[:, None]), axis=-1)
    return _ends.finished(codes, expected, expected, "rbm")


def _pull(codes: Any, items: int, levels: Sequence[float]) -> Any:
    """Return what a user's generosity adds to the visible units (n, items · levels)."""
    _, generous = _ends.generosity(codes, items, levels)
    return generous * ops.transpose(_ends.rows(codes, "slopes", items * len(levels), 1))


def initialize(network: Any, codes: sparse.csr_matrix, rows: Rows, *, levels: Sequence[float], **_: Any) -> None:
    """Set the visible biases to how often each item got each rating (Hinton 2010, section 8)."""
    codes = codes[rows]
    shares = _ends.level_shares(codes, len(levels))
    network.get_layer("visible_bias").set_weights([np.log(shares).reshape(-1, 1)])
    if any(layer.name == "item_means" for layer in network.layers):
        means = _ends.item_means(codes, levels)
        _ends.set_item_means(network, codes, levels)
        spread = max(float((shares.mean(0) * (np.array(levels) - means.mean()) ** 2).sum()), 1e-3)
        slopes = (np.array(levels, np.float32)[None] - means[:, None]) / spread
        network.get_layer("slopes").set_weights([slopes.reshape(-1, 1).astype(np.float32)])


def training(network: Any, *, levels: Sequence[float], steps: int, seed: int, options: Mapping[str, Any]) -> Training:
    """Return contrastive divergence with chains that become longer; the error shown is that of what is expected."""
    schedule = Schedule(options.get("chain", (1, 3, 5)), steps, seed=seed)
    units = Softmax(len(levels))
    decay, as_means = float(options.get("decay", 0.001)), bool(options.get("as_means", False))

    def penalty(codes: Any) -> Any:
        machine = _machine(network, codes, units)
        visible, known = units.one_hot(codes), units.known(codes)
        drawn = {"seed": schedule.seed, "steps": schedule.length(), "as_means": as_means}
        found = contrastive_divergence(machine, visible, known=known, **drawn)
        return gradient_only(ops.mean(found)) + gradient_only(decay * ops.sum(ops.square(machine.kernel)))

    return Training(_ends.squared_error(levels), (schedule,), penalty)


def _machine(network: Any, codes: Any, units: Softmax) -> BoltzmannMachine:
    """Return the machine that the layers of a network are, for codes (n, items)."""
    weight = {name: network.get_layer(name).embeddings for name in ("weights", "visible_bias", "hidden_bias")}
    visible_bias = ops.reshape(weight["visible_bias"], (-1,))
    names = {layer.name for layer in network.layers}
    if "generosity" in names:
        generous = keras.Model(network.input, network.get_layer("generosity").output)(codes)
        visible_bias = visible_bias + generous * ops.reshape(network.get_layer("slopes").embeddings, (1, -1))
    return BoltzmannMachine(weight["weights"], visible_bias, ops.reshape(weight["hidden_bias"], (-1,)), units)
