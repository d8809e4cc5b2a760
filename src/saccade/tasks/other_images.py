"""Labelled images that a run was not trained on, in its classes, behind what is left of its own."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import DataError, SaccadeError
from saccade.core.other_data import OTHER, Other
from saccade.core.recipe import Recipe
from saccade.core.run import Run
from saccade.core.shell_words import shell_word
from saccade.modalities.images import audit
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.joined_data import (
    CHANGED,
    GONE,
    append_other,
    name_skipped,
)
from saccade.tasks.modality import refuse_table
from saccade.tasks.reloading import is_own

Found = TypeVar("Found", bound=ImageDataset)
Labelled = TypeVar("Labelled", bound=ImageDataset)


@dataclass(frozen=True)
class Labelling(Generic[Found, Labelled]):
    """How a task labels images of others.

    Attributes:
        labelled: gives the images of a recipe as their source has them, with the source's classes.
        returned: gives a run's own images its labels and splits.
        relabelled: gives the images of another source the labels of the run, and what to know of them.
    """

    labelled: Callable[[Recipe], Found]
    returned: Callable[[Run, Found], Labelled]
    relabelled: Callable[[Run, Found], tuple[Labelled, list[str]]]


def with_column(labelled: Callable[..., Found], run: Run, label: str, *, quiet: bool) -> Callable[[Recipe], Found]:
    """Return what labels the images of a recipe by another column, where they are not the run's own.

    Args:
        labelled: gives the images of a recipe with their labels, and takes `quiet`.
        run: a trained run.
        label: the column; "" leaves it as in the run.
        quiet: no progress bars.
    """

    def found(recipe: Recipe) -> Found:
        asked = recipe.changed(label=label) if label and recipe.data != run.recipe.data else recipe
        return labelled(asked, quiet=quiet)

    return found


def own_or_other_images(
    run: Run, data: str, *, by: Labelling[Found, Labelled], split: str = ""
) -> tuple[Labelled, Other | None]:
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


def _labelled(run: Run, data: str, by: Labelling[Found, Labelled]) -> Found:
    try:
        return by.labelled(run.recipe.changed(data=data))
    except DataError as error:
        raise DataError(
            f"{error} Only images with their classes can be scored; answers for others: "
            f"saccade predict {shell_word(run.path)} "
            "IMAGES"
        ) from error


def _split_of(found: Found, split: str) -> tuple[Found, list[str]]:
    """Return the images of a split that the source names, or all; and a note where others could be chosen."""
    given = Counter(part for part in found.splits.tolist() if part)
    if split and not given[split]:
        has = f"its splits are {', '.join(sorted(given))}" if given else "it has no splits of its own"
        raise DataError(f"{found.source} has no {split} split: {has}. Leave --split out to score all of it.")
    if split:
        return found.only(found.rows(split)), []
    sizes = ", ".join(f"{count:,} {part}" for part, count in given.items())
    return found, [f"They have splits of their own ({sizes}); all are scored. --split chooses one."] if given else []


def _images_left(run: Run, other: Labelled, by: Labelling[Found, Labelled]) -> tuple[Labelled | None, list[str]]:
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


def _by_name(run: Run, found: Found, by: Labelling[Found, Labelled]) -> Labelled | None:
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
