"""The gallery: the worst suspects as one HTML page, in which a person decides and saves overrides.csv."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core import pages
from saccade.core.atomic_files import write_text
from saccade.core.safe_json import Json
from saccade.tasks.image_report import Room
from saccade.tasks.object_detection.box_overrides import COLUMNS, BoxOverride, merged
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
    data = {
        "columns": COLUMNS,
        "applied": [astuple(each) for each in suspects.overrides],
        "cards": [[choice.to_dict() for choice in card["choices"]] for card in cards],
        "classes": suspects.objects,
    }
    style = _STYLE.read_text(encoding="utf-8")
    write_text(path, pages.render(_TEMPLATE, suspects=suspects, cards=cards, data=data, style=style))


@dataclass(frozen=True)
class Choice:
    """What a person may say of a place.

    Attributes:
        said: on its button.
        row: of overrides.csv; None where nothing is to be corrected.
        instead: which of the corrections applied before it takes the place of; None: of none.
    """

    said: str
    row: BoxOverride | None
    instead: int | None = None

    def to_dict(self) -> Json:
        """Return what the page needs to know of it."""
        return {"row": self.row and astuple(self.row), "instead": self.instead}


def choices(suspect: Suspect, applied: Sequence[BoxOverride]) -> list[Choice]:
    """Return what may be said of a place, as it is found first and as it is marked second."""
    if suspect.marked is None:
        return [_choice(f"add {suspect.suggested}", suspect.correction, applied), Choice("no object", None)]
    removed = BoxOverride.of(suspect.name, suspect.marked, None)
    found = suspect.suggested if suspect.reason == "class" else "the found box"
    marked = f"{suspect.given} is right" if suspect.reason == "class" else "the marked box"
    return [
        _choice(found, suspect.correction, applied),
        Choice(marked, None),
        _choice("no object", removed, applied),
    ]


def _choice(said: str, correction: BoxOverride, applied: Sequence[BoxOverride]) -> Choice:
    """Return a choice as one correction of the data together with the one that was applied before, if any."""
    whole = merged(applied, [correction])
    replaced = [at for at, each in enumerate(applied) if each not in whole]
    own = [each for each in whole if each not in applied]
    return Choice(said, own[0] if own else None, replaced[0] if replaced else None)


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
        told = {"rank": rank, "name": each.name, "said": _said(each), "choices": choices(each, suspects.overrides)}
        yield {**told, "source": source, "view": view, "boxes": boxes}


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
