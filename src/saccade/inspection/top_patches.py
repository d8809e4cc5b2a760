"""What excites a channel: the patches of many images at which it is largest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.backend import Model, keras
from saccade.core.errors import RunError, unknown
from saccade.inspection.running import run_layers
from saccade.inspection.summary import LayerSummary, by_key

BATCH_BYTES = 256 * 2**20
"""Of activations in a batch, at most."""


@dataclass(frozen=True)
class Exciting:
    """Where the channels of one layer are largest, the most exciting image first.

    Attributes:
        rows: (c, top), int64: which image; each image counts once a channel.
        positions: (c, top, 2), int64: row and column in the channel's map.
        values: (c, top), float32: the channel's number there.
        boxes: (c, top, 4), int64: top, left, bottom, right of what that number sees, in pixels of the image.
    """

    rows: NDArray[np.int64]
    positions: NDArray[np.int64]
    values: NDArray[np.float32]
    boxes: NDArray[np.int64]

    def patches(self, images: NDArray[np.uint8], channel: int) -> list[NDArray[np.uint8]]:
        """Return what a channel saw, (h, w, c) each; smaller at the border of an image."""
        return [
            images[row, top:bottom, left:right]
            for row, (top, left, bottom, right) in zip(self.rows[channel], self.boxes[channel], strict=True)
        ]


def most_exciting(
    model: Model, images: Array, names: Sequence[str], *, top: int = 4, rows: NDArray[np.int64] | None = None
) -> dict[str, Exciting]:
    """Return, for each layer and channel, where in which images it is largest.

    Args:
        model: a functional or built Sequential model.
        images: (n, h, w, c), raw as the model expects them; may be memory-mapped.
        names: layers whose output is an image, (h, w, c), by the keys of `run_layers`: "conv_1".
        top: places a channel, each in another image; fewer when there are fewer images.
        rows: which images, all when left out.

    Raises:
        RunError: a layer's output is no image.
        UnknownNameError: no such layer.
    """
    chosen = np.arange(len(images)) if rows is None else rows
    summaries = _summaries(model, names)
    found: dict[str, list[_Peaks]] = {name: [] for name in names}
    memory = sum(layer.activation_bytes for layer in by_key(model).values())
    size = int(np.clip(BATCH_BYTES // memory, 1, 128))
    for start in range(0, len(chosen), size):
        batch = chosen[start : start + size]
        for run in run_layers(model, images[batch]):
            if run.key in found:
                kept = [*found[run.key], _peaks(run.outputs[0], batch)]
                found[run.key] = [_best(kept, top)]
    return {name: _located(found[name][0], summaries[name], images.shape[1:3]) for name in names}


@dataclass(frozen=True)
class _Peaks:
    """The largest number of each channel in some images: (images, channels) each."""

    rows: NDArray[np.int64]
    places: NDArray[np.int64]
    values: NDArray[np.float32]


def _summaries(model: Model, names: Sequence[str]) -> dict[str, LayerSummary]:
    known = by_key(model)
    for name in names:
        if name not in known:
            raise unknown("layer", name, known)
        if len(known[name].output_shape) != 3:
            raise RunError(f"The layer '{name}' gives no image but {known[name].output_shape}: it has no patches.")
    return {name: known[name] for name in names}


def _peaks(output: Any, rows: NDArray[np.int64]) -> _Peaks:
    """Return the largest number of each channel an image; found on the device, where the maps are."""
    count, _, _, channels = output.shape
    flat = keras.ops.reshape(output, (count, -1, channels))
    places = keras.ops.convert_to_numpy(keras.ops.argmax(flat, axis=1)).astype(np.int64)
    values = keras.ops.convert_to_numpy(keras.ops.max(flat, axis=1)).astype(np.float32)
    return _Peaks(np.broadcast_to(rows[:, None], places.shape), places, values)


def _best(peaks: Sequence[_Peaks], top: int) -> _Peaks:
    rows, places, values = (
        np.concatenate([getattr(each, split) for each in peaks]) for split in ("rows", "places", "values")
    )
    order = np.argsort(-values, axis=0, kind="stable")[:top]
    return _Peaks(*(np.take_along_axis(split, order, axis=0) for split in (rows, places, values)))


def _located(peaks: _Peaks, layer: LayerSummary, image: tuple[int, int]) -> Exciting:
    positions = np.stack(np.divmod(peaks.places.T, layer.output_shape[1]), axis=-1)
    boxes = [[layer.view.box(row, column, image) for row, column in channel] for channel in positions.tolist()]
    return Exciting(peaks.rows.T, positions, peaks.values.T, np.array(boxes, np.int64))
