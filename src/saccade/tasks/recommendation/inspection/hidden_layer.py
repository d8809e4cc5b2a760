"""HiddenLayer: the hidden units of a recommender, what switches each on, and how far a person does."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import Model, keras
from saccade.core.errors import RunError
from saccade.inference.keras_network import Network
from saccade.tasks.recommendation.catalogue import Catalogue, Codes
from saccade.tasks.recommendation.predictor import RecommendationPredictor

LAYER, WEIGHTS = "hidden", "weights"

FEWEST = 20
"""Ratings that an item must have to be named for a unit or as a neighbour: the weights of others are mostly chance."""

LEFT = 100
"""So many items are named all the same, where hardly any has so many ratings."""

Numbers = NDArray[np.float32]


@dataclass(frozen=True)
class Weighed:
    """An item with a number: its weight to a unit, or how alike it is.

    Attributes:
        item: what the source calls it.
        title: what to show of it.
        weight: the number.
    """

    item: str
    title: str
    weight: float


@dataclass(frozen=True)
class HiddenLayer:
    """The hidden units of a recommender.

    Attributes:
        catalogue: the items.
        weights: (items, units), how much more a unit is switched on by an item that is rated high than by one that is
            rated low, as far as its weights say; negative where it is switched off.
        meaning: of a weight, for people: "rated 5 rather than 1".
        network: gives what the units say, (n, units), of codes (n, items).
    """

    catalogue: Catalogue
    weights: Numbers
    meaning: str
    network: Network

    @property
    def count(self) -> int:
        """How many units."""
        return int(self.weights.shape[1])

    def answers(self, codes: Codes) -> Numbers:
        """Return what the units say, (n, units), of codes (n, items)."""
        return np.asarray(self.network(codes), np.float32)

    @cached_property
    def common(self) -> NDArray[np.int64]:
        """Places of the items that may be named: those that enough people rated, or the most popular."""
        counts = np.asarray(self.catalogue.counts)
        often = int((counts >= FEWEST).sum())
        return np.sort(np.asarray(self.catalogue.by_popularity[: max(often, LEFT)], np.int64))

    def strongest(self, unit: int, count: int, *, sign: int = 1) -> tuple[Weighed, ...]:
        """Return the items that switch a unit on most, or off with sign −1; only those that do."""
        weights = sign * self.weights[self.common, unit]
        order = np.argsort(-weights, kind="stable")[:count]
        return tuple(self.weighed(int(self.common[at]), sign * float(weights[at])) for at in order if weights[at] > 0)

    def weighed(self, place: int, weight: float) -> Weighed:
        """Return an item with a number."""
        return Weighed(self.catalogue.items[place], self.catalogue.titles[place], weight)

    def cosines(self, place: int) -> NDArray[np.float64]:
        """Return how alike each item is to one, (items,): the cosine of their weights, −1 to 1; 0 where it has none."""
        own = self.weights.astype(np.float64)
        lengths = np.linalg.norm(own, axis=1)
        products = own @ own[place]
        return np.asarray(products / np.maximum(lengths * lengths[place], 1e-12))


def hidden_layer(network: Model, predictor: RecommendationPredictor) -> HiddenLayer:
    """Return the hidden units of a run's network.

    Raises:
        RunError: it has no layer of the names by which they are known.
    """
    names = {layer.name for layer in network.layers}
    if LAYER not in names:
        raise RunError(
            f"{predictor.name} cannot be looked into: its network has no layer called '{LAYER}', whose units would be "
            "shown."
        )
    catalogue = predictor.catalogue
    weights, meaning = _weights(network, names, catalogue)
    reading = keras.Model(network.inputs[0], network.get_layer(LAYER).output, name="reading")
    return HiddenLayer(catalogue, weights.astype(np.float32), meaning, Network(reading))


def _weights(network: Model, names: set[str], catalogue: Catalogue) -> tuple[Numbers, str]:
    """Return weights (items, units), and what they mean.

    A machine has a row for each level of an item, or one for each item; another network the kernel of its layer.
    """
    items, scale = len(catalogue), catalogue.scale
    if WEIGHTS not in names:
        return np.asarray(network.get_layer(LAYER).get_weights()[0]), "rated higher than usual"
    rows = np.asarray(network.get_layer(WEIGHTS).get_weights()[0])
    if len(rows) == items:
        return rows, "rated at all"
    levels = rows.reshape(items, -1, rows.shape[1])
    meaning = f"rated {scale.text(scale.highest)} rather than {scale.text(scale.lowest)}"
    return levels[:, -1] - levels[:, 0], meaning
