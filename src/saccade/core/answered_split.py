"""AnsweredSplit: what a network says of each input of a split, in groups to look through, the worst first."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from saccade.core.safe_json import Json


@dataclass(frozen=True)
class Mark:
    """A box over an image.

    Attributes:
        kind: "found", "confused", "missed" or "invented".
        title: what it is, in words.
        left, top, width, height: as shares of the image, 0 to 1.
    """

    kind: str
    title: str
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class AnsweredInput:
    """One input and what was said of it.

    Attributes:
        name: in the data.
        said: what the network says.
        true: what the data say; "" where they say nothing.
        detail: how sure that is, or how far off, in words.
        inspect: what `saccade inspect RUN` takes to look at it: ("validation/00012",), ("--row", "17"); () where it
            cannot be looked at.
        source: a small image of it as a data address; "" where there is none.
        marks: boxes over the image.
    """

    name: str
    said: str
    true: str
    detail: str
    inspect: tuple[str, ...] = ()
    source: str = ""
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class AnswerGroup:
    """Inputs that were answered alike.

    Attributes:
        key: unlike every other's; "3,5" of a cell of the matrix.
        title: what they have in common, in a few words.
        about: how to read them, a sentence; may be "".
        count: how many there are.
        inputs: those that are shown, the worst first.
    """

    key: str
    title: str
    about: str
    count: int
    inputs: tuple[AnsweredInput, ...]


@dataclass(frozen=True)
class Matrix:
    """How often a truth (row) got an answer (column); the group of a cell has the key "row,column".

    Attributes:
        names: of rows and columns alike.
        cells: (row, column, count) of each that is not empty: a full one of 10,000 classes would fill the memory.
    """

    names: tuple[str, ...]
    cells: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class AnsweredSplit:
    """What a network says of each input of a split.

    Attributes:
        split: which.
        noun: what the inputs are called: "images".
        count: how many there are.
        groups: to look through; those of the matrix's cells come last.
        matrix: what is taken for what, where there are classes.
        right: of each input, by its name, whether the answer is right; empty where that is no yes or no.
    """

    split: str
    noun: str
    count: int
    groups: tuple[AnswerGroup, ...]
    matrix: Matrix | None = None
    right: Mapping[str, bool] = field(default_factory=dict)

    def group(self, key: str) -> AnswerGroup | None:
        """Return a group by its key; None where there is none."""
        return next((each for each in self.groups if each.key == key), None)

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "AnsweredSplit":
        """Return what `to_dict` described; raises KeyError or TypeError where it is of another version."""
        matrix = content["matrix"]
        return cls(
            split=content["split"],
            noun=content["noun"],
            count=content["count"],
            groups=tuple(_group(each) for each in content["groups"]),
            matrix=Matrix(tuple(matrix["names"]), tuple(map(tuple, matrix["cells"]))) if matrix else None,
            right=dict(content["right"]),
        )


def _group(content: Mapping[str, Any]) -> AnswerGroup:
    return AnswerGroup(**{**content, "inputs": tuple(map(_input, content["inputs"]))})


def _input(content: Mapping[str, Any]) -> AnsweredInput:
    marks: Sequence[Mapping[str, Any]] = content["marks"]
    return AnsweredInput(
        **{**content, "inspect": tuple(content["inspect"]), "marks": tuple(Mark(**each) for each in marks)}
    )
