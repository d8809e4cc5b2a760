"""Labelled images that a run was not trained on, in its classes, behind what is left of its own."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import DataError, SaccadeError
from saccade.core.other_data import OTHER, Other
from saccade.core.recipe import Recipe
from saccade.core.run import Run
from saccade.modalities.images import audit
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.joining import (
    CHANGED,
    GONE,
    append_other,
    name_skipped,
)
from saccade.tasks.modality import refuse_table
from saccade.tasks.reloading import is_own


@dataclass(frozen=True)
class Labelling:
    """How a task labels images of others.

    Attributes:
        labelled: gives the images of a recipe as their source has them, with the source's classes.
        returned: gives a run's own images its labels and splits.
        relabelled: gives the images of another source the labels of the run, and what to know of them.
    """

    labelled: Callable[[Recipe], ImageDataset]
    returned: Callable[[Run, ImageDataset], ImageDataset]
    relabelled: Callable[[Run, ImageDataset], tuple[ImageDataset, list[str]]]


def own_or_other_images(run: Run, data: str, *, by: Labelling, split: str = "") -> tuple[ImageDataset, Other | None]:
    """Return the run's own images, or others behind what is left of them.

    Args:
        run: a trained run of images.
        data: where the images lie.
        by: how the task labels them.
        split: of others, the split of theirs that is to be scored; "" for all.

    Raises:
        DataError: they cannot be read, are no images, or have no labels that the run knows.
    """
    refuse_table(run, data)
    found = _labelled(run, data, by)
    if is_own(run, found):
        return by.returned(run, found), None
    chosen, notes = _split_of(found, split)
    other, more = by.relabelled(run, chosen)
    own, missing = _images_left(run, other, by)
    about = Other(
        name=found.name,
        source=str(data),
        noun="images",
        count=len(other.labels),
        run=str(run.path),
        content_hash=found.content_hash,
        split=split,
        notes=(
            *missing,
            *notes,
            *more,
            *found.notes,
            *name_skipped(found.skipped_items, len(found.skipped_items), "file"),
        ),
    )
    return append_other(own, other), about


def _labelled(run: Run, data: str, by: Labelling) -> ImageDataset:
    try:
        return by.labelled(run.recipe.changed(data=data))
    except DataError as error:
        raise DataError(
            f"{error} Only images with their classes can be scored; answers for others: saccade predict {run.path} "
            "IMAGES"
        ) from error


def _split_of(found: ImageDataset, split: str) -> tuple[ImageDataset, list[str]]:
    """Return the images of a split that the source names, or all; and a note where others could be chosen."""
    given = Counter(part for part in found.splits.tolist() if part)
    if split and not given[split]:
        has = f"its splits are {', '.join(sorted(given))}" if given else "it has no splits of its own"
        raise DataError(f"{found.source} has no {split} split: {has}. Leave --split out to score all of it.")
    if split:
        return found.only(found.rows(split)), []
    sizes = ", ".join(f"{count:,} {part}" for part, count in given.items())
    return found, [f"They have splits of their own ({sizes}); all are scored. --split chooses one."] if given else []


def _images_left(run: Run, other: ImageDataset, by: Labelling) -> tuple[ImageDataset | None, list[str]]:
    """Return what is left of the run's own images, in its splits; None and why where nothing is."""
    try:
        found = by.labelled(run.recipe)
        if is_own(run, found):
            return by.returned(run, found), []
        left = _by_name(run, found, by)
    except SaccadeError:
        left = None
    if left is not None:
        return left, [CHANGED.format(run=run.path, by="the names of the files")]
    split = run.split
    named = sum(split.get(name) == "train" for name in other.names.tolist())
    hint = [f"{named:,} of these images have the name of one that it was trained on."] if named else []
    return None, [GONE.format(run=run.path, source=run.data["source"]), *hint]


def _by_name(run: Run, found: ImageDataset, by: Labelling) -> ImageDataset | None:
    """Return the images that the run has by name, in its splits; what they show may have changed."""
    known, _ = by.relabelled(run, found)
    split = run.split
    rows = np.flatnonzero([name in split for name in known.names.tolist()])
    if not len(rows):
        return None
    left = known.only(rows)
    splits = np.array([split[name] for name in left.names.tolist()])
    return left.with_split(splits, splits)


def seen_in(data: ImageDataset, splits: Sequence[str], *, quiet: bool) -> dict[str, NDArray[np.bool_]]:
    """Return for each split whether each other image, (n,), is a duplicate of one in it: the same, or nearly so."""
    groups = audit.near_duplicate_groups(data.images, quiet=quiet)
    return {split: np.isin(groups[data.rows(OTHER)], groups[data.rows(split)]) for split in splits}
