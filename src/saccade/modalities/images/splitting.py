"""Splitting: every row gets a split, honestly, repeatably, and with its reason."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from saccade.core.errors import DataError
from saccade.core.split_size import FEW_IMAGES, wanted_rows, what_it_shows
from saccade.modalities.images.dataset import ImageDataset

Rows = NDArray[np.int64]

# A stream of random numbers a split: the test split stays the same when the size of validation changes.
_STREAMS = {"test": 0, "validation": 1}


def assign_splits(
    dataset: ImageDataset,
    *,
    split: Literal["given", "pooled"] = "given",
    validation: float,
    test: float,
    seed: int,
    duplicates: Callable[[], Rows] | None = None,
    every_class: bool = True,
) -> ImageDataset:
    """Return the dataset with a split and a reason for every row.

    What the source says is kept. A test split is cut only where the source has none, and validation is cut
    from what is left for training, never from test. Both are cut class by class in equal shares, rows of one
    group and duplicates stay together, and no class is taken from training altogether. Where images are added later
    (`dataset.lots`), the test split is cut by what the images are, and not class by class.

    Args:
        dataset: from `load`.
        split: "given" keeps the source's splits; "pooled" puts them together and cuts anew.
        validation: a fraction below 1 of the training rows, or a number of rows; 0 for none.
        test: likewise, of all rows that the source does not give to a part of their own.
        seed: another seed, another cut.
        duplicates: gives (n,), a number a row, equal for images that show the same; asked only when a split is cut.
        every_class: refuse a test split, where it is drawn, that takes a class from training altogether; else the
            caller does, whose classes these are not.

    Raises:
        DataError: so many rows cannot be cut.
    """
    free = (dataset.splits == "") | (split == "pooled")
    splits = np.where(free, "train", dataset.splits).astype("<U10")
    reasons = np.where(free, "left for training", "given").astype("<U64")
    wanted = {part: size for part, size in (("test", test), ("validation", validation)) if size and part not in splits}
    same = duplicates() if duplicates and wanted else np.arange(len(splits))
    units, notes = tied(dataset, same), list[str]()
    for part, amount in wanted.items():
        rng = np.random.default_rng([seed, _STREAMS[part]])
        if part == "test" and dataset.lots is not None:
            rows, scarce = _drawn(dataset, dataset.lots, units, amount, seed=seed), list[int]()
            if every_class:
                _refuse_lost(dataset, rows)
            notes += [] if len(rows) else [_NONE_DRAWN]
            reasons[rows] = "drawn by its content"
        else:
            rows, scarce = _cut(dataset, units, np.flatnonzero(splits == "train"), amount, split=part, rng=rng)
            reasons[rows] = f"cut from training, stratified{'' if dataset.groups is None else ', whole groups'}"
        splits[rows] = part
        reasons[_repeated(same, rows)] += ", with its duplicates"
        notes += _note(dataset, scarce, dataset.labels[splits == "train"], split=part)
    if split == "given" and "test" in wanted and "validation" in dataset.splits:
        notes += _small_test(splits, test)
    return replace(dataset.with_split(splits, reasons), notes=(*dataset.notes, *notes))


_NONE_DRAWN = (
    "No labelled image belongs to the test split yet, which is drawn by the images' content: no test score until more "
    "are labelled."
)

_GOLDEN = 0.6180339887498949  # multiples of it, without their whole part, are spread evenly


def lots(digests: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return (n,), a number from 0 to 1 for each digest (n, 32): equal files draw equal lots, today and later."""
    return np.ascontiguousarray(digests[:, :8]).view(">u8")[:, 0] / 2.0**64


def in_test(lots: NDArray[np.float64], units: Rows, *, share: float, seed: int) -> NDArray[np.bool_]:
    """Return which images the test split gets, duplicates whole: those of which one draws a lot below the share.

    An image that is in stays in, whatever is added.

    Args:
        lots: (n,), from `lots`.
        units: (n,), a number a row from 0 on, equal for images that stay together.
        share: of all images, 0 to 1.
        seed: another seed, another draw.
    """
    least = np.ones(int(units.max(initial=0)) + 1)
    np.minimum.at(least, units, (lots + seed * _GOLDEN) % 1)
    return np.asarray(least[units] < share)


def _drawn(dataset: ImageDataset, lots: NDArray[np.float64], units: Rows, amount: float, *, seed: int) -> Rows:
    """Return the rows of the test split."""
    share = _wanted(amount, len(units), split="test") / len(units) if amount >= 1 else amount
    return np.flatnonzero(in_test(lots, units, share=share, seed=seed))


def _refuse_lost(dataset: ImageDataset, rows: Rows) -> None:
    """Raise DataError where the rows of the test split are all that a class has."""
    lost = sorted(set(dataset.labels[rows].tolist()) - set(np.delete(dataset.labels, rows).tolist()))
    if lost:
        names = ", ".join(f"'{dataset.classes[label]}'" for label in lost)
        raise DataError(
            f"All labelled images of {names} in {dataset.name} belong to the test split, which stays sealed. Label "
            "more images of it, or none."
        )


def _small_test(splits: NDArray[np.str_], test: float) -> tuple[str, ...]:
    """Say what a small test split can show that was cut from training alone, and how to get a larger one."""
    images, every = int(np.count_nonzero(splits == "test")), int(np.count_nonzero(splits != ""))
    if images >= FEW_IMAGES:
        return ()
    pooled = f", {math.ceil(test * every)} images here," if test < 1 else ""
    return (
        f"The source has no test split, and the {images} images cut from training are few: {what_it_shows(images)}. "
        f"For more, cut the test from all images{pooled} with split=pooled, or take more with test=0.3; the mean of "
        "several split_seed says more than one.",
    )


def _repeated(same: Rows, rows: Rows) -> Rows:
    """Return those of some rows that share their number with another of them."""
    _, which, counts = np.unique(same[rows], return_inverse=True, return_counts=True)
    return np.asarray(rows[counts[which] > 1])


def tied(dataset: ImageDataset, duplicates: Rows) -> Rows:
    """Return (n,), a number a row, equal for rows that stay together: of one group, duplicates, or both by a chain."""
    own = np.arange(len(duplicates))
    if dataset.groups is None:
        return duplicates
    named = np.where(dataset.groups == "", np.char.add("\0", own.astype(np.str_)), dataset.groups)
    groups = np.unique(named, return_inverse=True)[1]
    # two kinds of nodes, groups and sets of duplicates; each row joins its two
    edges = (np.ones(len(own), np.bool_), (groups, groups.max() + 1 + duplicates))
    nodes = int(groups.max() + duplicates.max() + 2)
    return np.asarray(connected_components(coo_array(edges, shape=(nodes, nodes)))[1][groups], np.int64)


def _cut(
    dataset: ImageDataset, units: Rows, rows: Rows, amount: float, *, split: str, rng: np.random.Generator
) -> tuple[Rows, list[int]]:
    """Return the rows to take out of `rows`, and the classes too small to give any."""
    labels = dataset.labels[rows]
    wanted = _wanted(amount, len(rows), split=split)
    cut = _by_class if dataset.groups is None else _by_group
    taken, scarce = cut(labels, np.unique(units[rows], return_inverse=True)[1], wanted, rng=rng)
    if not len(taken):
        without = "test=0 validation=0" if split == "test" else f"{split}=0"  # which is cut next, of as few
        raise DataError(
            f"No {split} split can be cut from the {len(rows)} training images of {dataset.name}: "
            f"{_why_none(dataset, units[rows])}, or go without: {without}."
        )
    return np.sort(rows[taken]), scarce


def _why_none(dataset: ImageDataset, units: Rows) -> str:
    """Return why every class has to stay together, and what to do."""
    if dataset.groups is not None:
        return "each class lies in one group (near-duplicates join groups). Add images of other groups"
    different = len(np.unique(units))
    if different == len(units):
        return "every class needs two images. Add images"
    whose = "one another" if different == 1 else "others of their class, or of another class"
    return (
        f"all are near-duplicates of {whose}, and these stay in one split, or the score would be of images that were "
        "trained on. Add images that differ, let near-duplicates go apart (duplicates=ignored)"
    )


def _wanted(amount: float, available: int, *, split: str) -> int:
    """Return how many images a fraction or a number means; raises DataError where none would be left."""
    wanted = wanted_rows(amount, available, split=split, noun="images")
    if wanted >= available:
        raise DataError(
            f"Cannot cut {wanted} images for {split}: there are {available} for training. Give a smaller "
            "number, or a fraction such as 0.1."
        )
    return wanted


def _by_class(labels: Rows, units: Rows, wanted: int, *, rng: np.random.Generator) -> tuple[Rows, list[int]]:
    """Return positions of rows, each class giving its share, duplicates whole.

    A unit whose rows have several labels counts for that of its first row.
    """
    first = np.unique(units, return_index=True)[1]
    home = labels[first][units]
    sizes_of = np.bincount(home, minlength=labels.max() + 1)
    whole = np.bincount(labels[first], minlength=len(sizes_of)) == 1  # the class can give nothing, others give more
    shares = _shares(np.where(whole, 1, sizes_of), wanted)
    taken, scarce = np.zeros(len(first), np.bool_), []
    for label, share in enumerate(shares.tolist()):
        offered = units[rng.permutation(np.flatnonzero(home == label))]
        offered = offered[np.sort(np.unique(offered, return_index=True)[1])]  # each once, in the order they come
        sizes = np.cumsum(np.bincount(units)[offered])
        if len(offered) == 1:
            scarce.append(label)
        elif share:
            most = int(np.abs(sizes - share).argmin()) + 1
            taken[offered[: min(most, len(offered) - 1)]] = True
    for label in np.setdiff1d(labels, labels[~taken[units]]):  # its rows are all duplicates of another class's
        taken[units[labels == label]] = False
    return np.flatnonzero(taken[units]), scarce


def _shares(counts: Rows, wanted: int) -> Rows:
    """Return how many rows each class gives: in proportion, whole, and `wanted` in all where they can.

    Each class keeps a row for training, and gives at least one when enough are wanted.
    """
    ideal = wanted * counts / counts.sum()
    room = np.maximum(counts - 1, 0)
    least = np.minimum(room, 1) if wanted >= np.count_nonzero(room) else np.zeros_like(room)
    shares: Rows = np.clip(np.floor(ideal).astype(np.int64), least, room)
    while shares.sum() < wanted and (shares < room).any():
        shares[np.where(shares < room, ideal - shares, -np.inf).argmax()] += 1
    while shares.sum() > wanted:
        shares[np.where(shares > least, shares - ideal, -np.inf).argmax()] -= 1
    return shares


def _by_group(labels: Rows, units: Rows, wanted: int, *, rng: np.random.Generator) -> tuple[Rows, list[int]]:
    """Return positions of whole groups that come close to the wanted number of rows in every class.

    Groups are offered in random order; one is taken when it brings the classes nearer to their shares and
    leaves each of its classes in training. scikit-learn's StratifiedGroupKFold cuts equal folds only, and can
    take all groups of a class.
    """
    table = np.zeros((units.max() + 1, labels.max() + 1), np.int64)  # (groups, classes)
    np.add.at(table, (units, labels), 1)
    left = table.sum(axis=0)
    missing = wanted * left / left.sum()
    taken = np.zeros(len(table), np.bool_)
    for unit in rng.permutation(len(table)):
        gives = table[unit]
        if (left[gives > 0] > gives[gives > 0]).all() and np.sum((missing - gives) ** 2) < np.sum(missing**2):
            taken[unit] = True
            left, missing = left - gives, missing - gives
    return np.flatnonzero(taken[units]), np.flatnonzero((table > 0).sum(axis=0) == 1).tolist()


def _note(dataset: ImageDataset, scarce: list[int], labels: Rows, *, split: str) -> tuple[str, ...]:
    """Say which classes gave nothing, and why."""
    if not scarce:
        return ()
    counts = np.bincount(labels, minlength=len(dataset.classes))
    names = ", ".join(f"'{dataset.classes[label]}'" for label in scarce)
    if dataset.groups is None and (counts[scarce] > 1).any():
        kept = ", ".join(f"'{dataset.classes[label]}' ({counts[label]:,})" for label in scarce)
        return (f"All images of {kept} are near-duplicates and stay in training: none went into the {split} split.",)
    what = "one image" if dataset.groups is None else "one group"
    return (f"Only {what} of {names} to train on: none of it went into the {split} split.",)
