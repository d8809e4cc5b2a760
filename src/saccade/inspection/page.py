"""An inspection as one HTML page, and as plain images."""

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saccade.core import pages
from saccade.core.atomic_files import write_whole
from saccade.core.errors import RunError
from saccade.inspection import page_frame, tiling
from saccade.inspection.cards import MOST_FILTERS, as_in_and_out, cards, maps_of
from saccade.inspection.explanations import Explained, explain
from saccade.inspection.stepper import has_stepper
from saccade.inspection.tiling import coloured, scale_of

if TYPE_CHECKING:
    from saccade.inspection.inspection import Inspection

PAGE = "index.html"
MOST_BYTES = 15_000_000
"""Of a page."""

NUMBERS = 3_500_000
"""Of maps in a page at first; fewer when it grows too large."""

MOST_STEPPER_BYTES = 3_000_000
"""Of the steppers of all layers together; those of later layers are left out when there is no more room."""

LARGEST = 448
"""Pixels a side of the image in the page, at most."""

MOST_ANSWERS = 10

_TEMPLATE = Path(__file__).with_name("page.html.j2")


def page(inspection: "Inspection", *, classes: Sequence[str | int] = ()) -> str:
    """Return the page, at most 15 MB: of the layers with many or large maps it then shows the most active ones.

    Args:
        inspection: what to show.
        classes: to be explained besides the predicted one.
    """
    return _fitting(inspection, explain(inspection, classes))


def save(inspection: "Inspection", folder: Path, *, png: bool = True, classes: Sequence[str | int] = ()) -> Path:
    """Write the page, and with `png` plain images of all maps, filters and explanations; return the page's path.

    Raises:
        RunError: the folder cannot be written.
    """
    explained = explain(inspection, classes)
    text = _fitting(inspection, explained)
    try:
        write_whole(folder / PAGE, lambda temporary: temporary.write_text(text, encoding="utf-8"))
        for name, image in _plain_images(inspection, explained) if png else ():
            write_whole(folder / f"{name}.png", partial(image.save, format="PNG"))
    except OSError as error:
        raise RunError(f"Cannot write {folder}: {error.strerror or error}. Choose another folder.") from error
    return folder / PAGE


def _fitting(inspection: "Inspection", explained: list[Explained]) -> str:
    """Return the page with as many numbers as fit."""
    numbers, steppers = NUMBERS, _steppers(inspection)
    while True:
        text = _rendered(inspection, explained, steppers, numbers)
        size = len(text.encode())
        if size <= MOST_BYTES or numbers < 1000:
            return text
        numbers = int(numbers * min(0.8, 0.9 * MOST_BYTES / size))


def _steppers(inspection: "Inspection") -> dict[str, dict[str, Any]]:
    """Return what the steppers need, by layer, for as many of the layers that slide a window as there is room for."""
    found, left = {}, MOST_STEPPER_BYTES
    for layer in inspection.layers:
        if has_stepper(layer.layer):
            data = inspection.stepper(layer.key)
            size = len(json.dumps(data))
            if size <= left:
                found[layer.key], left = data, left - size
    return found


def _rendered(
    inspection: "Inspection", explained: list[Explained], steppers: dict[str, dict[str, Any]], numbers: int
) -> str:
    made, exact = cards(inspection, numbers)
    return page_frame.compose(
        _TEMPLATE,
        _sections(inspection, explained),
        inspection=inspection,
        image=pages.embedded(inspection.image.pixels, largest=LARGEST),
        size=inspection.image.pixels.shape[:2],
        answers=[] if inspection.lead else _answers(inspection),
        explained=explained,
        embedded=lambda image: pages.embedded(np.asarray(image), largest=LARGEST),
        cards=made,
        steppers=steppers,
        palettes={name: tiling.palette(name).tolist() for name in (tiling.SEQUENTIAL, tiling.DIVERGING)},
        exact=exact,
        no_patches=inspection.no_examples if inspection.filters and not inspection.exciting else "",
        looked_through=len(inspection.looked_through),
    )


def _sections(inspection: "Inspection", explained: list[Explained]) -> dict[str, tuple[str, str]]:
    """Return the sections that there is something to say in."""
    found = {}
    if inspection.neighbourhood or inspection.no_neighbours:
        found["nearest"] = ("training images like it", "Which training images is it most like?")
    if explained:
        what = "moves the number" if inspection.is_number else f"speaks for a {inspection.noun}"
        found["classes"] = ("what speaks for the answer", f"What in the image {what}?")
    return {**found, "way": ("the way through the network", "The way through the network")}


def _answers(inspection: "Inspection") -> list[tuple[str, float, float]]:
    """Return (class, number, length of its bar from 0 to 1), the most probable first."""
    found = sorted(inspection.probabilities.items(), key=lambda item: -item[1])[:MOST_ANSWERS]
    return [(name, value, min(max(value, 0), 1)) for name, value in found]


def _plain_images(inspection: "Inspection", explained: list[Explained]) -> Iterator[tuple[str, Image.Image]]:
    """Yield (name, image): every layer's maps as a grid, kernels, and the explanations of the predicted class."""
    for position, layer in enumerate(inspection.layers):
        name = f"{position:02d}-{layer.key.replace('/', '-').replace(':', '-')}"
        maps = maps_of(inspection.activations[layer.key])
        if maps is not None and not layer.unchanged:
            yield name, coloured(_grid(maps), scale_of(maps))
        if layer.key in inspection.filters:
            kernel = as_in_and_out(inspection, layer)
            flat = kernel.reshape(*kernel.shape[:2], -1).transpose(2, 0, 1)[: 4 * MOST_FILTERS]
            yield f"{name}-filters", coloured(_grid(flat), scale_of(kernel))
    for each in explained[:1]:
        views = {"gradcam": each.gradcam, "integrated-gradients": each.gradients, "occlusion": each.occlusion}
        yield from ((name, image) for name, image in views.items() if image is not None)


def _grid(maps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return maps (n, h, w) in a grid with a line of zeros between them, enlarged by whole steps."""
    count, height, width = maps.shape
    columns = int(np.ceil(np.sqrt(count)))
    rows = -(-count // columns)
    factor = max(1, 64 // max(height, width))
    large = maps.repeat(factor, axis=1).repeat(factor, axis=2)
    grid = np.zeros((rows * columns, height * factor + 1, width * factor + 1), np.float32)
    grid[:count, 1:, 1:] = large
    shaped = grid.reshape(rows, columns, *grid.shape[1:]).swapaxes(1, 2)
    return shaped.reshape(rows * grid.shape[1], columns * grid.shape[2])
