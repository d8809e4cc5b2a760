"""Which validation images of the classes are the least like training images, with their p-values."""

from dataclasses import dataclass

import numpy as np

from saccade.tasks.classification.novelty import Novelty
from saccade.tasks.classification.report.image_budget import Album
from saccade.tasks.classification.report.material import Material


@dataclass(frozen=True)
class StrangeImage:
    """A validation image in the page.

    Attributes:
        name: of the image.
        label: its class; "" when the data are not to be had.
        p_value: of images of the classes, so large a share is as unlike training images, 0 to 1.
        refused: whether it is said to show none of the classes.
        source: its data address; "" when the data are not to be had.
    """

    name: str
    label: str
    p_value: float
    refused: bool
    source: str


def strangest(material: Material, novelty: Novelty, album: Album) -> list[StrangeImage]:
    """Return the validation images that the run remembers, the strangest first."""
    return [
        StrangeImage(name, _label(material, name), p_value, p_value <= novelty.rate, album.named(name))
        for name, p_value in zip(novelty.strangest, novelty.strangest_p_values.tolist(), strict=True)
    ]


def _label(material: Material, name: str) -> str:
    if material.dataset is None:
        return ""
    found = np.flatnonzero(material.dataset.names == name)
    return material.classes[material.dataset.labels[found[0]]] if len(found) else ""
