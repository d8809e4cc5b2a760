"""MarkedAndFound: what is marked in some images, beside what a network found in them; all that scores are made of."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.tasks.object_detection.detections import Detections
from saccade.tasks.object_detection.object_images import PADDING, ObjectImages
from saccade.tasks.object_detection.placement import Boxes

LEAST_SCORE = 0.001
"""Boxes with less are no answer at any threshold (Ultralytics and others leave them out of their scores too)."""

HEADER = ("name", "kind", "class", "score", "left", "top", "right", "bottom")
"""Of predictions.csv. A row is an "image" (its right and bottom are its width and height), an "object" that is marked
in it, an object that is "ignored", or a box that was "found"."""


@dataclass(frozen=True)
class Marked:
    """What is marked in one image.

    Attributes:
        boxes: (k, 4), left, top, right, bottom in pixels of the image in its source.
        numbers: (k,), positions in the names of the classes.
        ignored: (k,), whether an object is neither learnt nor judged.
    """

    boxes: Boxes
    numbers: NDArray[np.int32]
    ignored: NDArray[np.bool_]


@dataclass(frozen=True)
class MarkedAndFound:
    """Images with the objects that are marked in them and those that were found.

    Attributes:
        objects: names of the classes.
        names: of the images, n.
        marked: n of them.
        found: n of them.
    """

    objects: tuple[str, ...]
    names: tuple[str, ...]
    marked: tuple[Marked, ...]
    found: tuple[Detections, ...]

    def __len__(self) -> int:
        return len(self.names)

    def only(self, which: NDArray[np.bool_]) -> "MarkedAndFound":
        """Return those of the images, (n,)."""
        return self.at(np.flatnonzero(which).tolist())

    def at(self, rows: Sequence[int]) -> "MarkedAndFound":
        """Return the images of these positions, in this order."""
        return MarkedAndFound(
            self.objects,
            tuple(self.names[row] for row in rows),
            tuple(self.marked[row] for row in rows),
            tuple(self.found[row] for row in rows),
        )

    def with_found(self, found: Sequence[Detections]) -> "MarkedAndFound":
        """Return the same images with what another means found in them."""
        return MarkedAndFound(self.objects, self.names, self.marked, _plausible(found))

    def counts(self) -> NDArray[np.int64]:
        """Return objects that count, (n, classes)."""
        sides = len(self.objects)
        rows = [np.bincount(each.numbers[~each.ignored], minlength=sides) for each in self.marked]
        return np.array(rows, np.int64).reshape(-1, sides)

    def table(self) -> Iterator[tuple[object, ...]]:
        """Yield the rows of predictions.csv."""
        for name, marked, found in zip(self.names, self.marked, self.found, strict=True):
            yield name, "image", "", "", 0, 0, found.size[1], found.size[0]
            kinds = np.where(marked.ignored, "ignored", "object").tolist()
            for kind, number, box in zip(kinds, marked.numbers.tolist(), marked.boxes.tolist(), strict=True):
                yield name, kind, self.objects[number], "", *_sides(box)
            rows = zip(found.numbers.tolist(), found.scores.tolist(), found.boxes.tolist(), strict=True)
            for number, score, box in rows:
                yield name, "found", self.objects[number], f"{score:.6f}", *_sides(box)

    @classmethod
    def of_table(cls, rows: Sequence[Mapping[str, str]], objects: tuple[str, ...]) -> "MarkedAndFound":
        """Return what `table` wrote; raises KeyError or ValueError for another one."""
        by_name: dict[str, list[Mapping[str, str]]] = defaultdict(list)
        for row in rows:
            by_name[row["name"]].append(row)
        number = {name: at for at, name in enumerate(objects)}
        read = [_of_rows(each, number) for each in by_name.values()]
        return cls(objects, tuple(by_name), tuple(one for one, _ in read), tuple(other for _, other in read))


def beside(dataset: ObjectImages, rows: NDArray[np.int64], found: Sequence[Detections]) -> MarkedAndFound:
    """Return what is marked in some images of a data set beside what was found in them."""
    marked = []
    for row in rows.tolist():
        real = dataset.numbers[row] != PADDING
        marked.append(Marked(dataset.boxes[row][real], dataset.numbers[row][real], dataset.ignored[row][real]))
    return MarkedAndFound(dataset.objects, tuple(dataset.names[rows].tolist()), tuple(marked), _plausible(found))


def _plausible(found: Sequence[Detections]) -> tuple[Detections, ...]:
    return tuple(each.above(LEAST_SCORE) for each in found)


def _sides(box: Sequence[float]) -> tuple[str, ...]:
    return tuple(f"{side:.2f}" for side in box)


def _of_rows(rows: Sequence[Mapping[str, str]], number: Mapping[str, int]) -> tuple[Marked, Detections]:
    size = next(row for row in rows if row["kind"] == "image")
    marked = [row for row in rows if row["kind"] in ("object", "ignored")]
    found = [row for row in rows if row["kind"] == "found"]
    scores = np.array([float(row["score"]) for row in found], np.float32)
    ignored = np.array([row["kind"] == "ignored" for row in marked], np.bool_)
    whole = int(float(size["bottom"])), int(float(size["right"]))
    return (
        Marked(*_boxes(marked, number), ignored),
        Detections(_boxes(found, number)[0], scores, _boxes(found, number)[1], whole),
    )


def _boxes(rows: Sequence[Mapping[str, str]], number: Mapping[str, int]) -> tuple[Any, Any]:
    boxes = [[float(row[side]) for side in HEADER[4:]] for row in rows]
    return np.array(boxes, np.float32).reshape(-1, 4), np.array([number[row["class"]] for row in rows], np.int32)
