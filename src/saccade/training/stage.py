"""Stage: a training before the training, of a part of the network, with an objective and settings of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from saccade.core.arrays import Array
from saccade.core.backend import keras
from saccade.core.recipe import Recipe
from saccade.training.objective import Objective


@dataclass(frozen=True)
class Stage:
    """A part of a network, trained before the whole; what it learns are its trainable weights, which both share.

    It is trained, recorded and resumed like any training, in a folder of the run. Its last epoch counts.

    Attributes:
        name: of its folder: "layer_1".
        about: what it is, for people: "layer 1 of 2, 64 to 256 units, by contrastive divergence".
        recipe: its epochs, optimizer and batches; without a budget of time, which the whole training keeps.
        network: from the dataset's inputs to what the objective asks for; shares layers with the whole network.
        objective: what it makes small.
    """

    name: str
    about: str
    recipe: Recipe
    network: Any
    objective: Objective

    @property
    def learnt(self) -> "StageWeights":
        """What the stage has learnt so far."""
        weights = self.network.trainable_weights
        return StageWeights({each.path: keras.ops.convert_to_numpy(each).copy() for each in weights})

    def restore(self, learnt: "StageWeights") -> None:
        """Put back what it had learnt; raises KeyError, ValueError where that is of another network."""
        for weight in self.network.trainable_weights:
            weight.assign(learnt.arrays[weight.path])


@dataclass(frozen=True)
class StageWeights:
    """What a stage has learnt, which a run keeps.

    Attributes:
        arrays: by the path of a weight: "layer_1/kernel".
    """

    FILE: ClassVar[str] = "weights.npz"
    arrays: Mapping[str, Array]

    def to_dict(self) -> Mapping[str, Array]:
        """Return the arrays."""
        return self.arrays

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return what `to_dict` described."""
        return cls({name: np.asarray(values) for name, values in content.items()})
