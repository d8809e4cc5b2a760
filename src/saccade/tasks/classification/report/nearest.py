"""Why a mistake was made, by example: the training images that it is most like, as a pretrained network sees them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saccade.inspection.nearest_images import nearest
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.classification.report.image_budget import Album
from saccade.tasks.classification.report.material import Material
from saccade.tasks.classification.report.shown_images import ShownImage
from saccade.tasks.pretrained_training import look_alike_vectors


@dataclass(frozen=True)
class Neighbour:
    """A training image beside a mistake.

    Attributes:
        name: of the image.
        label: its class by number.
        source: its data address; "" where the page has no more room.
    """

    name: str
    label: int
    source: str


@dataclass(frozen=True)
class Likeness:
    """A mistake and the training images most like it, the nearest first."""

    image: ShownImage
    neighbours: tuple[Neighbour, ...]


def likenesses(material: Material, mistakes: Sequence[ShownImage], album: Album) -> list[Likeness]:
    """Return the nearest training images of each mistake; none where the run has no pretrained network or no data."""
    dataset = material.dataset
    vectors = look_alike_vectors(material.recipe, dataset, quiet=True) if dataset and mistakes else None
    if dataset is None or vectors is None:
        return []
    row_of, train = {name: row for row, name in enumerate(dataset.names.tolist())}, dataset.rows("train")
    known = [each for each in mistakes if each.name in row_of]
    rows = nearest(vectors, np.array([row_of[each.name] for each in known], np.int64), among=train)
    return [
        Likeness(mistake, tuple(_neighbour(dataset, row, album) for row in near.tolist()))
        for mistake, near in zip(known, rows, strict=True)
    ]


def _neighbour(dataset: ImageDataset, row: int, album: Album) -> Neighbour:
    name = str(dataset.names[row])
    return Neighbour(name, int(dataset.labels[row]), album.named(name))
