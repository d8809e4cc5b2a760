"""What the page shows of each layer: its maps, strongest units, filters, and what excites its channels."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saccade.inspection import tiling
from saccade.inspection.tiling import Tiles, scale_of

if TYPE_CHECKING:
    from saccade.inspection.inspection import InspectedLayer, Inspection

_TILE_COST = 100
"""What a tile adds to a page besides its numbers, counted in numbers."""

MOST_UNITS, FEW_CHANNELS = 24, 4
MOST_FILTERS, PATCH_SIDE, LEAST_PATCHES = 256, 40, 4
MOST_ROOM = 150_000
"""Numbers of the filters of one layer, and pixels of its patches; fewer where there are many convolutions."""

SEEN_SIDE = 24
"""Pixels to which a small patch is enlarged."""


@dataclass(frozen=True)
class Card:
    """What the page shows of one layer.

    Attributes:
        layer: the layer.
        found: what it found in this image, in a sentence; "" where there is nothing to say.
        maps: its maps, or None.
        units: (name, number, share of the largest, from −1 to 1) of its strongest units; empty where it has maps.
        left_out: how many more units there are.
        filters: its kernels, or None.
        filters_in_words: how to read them.
        patches: of the data, a row of them a channel, or None.
        box: (left, top, width, height) in percent of the image that the number in the middle sees; None for all.
    """

    layer: "InspectedLayer"
    found: str
    maps: Tiles | None
    units: list[tuple[str, float, float]]
    left_out: int
    filters: Tiles | None
    filters_in_words: str
    patches: Tiles | None
    box: tuple[float, float, float, float] | None


def cards(inspection: "Inspection", numbers: int) -> tuple[list[Card], bool]:
    """Return a card a layer, and whether the numbers of their maps are exact.

    Args:
        inspection: what to show.
        numbers: of maps on all cards together, about; layers with many or large maps show the most active ones.
    """
    shown = _channels_shown(inspection, numbers)
    count = sum(inspection.activations[key][..., :1].size * len(chosen) for key, chosen in shown.items())
    exact = count <= tiling.EXACT_NUMBERS
    room = min(MOST_ROOM, numbers // (4 * max(1, len(inspection.filters))))
    made = [_card(inspection, layer, shown.get(layer.key), exact=exact, room=room) for layer in inspection.layers]
    return made, exact


def maps_of(values: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """Return what can be shown as maps, (channels, h, w), of a layer's output; a table is one map; None for a row."""
    if values.ndim == 4 and max(values.shape[1:3]) > 1:
        return np.asarray(np.moveaxis(values[0], -1, 0))
    return values if values.ndim == 3 else None


def _channels_shown(inspection: "Inspection", numbers: int) -> dict[str, NDArray[np.int64]]:
    """Return which channels of each layer are shown: all where there is room, else the most active ones.

    Every layer may show a few; beyond them each may take the same room, and what a small one leaves goes to the others.
    """
    layers = {each.key: maps_of(inspection.activations[each.key]) for each in inspection.layers if not each.unchanged}
    maps = {key: found for key, found in layers.items() if found is not None}
    costs = {key: found[0].size + _TILE_COST for key, found in maps.items()}
    few = FEW_CHANNELS if FEW_CHANNELS * sum(costs.values()) < 0.8 * numbers else 1
    left = max(0, numbers - few * sum(costs.values()))
    shown = {}
    by_cost = sorted(maps, key=lambda key: costs[key] * len(maps[key]))
    for position, key in enumerate(by_cost):
        room = left // (len(by_cost) - position)
        count = min(len(maps[key]), few + room // costs[key])
        active = np.argsort(-np.abs(maps[key]).mean(axis=(1, 2)), kind="stable")[:count]
        shown[key] = np.sort(active)
        left = max(0, left - (count - few) * costs[key])
    return shown


def _card(
    inspection: "Inspection", layer: "InspectedLayer", shown: NDArray[np.int64] | None, *, exact: bool, room: int
) -> Card:
    values = inspection.activations[layer.key]
    maps = maps_of(values)
    units, left_out = ([], 0) if maps is not None or layer.unchanged else _units(inspection, layer)
    filters, words = _filters(inspection, layer, exact=exact, room=room)
    return Card(
        layer=layer,
        found="" if layer.unchanged else _found(maps, values),
        maps=_maps(maps, shown, exact=exact) if maps is not None and shown is not None else None,
        units=units,
        left_out=left_out,
        filters=filters,
        filters_in_words=words,
        patches=_patches(inspection, layer, shown, room=room),
        box=_middle_box(inspection, layer),
    )


def _maps(maps: NDArray[np.float32], shown: NDArray[np.int64], *, exact: bool) -> Tiles:
    names = [f"channel {channel}" for channel in shown] if len(maps) > 1 else ["all numbers"]
    return tiling.tiles(maps[shown], names, scale_of(maps), exact=exact, left_out=len(maps) - len(shown))


def _found(maps: NDArray[np.float32] | None, values: NDArray[np.float32]) -> str:
    """Return what is worth saying of a layer's output for this image."""
    if maps is None:
        row = values.reshape(-1)
        dead = int((row == 0).sum())
        return f"Here, {dead:,} of {row.size:,} numbers are 0." if dead else ""
    if len(maps) == 1:
        return ""
    largest = maps.max(axis=(1, 2))
    strongest = int(largest.argmax())
    empty = int((np.abs(maps).max(axis=(1, 2)) == 0).sum())
    words = f"Here, the largest number, {largest[strongest]:.4g}, is in channel {strongest}"
    return f"{words}; {empty} of {len(maps)} maps are 0 everywhere." if empty else f"{words}."


def _units(inspection: "Inspection", layer: "InspectedLayer") -> tuple[list[tuple[str, float, float]], int]:
    """Return the strongest units, the strongest first; none of a layer that only arranges numbers anew."""
    row = inspection.activations[layer.key].reshape(-1)
    if type(layer.layer).__name__ in ("Flatten", "Reshape"):
        return [], 0
    last = layer is inspection.layers[-1] and len(inspection.classes) == row.size
    order = np.argsort(-np.abs(row), kind="stable")[:MOST_UNITS]
    most = float(np.abs(row).max()) or 1.0
    names = inspection.classes if last else None
    units = [(names[n] if names else f"unit {n}", float(row[n]), float(row[n]) / most) for n in order]
    return units, row.size - len(units)


def _filters(inspection: "Inspection", layer: "InspectedLayer", *, exact: bool, room: int) -> tuple[Tiles | None, str]:
    """Return the kernels as tiles, and how to read them.

    Of the first layer they are small images; deeper ones have as many maps as channels come in, and only their
    strengths can be shown.
    """
    if layer.key not in inspection.filters:
        return None, ""
    kernel = as_in_and_out(inspection, layer)
    height, width, came, count = kernel.shape
    if came == 3 and height > 1:
        words = "in colour: grey is 0, a bright red adds what is red, a dark one subtracts it"
        return _colour_filters(kernel[..., :MOST_FILTERS], left_out=max(0, count - MOST_FILTERS)), words
    if came == 1:
        weights = kernel[:, :, 0, :MOST_FILTERS].transpose(2, 0, 1)
        words = "red weights add, blue ones subtract what lies below them"
        left_out = count - len(weights)
        return tiling.tiles(weights, _channels(len(weights)), scale_of(kernel), exact=exact, left_out=left_out), words
    columns = min(count, max(1, room // came))
    strengths = np.sqrt((kernel[..., :columns] ** 2).sum(axis=(0, 1)))
    words = (
        f"one column for {'each' if columns == count else f'the first {columns}'} of the {count} filters, one row for "
        f"each of the {came} channels that come in: bright where the filter looks at that channel (norm of its "
        f"{height}×{width} weights)"
    )
    return tiling.tiles(strengths[None], ["strength of the weights"], scale_of(strengths), exact=exact), words


def _colour_filters(kernel: NDArray[np.float32], *, left_out: int) -> Tiles:
    colours = np.rint(127.5 + 127.5 * kernel / (float(np.abs(kernel).max()) or 1.0))
    return tiling.image_tiles(
        colours.astype(np.uint8).transpose(3, 0, 1, 2), _channels(kernel.shape[-1]), left_out=left_out
    )


def _channels(count: int) -> list[str]:
    return [f"channel {number}" for number in range(count)]


def as_in_and_out(inspection: "Inspection", layer: "InspectedLayer") -> NDArray[np.float32]:
    """Return kernels as (h, w, channels in, filters) for each kind of convolution."""
    kernel = inspection.filters[layer.key]
    kind = type(layer.layer).__name__
    if kind in ("DepthwiseConv2D", "SeparableConv2D"):  # every channel has filters of its own
        return kernel.reshape(*kernel.shape[:2], 1, -1)
    return kernel.swapaxes(2, 3) if kind == "Conv2DTranspose" else kernel


def _patches(
    inspection: "Inspection", layer: "InspectedLayer", shown: NDArray[np.int64] | None, *, room: int
) -> Tiles | None:
    """Return, for each channel, its patches side by side; all brought to one size to fit a row."""
    if layer.key not in inspection.exciting or shown is None:
        return None
    found = inspection.exciting[layer.key]
    boxes = found.boxes
    side = int(min(PATCH_SIDE, max((boxes[..., 2] - boxes[..., 0]).max(), (boxes[..., 3] - boxes[..., 1]).max())))
    top = found.rows.shape[1]
    # what never answers has nothing that excites it
    alive = [channel for channel in shown if found.values[channel, 0] > 0]
    channels = alive[: max(LEAST_PATCHES, room // (top * side * side))]
    if not channels:
        return None
    strips = [
        np.concatenate([_patch(patch, side) for patch in inspection.patches(layer.key, channel)], axis=1)
        for channel in channels
    ]
    names = [f"channel {channel}" for channel in channels]
    count = layer.summary.output_shape[-1]
    return tiling.image_tiles(np.stack(strips), names, columns=1, left_out=count - len(channels))


def _patch(patch: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return a patch on a square of a size that can be seen, clear at its end and where it ended at the border."""
    height, width, channels = patch.shape
    square = np.zeros((max(height, width), max(height, width), channels + 1), np.uint8)
    square[:height, :width] = np.concatenate([patch, np.full((height, width, 1), 255, np.uint8)], axis=-1)
    size = side * max(1, round(SEEN_SIDE / side))
    # whole pixels where it is enlarged: what the network sees is not smooth
    image = Image.fromarray(square).resize((size, size), Image.Resampling.BOX)
    return np.pad(np.asarray(image), ((0, 0), (0, 3), (0, 0)))


def _middle_box(inspection: "Inspection", layer: "InspectedLayer") -> tuple[float, float, float, float] | None:
    shape = layer.summary.output_shape
    if layer.summary.receptive_field is None or len(shape) != 3:
        return None
    height, width = inspection.image.pixels.shape[:2]
    top, left, bottom, right = layer.summary.view.box(shape[0] // 2, shape[1] // 2, (height, width))
    percent = (left / width, top / height, (right - left) / width, (bottom - top) / height)
    return percent[0] * 100, percent[1] * 100, percent[2] * 100, percent[3] * 100
