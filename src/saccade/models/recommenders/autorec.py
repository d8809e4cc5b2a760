"""Denoising autoencoder of a user's ratings, less item and user means (after AutoRec, Sedhain et al. 2015)."""

from collections.abc import Mapping, Sequence
from typing import Any

from scipy import sparse

from saccade.core.backend import keras
from saccade.models.recommenders import Rows, Training, _ends
from saccade.models.recommenders._forgetting import Forget

layers, ops = keras.layers, keras.ops


def build(
    items: int,
    levels: Sequence[float],
    *,
    hidden: int = 200,
    activation: str = "sigmoid",
    forget: float = 0.5,
) -> Any:
    """Return an autoencoder whose input are ratings less the item's mean and the user's generosity.

    In training it must foretell ratings that it does not see: a part of each user's is forgotten.

    Args:
        items: that can be rated.
        levels: the ratings that there can be, ascending; at least two.
        hidden: units.
        activation: of these: "sigmoid", "tanh", "linear", or another one of Keras'.
        forget: part of a user's ratings that is not seen, in training only.
    """
    if len(levels) < 2:
        raise ValueError("all ratings are the same, and there is nothing to expect: take model rbm_binary")
    if hidden < 1 or not 0 < forget < 1:
        raise ValueError("hidden is 1 or more, and forget lies between 0 and 1")
    codes = _ends.codes_input(items)
    means, generous = _ends.generosity(codes, items, levels)
    usual = means + generous
    known = _ends.rated(codes)
    left = _ends.stars(codes, levels) - known * usual
    left = left / ops.sqrt(ops.sum(known, axis=1, keepdims=True) + 1)  # so that users with many ratings are no others
    on = layers.Dense(hidden, activation=activation, name="hidden")(left)
    expected = usual + layers.Dense(
        items, name="change", kernel_initializer=keras.initializers.RandomNormal(stddev=0.01)
    )(on)
    return _ends.finished(codes, expected, expected, "autorec")


def initialize(network: Any, codes: sparse.csr_matrix, rows: Rows, *, levels: Sequence[float], **_: Any) -> None:
    """Set the mean ratings of the items."""
    _ends.set_item_means(network, codes[rows], levels)


def training(network: Any, *, levels: Sequence[float], steps: int, seed: int, options: Mapping[str, Any]) -> Training:
    """Return the squared error of the ratings, of which a part is forgotten."""
    del network, steps
    forget = Forget(float(options.get("forget", 0.5)), seed=seed)

    def loss(targets: Any, answers: Any) -> Any:
        return _ends.asked_error(targets, answers[:, 0], levels)

    return Training(loss, (forget,))
