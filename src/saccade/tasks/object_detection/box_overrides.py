"""Overriding: a table of corrected boxes is put over the data; without the table, all is as before."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import DataError, unknown
from saccade.core.finding import plural
from saccade.modalities.images import label_overrides
from saccade.tasks.object_detection.object_images import PADDING, ObjectImages

NEAR = 1.0
"""Pixels by which a side of the old box may differ from that in the data, which may have been rounded."""

Sides = tuple[float, float, float, float]


@dataclass(frozen=True)
class BoxOverride:
    """A corrected box, a row of the table: without an old one it is added, without a new one removed.

    Attributes:
        path: the name of the image.
        old: class of the box in the data; "" for a box that is added.
        old_xmin, old_ymin, old_xmax, old_ymax: its sides in pixels of the image as it is seen; None likewise.
        new: the class that it is to have; "" for a box that is removed.
        xmin, ymin, xmax, ymax: the sides that it is to have; None likewise.
    """

    path: str
    old: str
    old_xmin: float | None
    old_ymin: float | None
    old_xmax: float | None
    old_ymax: float | None
    new: str
    xmin: float | None
    ymin: float | None
    xmax: float | None
    ymax: float | None

    @classmethod
    def of(cls, path: str, old: tuple[str, Sides] | None, new: tuple[str, Sides] | None) -> "BoxOverride":
        """Return what makes of the first box the second, each with its class; sides are rounded to hundredths."""
        cells = [(name, *(round(side, 2) for side in sides)) for name, sides in filter(None, (old, new))]
        nothing = ("", None, None, None, None)
        both = [cells.pop(0) if given else nothing for given in (old, new)]
        return cls(path, *both[0], *both[1])  # type: ignore[arg-type]

    @property
    def marked(self) -> tuple[str, Sides] | None:
        """The box in the data with its class; None for one that is added."""
        return _box(self.old, self.old_xmin, self.old_ymin, self.old_xmax, self.old_ymax)

    @property
    def wanted(self) -> tuple[str, Sides] | None:
        """The box that is to be there with its class; None for one that is removed."""
        return _box(self.new, self.xmin, self.ymin, self.xmax, self.ymax)


COLUMNS = tuple(each.name for each in fields(BoxOverride))


def _box(name: str, *sides: float | None) -> tuple[str, Sides] | None:
    left, top, right, bottom = (math.nan if side is None else side for side in sides)
    return (name, (left, top, right, bottom)) if name else None


def read(path: str | Path) -> tuple[BoxOverride, ...]:
    """Return the corrections of a CSV file with the columns of a `BoxOverride`.

    Raises:
        DataError: the file cannot be read, lacks a column or a cell, or a row says nothing that can be done.
    """
    return tuple(_override(row, where) for row, where in label_overrides.read_rows(path, COLUMNS))


def _override(row: Mapping[str, str], where: str) -> BoxOverride:
    old, new = (_cells(row, where, names) for names in (COLUMNS[1:6], COLUMNS[6:]))
    if not row["path"] or (old is None and new is None):
        raise DataError(
            f"{where} has no {'old and no new box' if row['path'] else 'path'}. One of the two may be empty."
        )
    return BoxOverride.of(row["path"], old, new)


def _cells(row: Mapping[str, str], where: str, names: Sequence[str]) -> tuple[str, Sides] | None:
    """Return class and sides of one of the two boxes of a row; None where all of it is empty."""
    name, *texts = (row[each].strip() for each in names)
    if not any((name, *texts)):
        return None
    try:
        left, top, right, bottom = map(float, texts)
    except ValueError:
        raise DataError(f"{where} has a box whose sides are no numbers: {', '.join(texts)}.") from None
    if not name or not (left < right and top < bottom and all(map(math.isfinite, (left, top, right, bottom)))):
        what = "has no area" if name else "has no class"
        raise DataError(f"{where} has a box that {what}: {name} {', '.join(texts)}.")
    return name, (left, top, right, bottom)


def write(path: Path, overrides: Iterable[BoxOverride]) -> None:
    """Write corrections as CSV, all or nothing; raises DataError where that cannot be."""
    label_overrides.write(path, overrides, columns=COLUMNS)


def merged(earlier: Iterable[BoxOverride], later: Iterable[BoxOverride]) -> tuple[BoxOverride, ...]:
    """Return the corrections that do at once what first `earlier` and then `later` do."""
    found = list(earlier)
    for each in later:
        before = next((one for one in found if one.path == each.path and _is_same(one.wanted, each.marked)), None)
        if before:
            found.remove(before)
        whole = BoxOverride.of(each.path, before.marked if before else each.marked, each.wanted)
        if not _is_same(whole.marked, whole.wanted) and (whole.marked or whole.wanted):
            found.append(whole)
    return tuple(found)


def _is_same(one: tuple[str, Sides] | None, other: tuple[str, Sides] | None) -> bool:
    """Say whether two boxes are one and the same."""
    if one is None or other is None or one[0] != other[0]:
        return False
    return max(abs(first - second) for first, second in zip(one[1], other[1], strict=True)) <= NEAR


def apply(dataset: ObjectImages, overrides: Sequence[BoxOverride], *, where: str | Path) -> ObjectImages:
    """Return the data with corrected boxes; splits stay as they are, and so do scores on images not corrected.

    Args:
        dataset: with splits.
        overrides: the corrections.
        where: the file they came from, for errors.

    Raises:
        DataError: an image is not there, or has not the old box; or a new box is outside of its image.
        UnknownNameError: a new class does not exist; names the nearest.
    """
    row_of = {name: row for row, name in enumerate(dataset.names.tolist())}
    label_overrides.refuse_other_images([each.path for each in overrides], dataset, row_of, where)
    places = [_place(dataset, row_of[each.path], each, where) for each in overrides]
    _refuse_twice(overrides, places, where)
    added = Counter(row_of[each.path] for each in overrides if not each.old)
    more = max(added.values(), default=0)
    boxes = np.pad(dataset.boxes, [(0, 0), (0, more), (0, 0)])
    numbers = np.pad(dataset.numbers, [(0, 0), (0, more)], constant_values=PADDING)
    ignored = np.pad(dataset.ignored, [(0, 0), (0, more)])
    for each, place in zip(overrides, places, strict=True):
        row = row_of[each.path]
        at = int((numbers[row] == PADDING).argmax()) if place is None else place
        sides = _within(each, dataset, row, where)
        boxes[row, at] = 0 if sides is None else sides
        numbers[row, at] = dataset.objects.index(each.new) if each.new else PADDING
        ignored[row, at] = False
    order = np.argsort(numbers == PADDING, axis=1, kind="stable")
    return replace(
        dataset,
        boxes=np.take_along_axis(boxes, order[..., None], axis=1),
        numbers=np.take_along_axis(numbers, order, axis=1),
        ignored=np.take_along_axis(ignored, order, axis=1),
        content_hash=label_overrides.corrected_hash(dataset.content_hash, overrides),
        notes=(*dataset.notes, *_notes(dataset, overrides, [row_of[each.path] for each in overrides])),
        overrides=tuple(overrides),
    )


def _place(dataset: ObjectImages, row: int, override: BoxOverride, where: str | Path) -> int | None:
    """Return which of its image's boxes is corrected; None for one that is added."""
    if override.new and override.new not in dataset.objects:
        raise unknown("class", override.new, dataset.objects)
    if override.marked is None:
        return None
    name, sides = override.marked
    of_class = dataset.numbers[row] == (dataset.objects.index(name) if name in dataset.objects else -2)
    far = np.where(of_class, np.abs(dataset.boxes[row] - np.array(sides, np.float32)).max(axis=1), np.inf)
    if far.min(initial=np.inf) > NEAR:
        raise DataError(
            f"{where} expects a box '{name}' at {_said(sides)} in {override.path}, which is not there in "
            f"{dataset.source}. Delete that row if the box is right now."
        )
    return int(far.argmin())


def _said(sides: Sides) -> str:
    return ", ".join(f"{side:g}" for side in sides)


def _refuse_twice(overrides: Sequence[BoxOverride], places: Sequence[int | None], where: str | Path) -> None:
    counts = Counter((each.path, place) for each, place in zip(overrides, places, strict=True) if place is not None)
    twice = next((path for (path, _), count in counts.items() if count > 1), None)
    if twice is not None:
        raise DataError(f"{where} corrects a box of {twice} more than once. Keep one row a box.")


def _within(override: BoxOverride, dataset: ObjectImages, row: int, where: str | Path) -> NDArray[np.float32] | None:
    """Return the sides of a new box, cut off at those of its image; None for a box that is removed."""
    if override.wanted is None:
        return None
    height, width = dataset.sizes[row].tolist()
    left, top, right, bottom = np.clip(override.wanted[1], 0, [width, height, width, height]).tolist()
    if not (left < right and top < bottom):
        said = _said(override.wanted[1])
        raise DataError(f"{where} has a box outside of {override.path}, of {width}×{height} pixels: {said}.")
    return np.array([left, top, right, bottom], np.float32)


def _notes(dataset: ObjectImages, overrides: Sequence[BoxOverride], rows: Sequence[int]) -> list[str]:
    counts = {
        "added": sum(not each.old for each in overrides),
        "changed": sum(bool(each.old and each.new) for each in overrides),
        "removed": sum(not each.new for each in overrides),
    }
    done = [f"{plural(count, 'box', 'boxes')} {what}" for what, count in counts.items() if count]
    sealed = sum(dataset.splits[row] == "test" for row in rows)
    within = f", {sealed:,} of them in the test split" if sealed else ""
    return [f"{', '.join(done)} by overrides.csv{within}."] if done else []
