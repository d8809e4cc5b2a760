"""What is watched while a recommender learns: the root of the squared error, or what is missing to a perfect order."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from saccade.core.backend import keras

ops = keras.ops

AT = 10


class RatingError(keras.metrics.Metric):  # type: ignore[misc]
    """Root mean squared error in stars over all ratings that are asked for."""

    def __init__(self, levels: Sequence[float]) -> None:
        super().__init__(name="rmse", dtype="float32")
        self._stars = np.array([0.0, *levels], np.float32)
        self.squares = self.add_weight(shape=(), initializer="zeros", name="squares")
        self.count = self.add_weight(shape=(), initializer="zeros", name="count")

    def update_state(self, targets: Any, answers: Any, sample_weight: Any = None) -> None:
        """Add codes (n, items) that are asked for, and answers (n, 2, items)."""
        del sample_weight
        asked = ops.cast(targets > 0, "float32")
        stars = ops.take(ops.convert_to_tensor(self._stars), ops.cast(targets, "int32"))
        self.squares.assign_add(ops.sum(asked * ops.square(stars - answers[:, 0])))
        self.count.assign_add(ops.sum(asked))

    def result(self) -> Any:
        """Return the root of the mean."""
        return ops.sqrt(self.squares / ops.maximum(self.count, 1.0))


class RankingLoss(keras.metrics.Metric):  # type: ignore[misc]
    """1 − nDCG@10, a mean over users: each item that is asked for and liked counts alike, known ones are left out.

    Args:
        liked: the code from which on a rating means that the user likes the item.
    """

    def __init__(self, liked: int = 1) -> None:
        super().__init__(name="ranking_loss", dtype="float32")
        self._liked = float(liked)
        self.gains = self.add_weight(shape=(), initializer="zeros", name="gains")
        self.count = self.add_weight(shape=(), initializer="zeros", name="count")

    def update_state(self, targets: Any, answers: Any, sample_weight: Any = None) -> None:
        """Add codes (n, items) that are asked for, and answers (n, 2, items)."""
        del sample_weight
        asked = ops.cast(targets >= self._liked, "float32")
        most = min(AT, targets.shape[-1])
        discounts = ops.convert_to_tensor(1 / np.log2(np.arange(2, most + 2)), dtype="float32")
        best = ops.top_k(answers[:, 1], most)[1]
        gained = ops.sum(ops.take_along_axis(asked, best, axis=1) * discounts, axis=1)
        places = ops.arange(most, dtype="float32")[None] < ops.sum(asked, axis=1, keepdims=True)
        ideal = ops.sum(ops.cast(places, "float32") * discounts, axis=1)
        self.gains.assign_add(ops.sum(gained / ops.maximum(ideal, 1e-6)))
        self.count.assign_add(ops.sum(ops.cast(ideal > 0, "float32")))

    def result(self) -> Any:
        """Return 1 less the mean."""
        return 1 - self.gains / ops.maximum(self.count, 1.0)
