"""Which boxes a detector draws on two validation images so far, while it trains, beside those that are marked."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saccade.core.arrays import Array
from saccade.core.backend import Model, keras
from saccade.core.live_pictures import LivePicture
from saccade.inspection.live_pictures import shown_rows
from saccade.inspection.picture_sheets import picture, sheet
from saccade.tasks.object_detection import preview
from saccade.tasks.object_detection.box_colours import colour_of
from saccade.tasks.object_detection.decoding import decode
from saccade.tasks.object_detection.drawing import at_size, drawn
from saccade.tasks.object_detection.object_images import ObjectImages
from saccade.tasks.object_detection.settings import DetectionRecipe

MOST = 2
LEAST_SCORE, MOST_BOXES = 0.3, 20
"""Boxes with less are mostly wrong while it learns; more cannot be told apart."""


def found_so_far(network: Model, recipe: DetectionRecipe, dataset: ObjectImages) -> tuple[LivePicture, ...]:
    """Return two images, each with the marked boxes beside those that the network finds."""
    rows = _shown(dataset)
    pixels = np.asarray(dataset.images[rows])
    maps = keras.ops.cast(network(keras.ops.cast(pixels, "float32"), training=False), "float32")
    boxes, scores, numbers = (keras.ops.convert_to_numpy(each) for each in decode(maps, overlap=recipe.overlap))
    shown = (scores >= LEAST_SCORE) & (np.arange(scores.shape[1]) < MOST_BOXES)
    return tuple(
        _picture(dataset, row, boxes[at][shown[at]], scores[at][shown[at]], numbers[at][shown[at]])
        for at, row in enumerate(rows.tolist())
    )


def _shown(dataset: ObjectImages) -> NDArray[np.int64]:
    """Return validation images in which something is marked, where there are such."""
    rows = shown_rows(dataset, len(dataset))
    marked = rows[dataset.is_object[rows].any(axis=1)]
    rows = marked if len(marked) else rows
    return rows[np.linspace(0, len(rows) - 1, min(MOST, len(rows))).astype(np.int64)]


def _picture(dataset: ObjectImages, row: int, boxes: Array, scores: Array, numbers: Array) -> LivePicture:
    marked = preview.drawn(dataset, row)
    found = _found(dataset, row, marked.size, boxes, scores, numbers)
    count = len(boxes) or "no"
    return picture(
        sheet(np.stack([np.asarray(marked), np.asarray(found)]), columns=2, side=max(marked.size)),
        title="Boxes on a validation image",
        caption=f"Left: what is marked. Right: what the network finds so far, {count} boxes with a score of "
        f"{LEAST_SCORE:g} or more, each with its class and score; the surest {MOST_BOXES} at most.",
        alt=f"An image with its {int(dataset.is_object[row].sum())} marked boxes, and with the {count} that are found",
    )


def _found(
    dataset: ObjectImages, row: int, size: tuple[int, int], boxes: Array, scores: Array, numbers: Array
) -> Image.Image:
    pixels = np.asarray(dataset.images[row])
    scale = np.tile(np.array(size) / pixels.shape[1::-1], 2)
    named = [
        f"{dataset.objects[number]} {score:.2f}"
        for number, score in zip(numbers.tolist(), scores.tolist(), strict=True)
    ]
    colours = [colour_of(number) for number in numbers.tolist()]
    surest_last = slice(None, None, -1)
    return drawn(at_size(pixels, size[::-1]), (boxes * scale)[surest_last], colours[surest_last], named[surest_last])
