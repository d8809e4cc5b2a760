"""The gallery: the worst suspects as one HTML page, each with what is marked and what is found drawn over it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core import pages
from saccade.core.atomic_files import write_text
from saccade.tasks.image_report import Room
from saccade.tasks.object_detection.label_errors.suspects import SAID, Box, BoxSuspects, Suspect, where
from saccade.tasks.object_detection.object_images import ObjectImages
from saccade.tasks.object_detection.placement import to_network
from saccade.tasks.object_detection.report.galleries import DrawnBox

SHOWN = 300
"""Suspects in a page at most: nobody looks at more in one sitting."""

CHARACTERS = 5_000_000
"""Of images in a page at most."""

LEAST_SIDE = 64
"""Pixels a side that are shown around a place at least."""

AROUND = 2.5
"""So many times the object's size are shown of its image."""

_TEMPLATE = Path(__file__).with_name("page.html.j2")
_STYLE = Path(__file__).parents[1] / "report" / "detection_page.css"


def write_page(suspects: BoxSuspects, dataset: ObjectImages, path: Path) -> None:
    """Write the gallery.

    Args:
        suspects: of the data.
        dataset: the data, for their images.
        path: the file to write, whatever its ending.

    Raises:
        DataError: the file cannot be written.
    """
    cards = list(_cards(suspects, dataset))
    write_text(path, pages.render(_TEMPLATE, suspects=suspects, cards=cards, style=_STYLE.read_text(encoding="utf-8")))


def _cards(suspects: BoxSuspects, dataset: ObjectImages) -> Iterator[dict[str, Any]]:
    row_of = {name: row for row, name in enumerate(dataset.names.tolist())}
    room = Room(None, CHARACTERS)
    for rank, each in enumerate(suspects.suspects[:SHOWN], 1):
        row = row_of[each.name]
        marked = dataset.boxes[row][dataset.is_object[row]]
        found, others = _placed(dataset, row, each.box), [_placed(dataset, row, box) for box in marked.tolist()]
        given = _placed(dataset, row, each.given_box) if each.given_box else None
        left, top, right, bottom = _window(found if given is None else _hull(found, given), dataset.image_shape)
        source = room.embed(np.asarray(dataset.images[row][top:bottom, left:right]))
        if not source:
            return
        boxes = [_drawn("found", "marked", box) for box in others]
        boxes += [_drawn("missed", f"{each.given}, marked", given)] if given is not None else []
        boxes.append(_drawn("invented", f"{each.suggested} {each.score:.2f}", found))
        view = f"{left} {top} {right - left} {bottom - top}"
        yield {"rank": rank, "name": each.name, "source": source, "view": view, "boxes": boxes, "said": _said(each)}


def _said(suspect: Suspect) -> str:
    given = f", marked as {suspect.given}" if suspect.given else ""
    flag = "" if suspect.flagged else " (not flagged)"
    return f"{SAID[suspect.reason]}: {suspect.suggested} {suspect.score:.2f}{given}, at {where(suspect.box)}{flag}"


def _placed(dataset: ObjectImages, row: int, box: Box | list[float]) -> NDArray[np.float32]:
    """Return a box of the source in pixels of the image as it is kept."""
    height, width, _ = dataset.image_shape
    boxes = np.array([[box]], np.float32)
    placed: NDArray[np.float32] = to_network(boxes, dataset.sizes[[row]], (height, width), fit=dataset.fit)[0, 0]
    return placed


def _hull(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    low, high = np.minimum(first[:2], second[:2]), np.maximum(first[2:], second[2:])
    return np.array([*low.tolist(), *high.tolist()], np.float32)


def _window(box: NDArray[np.float32], shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of a square around a box, within the image as far as it can be."""
    height, width = shape[:2]
    side = round(max(LEAST_SIDE, AROUND * float((box[2:] - box[:2]).max())))
    across, down = min(side, width), min(side, height)
    left = int(np.clip(round(float(box[0] + box[2] - across) / 2), 0, width - across))
    top = int(np.clip(round(float(box[1] + box[3] - down) / 2), 0, height - down))
    return left, top, left + across, top + down


def _drawn(kind: str, title: str, box: NDArray[np.float32]) -> DrawnBox:
    left, top, right, bottom = box.tolist()
    return DrawnBox(kind, title, left, top, right - left, bottom - top)
