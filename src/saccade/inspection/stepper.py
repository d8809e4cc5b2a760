"""A layer that slides a window, place by place in a page: what the stepper needs to know, and a page of its own."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core import pages
from saccade.core.arrays import Array
from saccade.core.atomic_files import write_text
from saccade.core.backend import Layer
from saccade.core.errors import RunError
from saccade.inspection import convolution_windows
from saccade.inspection.convolution_windows import activation_of, geometry, kernels_of
from saccade.inspection.explaining import explain, outputs_of
from saccade.inspection.operations import Numbers, Slide
from saccade.inspection.steps import MEANINGS, plain

MOST_CHANNELS = 16
"""Of the input and of the output that a page carries; it says how many there are."""

MOST_INPUT_NUMBERS = 3 * 224 * 224
MOST_OUTPUT_NUMBERS = 50_000
"""That a page carries, six bytes each, those of the output twice: it stays below 1.5 MB, with fewer channels of
large maps, but with all three of a coloured image of 224×224."""

STEPPED = (
    *convolution_windows.CONVOLUTIONS,
    *(kind for kind in convolution_windows.POOLINGS if kind not in convolution_windows.GLOBAL_POOLINGS),
)

_TEMPLATE = Path(__file__).with_name("stepper_page.html.j2")


def has_stepper(layer: Layer) -> bool:
    """Say whether a layer slides a window over what comes in."""
    return type(layer) in STEPPED


def stepper_data(
    layer: Layer,
    inputs: Array,
    *,
    at: tuple[int, int] | None = None,
    channel: int | None = None,
    image: NDArray[np.uint8] | None = None,
) -> dict[str, Any]:
    """Return what the macro `stepper` of `stepper.html.j2` shows, as values for JSON.

    Of many channels the most active for this image are taken. The totals are always those over all channels.

    Args:
        layer: a built Keras layer for which `has_stepper`.
        inputs: what comes into it for one image, (h, w, c).
        at: (row, column) of the output to begin with; where the channel is largest when left out.
        channel: of the output to begin with; the largest at that place when left out.
        image: (h, w, 3), uint8, shown in colour in place of the input when it has the same size.

    Raises:
        RunError: the layer slides no window.
        RecipeError: the layer has no such place or channel.
    """
    if not has_stepper(layer):
        known = ", ".join(sorted(kind.__name__ for kind in STEPPED))
        raise RunError(f"{layer.name} is a {type(layer).__name__}, which slides no window. Those that do: {known}.")
    first = explain(layer, inputs, at=at, channel=channel)
    inputs, outputs = np.asarray(inputs, np.float32), outputs_of(layer, np.asarray(inputs, np.float32))
    rows, columns = geometry(layer, inputs.shape)
    row, column = first.place or (0, 0)
    most_inputs = max(1, min(MOST_CHANNELS, MOST_INPUT_NUMBERS // (rows.size * columns.size)))
    most_outputs = max(1, min(most_inputs, MOST_OUTPUT_NUMBERS // (rows.places * columns.places)))
    shown = _most_active(outputs, most_outputs, keep={first.channel})
    common = {
        "layer": layer.name,
        "kind": type(layer).__name__,
        "rows": plain(rows),
        "columns": plain(columns),
        "padding": layer.padding,
        "inputs": {"count": inputs.shape[-1]},
        "outputs": {"count": outputs.shape[-1], "shown": shown, "values": _packed(outputs[..., shown])},
        "start": {"place": row * columns.places + column, "output": shown.index(first.channel)},
        "image": _in_colour(image, inputs),
    }
    if isinstance(layer, convolution_windows.POOLINGS):
        how = "max" if isinstance(layer, convolution_windows.MAX_POOLINGS) else "average"
        common["inputs"] |= {"shown": shown, "values": _packed(inputs[..., shown])}
        return {**common, "operation": how, "seen": 1, "sources": [[index] for index in range(len(shown))]}
    return _with_kernels(common, layer, inputs, rows, columns, most_inputs)


def write_stepper(
    path: Path,
    layer: Layer,
    inputs: Array,
    *,
    title: str,
    at: tuple[int, int] | None = None,
    channel: int | None = None,
    image: NDArray[np.uint8] | None = None,
) -> None:
    """Write a page with nothing but the stepper of one layer; arguments and errors as in `stepper_data`.

    Raises:
        DataError: the file cannot be written.
    """
    data = stepper_data(layer, inputs, at=at, channel=channel, image=image)
    text = pages.render(_TEMPLATE, title=title, data=data)
    write_text(path, text)


def _with_kernels(
    common: dict[str, Any], layer: Layer, inputs: Numbers, rows: Slide, columns: Slide, most: int
) -> dict[str, Any]:
    outputs = common["outputs"]["shown"]
    kernels = kernels_of(layer, outputs)
    seen = {channel for kernel in kernels for channel in kernel.channels}
    shown = _most_active(inputs, most, keep={_strongest(inputs, kernel.channels) for kernel in kernels}, among=seen)
    sources = [[shown.index(channel) for channel in kernel.channels if channel in shown] for kernel in kernels]
    slices = np.zeros((len(kernels), len(shown), rows.window, columns.window), np.float32)
    for number, (kernel, indices) in enumerate(zip(kernels, sources, strict=True)):
        for index in indices:
            slices[number, index] = kernel.weights[..., shown[index] - kernel.channels.start]
    totals = [_totals(inputs[..., kernel.channels], kernel.weights, rows, columns) for kernel in kernels]
    activation = activation_of(layer)
    return {
        **common,
        "operation": "convolution",
        "activation": activation,
        "meaning": MEANINGS.get(activation, "is applied to the sum"),
        "seen": len(kernels[0].channels),
        "sources": sources,
        "inputs": {**common["inputs"], "shown": shown, "values": _packed(inputs[..., shown])},
        "kernels": _base64(slices),
        "biases": [kernel.bias for kernel in kernels],
        "totals": _packed(np.stack(totals, axis=-1)),
    }


def _totals(inputs: Numbers, kernel: Numbers, rows: Slide, columns: Slide) -> Numbers:
    """Return the sum of all products at every place: `convolve` for one channel, a number of the kernel at a time."""
    padded = np.pad(inputs, ((rows.before, rows.after), (columns.before, columns.after), (0, 0)))
    totals = np.zeros((rows.places, columns.places))
    for i, j in np.ndindex(*kernel.shape[:2]):
        below = padded[i * rows.dilation :: rows.stride, j * columns.dilation :: columns.stride]
        totals += below[: rows.places, : columns.places] @ kernel[i, j].astype(np.float64)
    return totals


def _most_active(maps: Numbers, most: int, *, keep: set[int], among: set[int] | None = None) -> list[int]:
    """Return the channels of maps (h, w, c) that are furthest from nothing on average, in their order.

    Those to keep come first. A filter that sees one group of channels keeps one of them, so they are no more than
    the filters.
    """
    activity = np.abs(maps).mean(axis=(0, 1))
    activity[list(keep)] = np.inf
    candidates = range(maps.shape[-1]) if among is None else among
    return sorted(sorted(candidates, key=lambda channel: -activity[channel])[:most])


def _strongest(maps: Numbers, channels: range) -> int:
    return channels[int(np.abs(maps[..., channels]).mean(axis=(0, 1)).argmax())]


def _in_colour(image: NDArray[np.uint8] | None, inputs: Numbers) -> str | None:
    if image is None or image.shape != inputs.shape or image.shape[-1] != 3:
        return None
    return pages.embedded(image, largest=max(image.shape))


def _packed(maps: Numbers) -> str:
    """Return maps (h, w, c) channel by channel."""
    return _base64(np.moveaxis(maps, -1, 0))


def _base64(numbers: Numbers) -> str:
    return base64.b64encode(np.ascontiguousarray(numbers, "<f4").tobytes()).decode()
