"""What is kept of images to compare them: properties, what the network makes of them, its answers, and their names."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import Model, keras
from saccade.inference.keras_network import Network
from saccade.tasks import image_properties
from saccade.tasks.image_properties import Files
from saccade.tasks.network_description import blocks, description

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Views:
    """What is kept of n images.

    Attributes:
        names: of the images.
        properties: (n, p), see `image_properties.names`.
        descriptions: (n, d), what the network makes of them on the way; d may be 0.
        outputs: (n, k), the network's answers, as they leave it.
        files: what their files say; None where they are no files.
    """

    names: tuple[str, ...]
    properties: Floats
    descriptions: Floats
    outputs: Floats
    files: Files | None = None

    def __len__(self) -> int:
        return len(self.names)

    @property
    def numbers(self) -> Floats:
        """(n, p + d), all by which images look alike."""
        return np.concatenate([self.properties, self.descriptions], axis=1)

    def only(self, rows: Rows) -> "Views":
        """Return what is kept of some of them."""
        return replace(
            self,
            names=tuple(self.names[row] for row in rows.tolist()),
            properties=self.properties[rows],
            descriptions=self.descriptions[rows],
            outputs=self.outputs[rows],
            files=self.files and self.files.only(rows),
        )


class Viewer:
    """A network that is asked for its answers and for what it makes of images on the way to them."""

    def __init__(self, network: Model, *, answer: Callable[[Any], Any] | None = None) -> None:
        """Ask a network: raw pixels (n, h, w, c) in, answers (n, k) out; `answer` makes those of any other outputs."""
        answers = answer(network.output) if answer else network.output
        outputs = [answers, description(network)] if blocks(network) else [answers]
        self._network = Network(keras.Model(network.input, outputs))

    def views(self, batches: Iterable[tuple[Iterable[str], NDArray[np.uint8]]]) -> Views:
        """Return what is kept of images that come in batches: names, and pixels (n, h, w, c); at least one."""
        names, properties, outputs, descriptions = list[str](), list[Floats](), list[Floats](), list[Floats]()
        for called, pixels in batches:
            answer, *described = self._network.outputs(pixels)
            names += called
            properties.append(image_properties.properties(pixels))
            outputs.append(answer)
            descriptions += described or [np.empty((len(pixels), 0), np.float32)]
        return Views(tuple(names), np.concatenate(properties), np.concatenate(descriptions), np.concatenate(outputs))
