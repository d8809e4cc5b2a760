"""Which boxes a detector draws on two validation images so far, while it trains, beside those that are marked."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saccade.core.arrays import Array
from saccade.core.backend import Model, keras
from saccade.core.finding import plural
from saccade.core.live_pictures import LivePicture
from saccade.core.spaced_rows import spaced
from saccade.inspection.live_pictures import shown_rows
from saccade.inspection.picture_sheets import picture, sheet
from saccade.tasks.object_detection import preview
from saccade.tasks.object_detection.box_colours import colour_of
from saccade.tasks.object_detection.decoding import decode
from saccade.tasks.object_detection.drawing import at_size, drawn
from saccade.tasks.object_detection.object_images import ObjectImages
from saccade.tasks.object_detection.settings import DetectionRecipe

MOST = 2
MOST_BOXES = 20
"""More on one image cannot be told apart."""


def found_so_far(network: Model, recipe: DetectionRecipe, dataset: ObjectImages) -> tuple[LivePicture, ...]:
    """Return two images, each with the marked boxes beside those that the network finds."""
    rows = _shown(dataset)
    pixels = np.asarray(dataset.images[rows])
    maps = keras.ops.cast(network(keras.ops.cast(pixels, "float32"), training=False), "float32")
    boxes, scores, numbers = (keras.ops.convert_to_numpy(each) for each in decode(maps, overlap=recipe.overlap))
    return tuple(_picture(dataset, row, boxes[at], scores[at], numbers[at]) for at, row in enumerate(rows.tolist()))


def _shown(dataset: ObjectImages) -> NDArray[np.int64]:
    """Return validation images in which something is marked, where there are such."""
    rows = shown_rows(dataset, len(dataset))
    marked = rows[dataset.is_object[rows].any(axis=1)]
    return spaced(marked if len(marked) else rows, MOST)


def _picture(dataset: ObjectImages, row: int, boxes: Array, scores: Array, numbers: Array) -> LivePicture:
    """Return an image with its marked boxes beside as many found ones, the surest: at first no score says anything."""
    marked = preview.drawn(dataset, row)
    count = int(dataset.is_object[row].sum())
    shown = min(max(1, count), MOST_BOXES, int((scores > 0).sum()))
    found = _found(dataset, row, marked.size, boxes[:shown], scores[:shown], numbers[:shown])
    named = plural(shown, "box", "boxes")
    return picture(
        sheet(np.stack([np.asarray(marked), np.asarray(found)]), columns=2, side=max(marked.size)),
        title="Boxes on a validation image",
        caption=f"Left: what is marked, {plural(count, 'box', 'boxes')}. Right: the {named} of which the network is "
        "surest so far, each with its class and its score from 0 to 1. At the start they lie anywhere.",
        alt=f"An image with {plural(count, 'marked box', 'marked boxes')}, and again with the {named} that are found",
    )


def _found(
    dataset: ObjectImages, row: int, size: tuple[int, int], boxes: Array, scores: Array, numbers: Array
) -> Image.Image:
    pixels = np.asarray(dataset.images[row])
    scale = np.tile(np.array(size, np.float32) / np.array(pixels.shape[1::-1], np.float32), 2)
    named = [
        f"{dataset.objects[number]} {score:.2f}"
        for number, score in zip(numbers.tolist(), scores.tolist(), strict=True)
    ]
    colours = [colour_of(number) for number in numbers.tolist()]
    surest_last = slice(None, None, -1)
    return drawn(
        at_size(pixels, size[::-1]),
        np.asarray(boxes * scale, np.float32)[surest_last],
        colours[surest_last],
        named[surest_last],
    )
