"""Which pixels an answer owes itself to: Grad-CAM, integrated gradients, occlusion."""

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saccade.core.arrays import Array
from saccade.core.backend import Model, gradients, keras
from saccade.core.errors import RunError
from saccade.inspection.graph import graph_of
from saccade.inspection.output_layer import Answering, last_of
from saccade.inspection.running import LayerRun, run_layers

ops = keras.ops


@dataclass(frozen=True)
class Network:
    """A model whose answers can be explained.

    Attributes:
        model: a Keras model.
        answering: how to read its answers.
        batch: images at once, by the memory that its layers need.
    """

    model: Model
    answering: Answering
    batch: int

    def answer(self, images: Any, *, instead: dict[str, Any] | None = None) -> LayerRun:
        """Return the run of the last layer."""
        return last_of(run_layers(self.model, images, instead=instead))

    def score(self, images: Any, class_: int, *, instead: dict[str, Any] | None = None) -> Any:
        """Return the sum of a class's scores over the images, a tensor of one number."""
        return ops.sum(self.answering.scores(self.answer(images, instead=instead))[:, class_])

    def refuse_whole_numbers(self) -> None:
        """Refuse a network whose input is of a whole-number type: it has no gradient there."""
        dtype = graph_of(self.model).inputs[0].dtype
        if "float" not in dtype:
            raise RunError(f"The network takes {dtype} numbers, along which there is no gradient; only float has one.")


def gradcam(network: Network, image: NDArray[np.float32], class_: int, run: LayerRun) -> NDArray[np.float32]:
    """Return where one layer found what speaks for a class, (h, w) of the layer's maps, at least 0.

    The maps are summed, each weighted with the mean slope of the class's score along it; what speaks against the class
    is dropped. Selvaraju et al. 2017, "Grad-CAM", arXiv 1610.02391.

    Args:
        network: what answered.
        image: (1, h, w, c), as the model expects it.
        class_: position of the class.
        run: of a layer with maps, (1, h, w, c), for this image.
    """
    maps = run.outputs[0]
    (slopes,) = gradients(lambda changed: network.score(image, class_, instead={run.key: changed[0]}), [maps])
    weighted = ops.sum(ops.mean(slopes, axis=(1, 2), keepdims=True) * maps, axis=-1)[0]
    return np.maximum(np.asarray(ops.convert_to_numpy(weighted), np.float32), 0)


def integrated_gradients(
    network: Network, image: NDArray[np.float32], class_: int, *, baseline: NDArray[np.float32], steps: int
) -> NDArray[np.float32]:
    """Return how much each number of the image added to a class's score, (h, w, c), signed.

    The slopes on the straight way from the baseline to the image are averaged, then multiplied by the difference.
    Their sum is the difference of the two scores, but for the error of so few steps. Sundararajan et al. 2017,
    "Axiomatic attribution for deep networks", arXiv 1703.01365.

    Args:
        network: what answered.
        image: (1, h, w, c), as the model expects it.
        class_: position of the class.
        baseline: (1, h, w, c), an image of nothing.
        steps: places on the way; each is the middle of its stretch.
    """
    network.refuse_whole_numbers()
    shares = ((np.arange(steps) + 0.5) / steps).astype(np.float32).reshape(-1, 1, 1, 1)
    slopes = [
        gradients(lambda places: network.score(places[0], class_), [baseline + split * (image - baseline)])[0].sum(
            axis=0
        )
        for split in _chunks(shares, network.batch)
    ]
    return np.asarray((image - baseline)[0] * np.sum(slopes, axis=0) / steps, np.float32)


@dataclass(frozen=True)
class Occlusion:
    """What the network answered when a square of the image was covered, square by square.

    Attributes:
        boxes: (n, 4), int64: top, left, bottom, right of the square.
        probabilities: (n, classes), the answers.
        whole: (classes,), the answer to the whole image.
        colour: (c,), what covered it.
        side: of the square in pixels.
    """

    boxes: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    whole: NDArray[np.float32]
    colour: NDArray[np.float32]
    side: int

    def map(self, class_: int, size: tuple[int, int]) -> NDArray[np.float32]:
        """Return by how much the class's probability fell when a pixel was covered, (h, w), mean over its squares."""
        falls, times = np.zeros(size), np.zeros(size)
        for (top, left, bottom, right), answer in zip(self.boxes, self.probabilities[:, class_], strict=True):
            falls[top:bottom, left:right] += self.whole[class_] - answer
            times[top:bottom, left:right] += 1
        return (falls / times).astype(np.float32)


def occlude(network: Network, image: NDArray[np.float32], *, grid: int) -> Occlusion:
    """Return the answers to an image of which one square after the other is covered.

    Zeiler and Fergus 2014, "Visualizing and understanding convolutional networks", arXiv 1311.2901. The colour is the
    median of the image's border, mostly that of the background: grey on black would be a thing of its own.

    Args:
        network: what answers.
        image: (1, h, w, c), as the model expects it.
        grid: squares along each side, which overlap by half.
    """
    height, width = image.shape[1:3]
    side = max(2, -(-2 * max(height, width) // (grid + 1)))
    corners = list(product(_corners(height, side, grid), _corners(width, side, grid)))
    boxes = np.array([(top, left, min(top + side, height), min(left + side, width)) for top, left in corners])
    colour = _border_colour(image[0])
    splits = [
        network.answering.probabilities(network.answer(_covered(image, split, colour)))
        for split in _chunks(boxes, network.batch)
    ]
    whole = network.answering.probabilities(network.answer(image))[0]
    return Occlusion(boxes, np.concatenate(splits), whole, colour, side)


def enlarged(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Return a map (h, w) brought smoothly to another size."""
    image = Image.fromarray(np.asarray(values, np.float32))
    return np.asarray(image.resize(size[::-1], Image.Resampling.BILINEAR), np.float32)


def _corners(length: int, side: int, grid: int) -> list[int]:
    """Return where the squares begin along one side, the last one flush with the end."""
    return sorted({round(place) for place in np.linspace(0, max(length - side, 0), grid)})


def _covered(image: NDArray[np.float32], boxes: NDArray[np.int64], colour: NDArray[np.float32]) -> NDArray[np.float32]:
    images = np.repeat(image, len(boxes), axis=0)
    for covered, (top, left, bottom, right) in zip(images, boxes, strict=True):
        covered[top:bottom, left:right] = colour
    return images


def _border_colour(image: NDArray[np.float32]) -> NDArray[np.float32]:
    sides = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    return np.asarray(np.median(sides, axis=0), np.float32)


def _chunks(values: Array, size: int) -> list[Array]:
    return [values[start : start + size] for start in range(0, len(values), size)]
