"""The last layer of a task's networks, solved for on features of images, and how good it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.image_features import Placed
from saccade.tasks.linear_head import ENOUGH, LinearHead, Part, Rows, Targets, Vectors


@dataclass(frozen=True)
class SolvedHead:
    """How a task solves for the last layer of its networks.

    Attributes:
        layer: its name in the network.
        targets: of some images, (n, ...): (dataset, their rows).
        fit: gives the head: (training, validation, recipe, dataset); a part is features and targets.
        scores: loss and metrics of outputs (n, k), by the names that Keras gives them: (outputs, targets, recipe).
        cross_validated: what history calls the score of a cross-validation: "cv_accuracy".
    """

    layer: str
    targets: Callable[[Any, Rows], Targets]
    fit: Callable[[Part, Part, Any, Any], LinearHead]
    scores: Callable[[Vectors, Targets, Any], Mapping[str, float]]
    cross_validated: str

    def solve(self, features: Placed, recipe: Any, dataset: ImageDataset) -> LinearHead:
        """Return the head that fits training images best, with the strength that does best on others.

        Args:
            features: (d,) of each training and validation image, by row number.
            recipe: of the task.
            dataset: its data.
        """
        train, validation = (self._part(features, dataset, split) for split in ("train", "validation"))
        return self.fit(train, validation, recipe, dataset)

    def measured(self, head: LinearHead, features: Placed, recipe: Any, dataset: ImageDataset) -> dict[str, float]:
        """Return how good it is on training images, and where there are any, on those of validation: a history's row.

        With few validation images, also on training images that were left out in turn.
        """
        row = self._scores(head, features, recipe, dataset, "train", "")
        if len(dataset.rows("validation")):
            row |= self._scores(head, features, recipe, dataset, "validation", "val_")
        if len(dataset.rows("validation")) < ENOUGH and head.cross_validated is not None:
            row[self.cross_validated] = head.cross_validated
        return row

    def _scores(
        self, head: LinearHead, features: Placed, recipe: Any, dataset: ImageDataset, split: str, prefix: str
    ) -> dict[str, float]:
        vectors, targets = self._part(features, dataset, split)
        found = self.scores(head.outputs(vectors), targets, recipe)
        return {f"{prefix}{name}": value for name, value in found.items()}

    def _part(self, features: Placed, dataset: ImageDataset, split: str) -> Part:
        rows = dataset.rows(split)
        return features[rows], self.targets(dataset, rows)
