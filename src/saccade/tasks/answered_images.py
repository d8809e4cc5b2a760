"""Images with what was said of each, for `Task.answered`: the worst first, with small pictures of those shown."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from saccade.core import pages
from saccade.core.answered_split import AnsweredInput, AnsweredSplit, AnswerGroup, Mark, Matrix
from saccade.modalities.images.dataset import ImageDataset

MOST_SHOWN = 60
"""Images of a group."""

ROOM = 6_000_000
"""Characters of all pictures together; groups after that show names only."""

SIDE = 128
"""Pixels of a picture."""


@dataclass(frozen=True)
class Said:
    """What was said of one image.

    Attributes:
        row: where it is in the data.
        said, true, detail: as in `AnsweredInput`.
        marks: boxes over it.
    """

    row: int
    said: str
    true: str
    detail: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Pile:
    """Images that were answered alike, the worst first; those of `shown` only are shown."""

    key: str
    title: str
    about: str
    images: Sequence[Said]
    shown: int = MOST_SHOWN


def answered_images(
    dataset: ImageDataset,
    split: str,
    piles: Iterable[Pile],
    *,
    count: int,
    matrix: Matrix | None = None,
    right: Mapping[int, bool] | None = None,
) -> AnsweredSplit:
    """Return groups of images with small pictures of them.

    Args:
        dataset: the run's data.
        split: which part of them was answered.
        piles: the groups, in their order; empty ones are left out.
        count: images of the split.
        matrix: what is taken for what.
        right: whether each answer is right, by the row of the image; None where that is no yes or no.
    """
    picture = _pictures(dataset)
    sealed = split == "test"
    groups = tuple(
        AnswerGroup(
            each.key,
            each.title,
            each.about,
            len(each.images),
            tuple(_input(dataset, said, picture, sealed=sealed) for said in each.images[: each.shown]),
        )
        for each in piles
        if each.images
    )
    named = {str(dataset.names[row]): is_right for row, is_right in (right or {}).items()}
    return AnsweredSplit(split, "images", count, groups, matrix, named)


def _input(dataset: ImageDataset, said: Said, picture: Callable[[int], str], *, sealed: bool) -> AnsweredInput:
    name = str(dataset.names[said.row])
    looked_at = () if sealed else (name,)
    return AnsweredInput(name, said.said, said.true, said.detail, looked_at, picture(said.row), said.marks)


def _pictures(dataset: ImageDataset) -> Callable[[int], str]:
    """Return what gives a picture of a row as a data address, "" when there is no more room; each is made once."""
    made: dict[int, str] = {}
    left = ROOM

    def picture(row: int) -> str:
        nonlocal left
        if row not in made:
            made[row] = pages.embedded(dataset.images[row], largest=SIDE, exact=False) if left > 0 else ""
            left -= len(made[row])
        return made[row]

    return picture
