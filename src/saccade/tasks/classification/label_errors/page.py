"""The gallery: the worst suspects as one HTML page, in which a person decides and saves overrides.csv."""

from dataclasses import astuple
from pathlib import Path
from typing import Any

from saccade.core import pages
from saccade.core.atomic_files import write_text
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.classification.label_errors.suspects import Suspects

SHOWN = 300
"""Suspects in a page at most: nobody looks at more in one sitting."""

BYTES = 4_500_000
"""Of images in a page at most; large colour photos reach it first."""

LEAST_SHOWN = 0.01
"""A class that is less probable is not listed beside an image, unless it is the label."""

_TEMPLATE = Path(__file__).with_name("page.html.j2")


def write_page(suspects: Suspects, dataset: ImageDataset, path: Path) -> None:
    """Write the gallery.

    Args:
        suspects: of the data.
        dataset: the data, for their images.
        path: the file to write, whatever its ending.

    Raises:
        DataError: the file cannot be written.
    """
    cards = _cards(suspects, dataset)
    text = pages.render(
        _TEMPLATE,
        suspects=suspects,
        cards=cards,
        decisions=[{key: card[key] for key in ("path", "given", "suggested")} for card in cards],
        applied=[astuple(each) for each in suspects.overrides],
    )
    write_text(path, text)


def _cards(suspects: Suspects, dataset: ImageDataset) -> list[dict[str, Any]]:
    cards: list[dict[str, Any]] = []
    room = BYTES
    for i in range(min(SHOWN, len(suspects.rows))):
        image = pages.embedded(dataset.images[suspects.rows[i]])
        room -= len(image)
        if room < 0:
            break
        cards.append({**suspects.record(i), "image": image, "probable": _probable(suspects, i)})
    return cards


def _probable(suspects: Suspects, i: int) -> list[tuple[str, float]]:
    """Return the three most probable classes, without those that are next to impossible, and the given one."""
    chances, given = suspects.probabilities[i], suspects.given[i]
    best = [label for label in (-chances).argsort(kind="stable")[:3] if chances[label] >= LEAST_SHOWN]
    shown = best if given in best else [*best, given]
    return [(suspects.classes[label], float(chances[label])) for label in shown]
