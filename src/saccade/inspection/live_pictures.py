"""Pictures of what any network of images has learnt so far: its first filters, and its maps of one image."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.backend import Model, keras
from saccade.core.dataset import Dataset
from saccade.core.errors import RunError
from saccade.core.live_pictures import LivePicture
from saccade.core.spaced_rows import spaced
from saccade.inspection.picture_sheets import filter_tiles, map_tiles, picture, sheet
from saccade.inspection.plan import Plan, Step, plan

MOST_FILTERS, MOST_CHANNELS = 32, 8
COLUMNS, MAP_COLUMNS = 8, 4
MAP_SIDE = 96

DEPTHS = (
    ("Early in the network", "Close to the pixels: edges, spots and colours."),
    ("Halfway in the network", "Parts, put together from what the layers before answer."),
    ("Late in the network", "Close to the answer: coarse, and each channel for something of its own."),
)


@dataclass(frozen=True)
class Maps:
    """What one layer makes of an image.

    Attributes:
        values: (h, w, channels).
        depth: its name and what to expect there.
    """

    values: NDArray[np.float32]
    depth: tuple[str, str]


def pictures_of(network: Model, dataset: Dataset) -> tuple[LivePicture, ...]:
    """Return the first layer's filters and a few maps of one validation image; none where no images go in.

    Args:
        network: raw pixels (n, h, w, c) in.
        dataset: its own.
    """
    rows = shown_rows(dataset, 1)
    if len(dataset.inputs.shape) != 4 or dataset.inputs.shape[-1] not in (1, 3) or not len(rows):
        return ()
    try:
        steps = plan(network)
    except RunError:  # several inputs
        return ()
    return tuple(_pictures(steps, np.asarray(dataset.inputs[rows])))


def shown_rows(dataset: Dataset, count: int) -> NDArray[np.int64]:
    """Return so many rows of the validation split at most, evenly spaced; without one, of the training split."""
    split = dataset.rows("validation")
    return spaced(split if len(split) else dataset.rows("train"), count)


def _pictures(steps: Plan, image: Array) -> Iterator[LivePicture]:
    first = next((at for at, step in enumerate(steps.steps) if _kernel(step) is not None), None)
    if first is None:
        return
    filters = _filters(steps.steps[first], image.shape[1:])
    if filters is not None:
        yield _filter_picture(filters, steps.steps[first])
    maps = list(_maps(steps, first, image))
    if maps:
        side = min(2 * MAP_SIDE, max(image.shape[1:3]) * (MAP_SIDE // max(image.shape[1:3]) or 1))
        yield picture(
            sheet(np.asarray(image, np.uint8), columns=1, side=side),
            title="One validation image",
            caption="The network looks at it now and then while it trains. It does not learn from it.",
            alt="The image that the maps beside it are made of",
        )
    yield from map(_map_picture, maps)


def _kernel(step: Step) -> Array | None:
    kernel = getattr(step.layer, "kernel", None)
    return None if kernel is None else np.asarray(keras.ops.convert_to_numpy(kernel), np.float32)


def _filters(step: Step, image_shape: Sequence[int]) -> Array | None:
    """Return weights that lie on the pixels, (h, w, 1 or 3, n): of a convolution, or of units that see the whole image.

    None where they can't be looked at: a single pixel, or other channels than an image has.
    """
    kernel = _kernel(step)
    assert kernel is not None
    if kernel.ndim == 2 and len(kernel) == np.prod(image_shape):
        kernel = kernel.reshape(*image_shape, -1)
    small = kernel.ndim != 4 or max(kernel.shape[:2]) == 1
    return None if small or kernel.shape[2] not in (1, 3) else kernel


def _filter_picture(filters: Array, step: Step) -> LivePicture:
    height, width, channels, count = filters.shape
    shown = min(count, MOST_FILTERS)
    which = f"{shown} of {count}" if shown < count else f"all {count}"
    colours = "grey stands for 0" if channels == 3 else "red adds, blue subtracts, white stands for 0"
    grows = "Noise at the start; edges, spots and colours as it learns"
    frozen = "This layer was trained before and is kept as it is"
    return picture(
        sheet(filter_tiles(filters[..., :shown]), columns=COLUMNS),
        title="What the first layer looks for",
        caption=f"Its filters, {which}, {height}×{width} pixels each: patterns to which it answers where the image has "
        f"them ({colours}). {grows if step.layer.trainable else frozen}.",
        alt=f"{shown} filters of the first layer, {height} by {width} pixels each",
    )


def _maps(steps: Plan, first: int, image: Array) -> Iterator[Maps]:
    """Yield what layers of up to three depths make of an image (1, h, w, c): the last of a size, as it is handed on."""
    values = steps.run(image)
    of_size = dict[tuple[int, int], Array]()
    for step in steps.steps[first:]:
        shape = tuple(values[step.outputs[0]].shape)
        if len(shape) == 4 and min(shape[1:3]) > 1:
            of_size[shape[1:3]] = values[step.outputs[0]]
    found = list(of_size.values())
    chosen = [found[at] for at in sorted({0, len(found) // 2, len(found) - 1})] if found else []
    depths = {0: (), 1: DEPTHS[:1], 2: DEPTHS[::2]}.get(len(chosen), DEPTHS)
    for tensor, depth in zip(chosen, depths, strict=True):
        yield Maps(np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(tensor[0], "float32"))), depth)


def _map_picture(maps: Maps) -> LivePicture:
    height, width, count = maps.values.shape
    shown = min(count, MOST_CHANNELS)
    which = f"{shown} of {count} channels" if shown < count else f"all {count} channels"
    where, what = maps.depth
    signed = float(maps.values.min()) < 0
    colours = "Red: a strong answer; blue: the opposite." if signed else "Bright: a strong answer."
    return picture(
        sheet(map_tiles(np.moveaxis(maps.values[..., :shown], -1, 0)), columns=MAP_COLUMNS, side=MAP_SIDE),
        title=where,
        caption=f"{what} Where {which} answer to the image, at {height}×{width} places each. {colours}",
        alt=f"{shown} maps of {height} by {width} places that a layer makes of the image",
    )
