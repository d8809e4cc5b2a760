"""Which test images a report shows: the surest mistakes, some of each cell of the confusion matrix."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest

from saccade.tasks.classification.report.image_budget import Album
from saccade.tasks.classification.report.material import Answer

GALLERY = 24
"""The surest mistakes, shown without a click."""

A_MISTAKE, A_RIGHT = 24, 8
"""Images of a cell at most: of one kind of mistake, and of a class that was recognised."""

ROOM_A_LINE = 60
"""Characters that an image takes in a page beside its name and its pixels."""

LONGEST_NAME = 160


@dataclass(frozen=True)
class ShownImage:
    """A test image in the page.

    Attributes:
        name: of the image; of a long one the end.
        true, predicted: classes by number.
        probability: how sure the network was.
        source: its data address; "" when the data are not to be had.
    """

    name: str
    true: int
    predicted: int
    probability: float
    source: str


@dataclass(frozen=True)
class Choice:
    """The test images of a page.

    Attributes:
        images: all of them; the surest mistakes first.
        gallery: so many of these are shown without a click.
        cells: the numbers of the images of each (true, predicted), the surest first.
    """

    images: list[ShownImage]
    gallery: int
    cells: dict[tuple[int, int], list[int]]


def choose(answers: Iterable[Answer], album: Album) -> Choice:
    """Return the images that a page shows: every cell gets its first before any gets its second."""
    by_sureness = sorted(answers, key=lambda answer: -answer.probability)
    gallery = [answer for answer in by_sureness if not answer.right][:GALLERY]
    images: list[ShownImage] = []
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    for answer in dict.fromkeys(chain(gallery, _in_turn(by_sureness))):
        name = answer.name if len(answer.name) <= LONGEST_NAME else f"…{answer.name[1 - LONGEST_NAME :]}"
        album.room -= len(name.encode()) + ROOM_A_LINE
        source = album.named(answer.name)
        if album.room < 0:
            break
        cells[answer.true, answer.predicted].append(len(images))
        images.append(ShownImage(name, answer.true, answer.predicted, answer.probability, source))
    return Choice(images, min(len(gallery), len(images)), dict(cells))


def _in_turn(by_sureness: list[Answer]) -> Iterator[Answer]:
    """Yield the first image of every cell, then the second of each …; the cells with most images first."""
    cells: dict[tuple[int, int], list[Answer]] = defaultdict(list)
    for answer in by_sureness:
        cells[answer.true, answer.predicted].append(answer)
    shown = [_some(cell) for cell in sorted(cells.values(), key=len, reverse=True)]
    return (answer for turn in zip_longest(*shown) for answer in turn if answer is not None)


def _some(cell: list[Answer]) -> list[Answer]:
    """Return the surest of a cell's mistakes; of right answers also the least sure: both teach."""
    if not cell[0].right:
        return cell[:A_MISTAKE]
    return cell if len(cell) <= A_RIGHT else cell[: A_RIGHT // 2] + cell[-A_RIGHT // 2 :]
