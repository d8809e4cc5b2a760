"""Listing: what a source found. Names, labels and splits; no image file is decoded yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.core.dataset import SPLITS, SkippedItem
from saccade.core.errors import DataError
from saccade.modalities.images.multi_label import refuse_label_lists
from saccade.modalities.images.unicode_forms import composed


@dataclass(frozen=True)
class Found:
    """One labelled image file.

    Attributes:
        name: unique in its source.
        label: the class's name.
        split: "train", "validation", "test", or "" where the source does not say.
        path: the file.
        group: rows of a group stay in one split; "" where the source has no groups.
    """

    name: str
    label: str
    split: str
    path: str
    group: str = ""


@dataclass(frozen=True)
class Listing:
    """Labelled images, one row each, as pixels or as files.

    Attributes:
        names: one unique name a row.
        labels: (n,), int64, positions in `classes`.
        classes: class names in label order.
        splits: "train", "validation", "test" or "" a row.
        pixels: (n, h, w, c), uint8, from sources that hold pixels; else None.
        files: one path a row, from sources that hold image files; else empty.
        groups: one group name a row, or None.
        notes: what the user should know, a sentence each.
        skipped_items: all that is not used, and why.
        licence: of named data; "" when not known.
        address: where exactly these rows are found again, though their source grows; "" where it does not.
    """

    names: NDArray[np.str_]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    splits: NDArray[np.str_]
    pixels: NDArray[np.uint8] | None = None
    files: tuple[str, ...] = ()
    groups: NDArray[np.str_] | None = None
    notes: tuple[str, ...] = ()
    skipped_items: tuple[SkippedItem, ...] = ()
    licence: str = ""
    address: str = ""


def of_files(
    found: Sequence[Found], *, notes: Iterable[str] = (), skipped_items: Iterable[SkippedItem] = ()
) -> Listing:
    """Return the listing of labelled image files.

    Args:
        found: the files, in the order of the rows.
        notes: what the source has to say already.
        skipped_items: files that the source could not use.

    """
    names = {label: composed(label) for label in {row.label for row in found}}
    classes = in_order(set(names.values()))
    position = {label: classes.index(name) for label, name in names.items()}
    return Listing(
        names=np.array([row.name for row in found], dtype=np.str_),
        labels=np.array([position[row.label] for row in found], dtype=np.int64),
        classes=classes,
        splits=np.array([row.split for row in found], dtype=np.str_),
        files=tuple(row.path for row in found),
        groups=np.array([row.group for row in found], dtype=np.str_) if any(row.group for row in found) else None,
        notes=tuple(notes),
        skipped_items=tuple(skipped_items),
    )


def of_pixels(
    images: dict[str, NDArray[np.uint8]], labels: dict[str, NDArray[np.int64]], classes: Sequence[str]
) -> Listing:
    """Return the listing of images that come as arrays.

    Args:
        images: (n, h, w, c) by split; the split is "" where the source has none.
        labels: (n,) by split, positions in `classes`.
        classes: class names in label order.
    """
    splits = [split for split in ("", *SPLITS) if split in images]
    names = [f"{split}/{row:05d}".lstrip("/") for split in splits for row in range(len(labels[split]))]
    return Listing(
        names=np.array(names, dtype=np.str_),
        labels=np.concatenate([labels[split] for split in splits]).astype(np.int64),
        classes=tuple(classes),
        splits=np.repeat(np.array(splits, dtype=np.str_), [len(labels[split]) for split in splits]),
        pixels=np.concatenate([images[split] for split in splits]) if len(splits) > 1 else images[splits[0]],
    )


def lost_classes(rows: Iterable[tuple[str, str]], found: Iterable[Found]) -> list[str]:
    """Return a note on each class that a table names and of which no file is there.

    Args:
        rows: name and label of all rows; those without a label do not count.
        found: the rows whose files are there.
    """
    names: dict[str, list[str]] = {}
    for name, label in rows:
        names.setdefault(composed(label), []).append(name)
    for label in {composed(row.label) for row in found} | {""}:
        names.pop(label, None)
    return [
        f"The class '{label}' has {len(lost):,} {'row' if len(lost) == 1 else 'rows'}, and no file of them exists, "
        f"such as {lost[0]}: it was left out."
        for label, lost in names.items()
    ]


def kept(listing: Listing, rows: NDArray[np.int64], reasons: dict[int, str]) -> Listing:
    """Return some rows of a listing of files; the others are skipped for a reason, by row.

    A class that has no row left is dropped, with a note.
    """
    left, labels = np.unique(listing.labels[rows], return_inverse=True)
    lost = sorted(set(range(len(listing.classes))) - set(left.tolist()))
    names = ", ".join(f"'{listing.classes[label]}'" for label in lost)
    first = next((row for row in sorted(reasons) if listing.labels[row] in lost), None)
    example = "" if first is None else f" The first, {listing.names[first]}: {reasons[first]}"
    note = [f"No image of {names} could be used: left out.{example}"] if lost else []
    return replace(
        listing,
        names=listing.names[rows],
        labels=labels.astype(np.int64),
        classes=tuple(listing.classes[label] for label in left),
        splits=listing.splits[rows],
        files=tuple(listing.files[row] for row in rows),
        groups=None if listing.groups is None else listing.groups[rows],
        notes=(*listing.notes, *note),
        skipped_items=(
            *listing.skipped_items,
            *(SkippedItem(str(listing.names[row]), why) for row, why in sorted(reasons.items())),
        ),
    )


def growing(listing: Listing, address: str) -> Listing:
    """Return the listing of a source to which rows are added later, found again as it is now under an address.

    Its test split is cut by what the images are, so that an image that is in it stays in it.
    """
    return replace(listing, address=address)


def noted(listing: Listing, notes: Iterable[str]) -> Listing:
    """Return a listing with more notes."""
    return replace(listing, notes=(*listing.notes, *notes))


def for_classes(listing: Listing, *, where: str | Path) -> Listing:
    """Return a listing for a classifier, with notes on its classes; raises DataError when none can be trained on it."""
    if len(listing.classes) < 2:
        found = f"only the class '{listing.classes[0]}'" if listing.classes else "no class"
        instead = f" {_ONE_CLASS}" if listing.classes else ""
        raise DataError(
            f"A classifier needs at least two classes; {where} has {found}. {_causes(listing) or _LAYOUT}{instead}"
        )
    refuse_label_lists(listing.classes, where=where)
    given = set(listing.splits.tolist()) - {""}
    in_training = set(listing.labels[np.isin(listing.splits, ("train", ""))].tolist())
    if given and not in_training:
        raise DataError(
            f"{where} has no training images, only {' and '.join(sorted(given))}. {_LAYOUT} A folder called train, "
            "val or test that has folders in it is taken as a split, not as a class: rename it if it is a class. "
            f"{_causes(listing)}".rstrip()
        )
    for split in sorted(given - {"train"}):
        missing = sorted(set(listing.labels[listing.splits == split].tolist()) - in_training)
        if missing:
            names = ", ".join(f"'{listing.classes[label]}'" for label in missing)
            raise DataError(
                f"The {split} split of {where} has images of {names}, the training split has none: "
                "the network could never answer that. Add such images to training, or remove them."
                f"{_spellings(listing, missing, in_training)} {_causes(listing)}".rstrip()
            )
    return replace(listing, notes=(*listing.notes, *_lonely_classes(listing)))


def _causes(listing: Listing) -> str:
    """Return what was left out, which may be why a class is missing."""
    if listing.notes or not listing.skipped_items:
        return " ".join(listing.notes)
    first = listing.skipped_items[0]
    return f"{len(listing.skipped_items):,} could not be used, the first {first.name}: {first.reason}"


def _spellings(listing: Listing, missing: Iterable[int], known: Iterable[int]) -> str:
    """Point out classes whose names differ in case only."""
    names = {listing.classes[label].casefold(): listing.classes[label] for label in known}
    pairs = [(listing.classes[label], names.get(listing.classes[label].casefold())) for label in missing]
    return "".join(
        f" '{name}' and '{near}' differ in their case only: name them alike." for name, near in pairs if near
    )


_ONE_CLASS = "To find images that do not belong among such ones, add --task anomaly_detection."

_LAYOUT = "Expected <class>/*.jpg, or train/<class>/*.jpg with test/<class>/*.jpg."


def in_order(names: set[str]) -> tuple[str, ...]:
    """Return class names in alphabetical order, or by value when all are whole numbers: 2 before 10."""
    if all(name.isdecimal() for name in names):
        return tuple(sorted(names, key=lambda name: (int(name), name)))
    return tuple(sorted(names))


def _lonely_classes(listing: Listing) -> list[str]:
    counts = np.bincount(listing.labels, minlength=len(listing.classes))
    names = [f"'{name}'" for name, count in zip(listing.classes, counts, strict=True) if count == 1]
    if not names:
        return []
    noun, has = ("class", "has") if len(names) == 1 else ("classes", "have")
    return [f"The {noun} {', '.join(names)} {has} a single image: it is trained on but cannot be tested."]
