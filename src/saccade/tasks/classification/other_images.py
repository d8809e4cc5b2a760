"""Labelled images that a run was not trained on, in its classes, behind what is left of its own."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches

import numpy as np

from saccade.core.errors import DataError, SaccadeError, unknown
from saccade.core.preparation.joining import (
    CHANGED,
    GONE,
    SHOWN,
    append_other,
    compare_prevalence,
    counted,
    listed,
    name_skipped,
)
from saccade.core.preparation.reloading import is_own
from saccade.core.run import Run
from saccade.evaluation import Other
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.tables.table import ANOMALY
from saccade.tasks.anomaly_detection import image_preparation as judging
from saccade.tasks.anomaly_detection.one_class_images import USUAL_NAMES, OneClassImages, judged
from saccade.tasks.classification import preparation

OTHERWISE_MIXED = 0.1
"""Share of the images that would have to change their class for the classes to be as frequent as in the run."""


def own_or_other_images(
    run: Run, data: str, *, split: str, normal: str, quiet: bool
) -> tuple[ImageDataset, Other | None]:
    """Return the run's own images, or others behind what is left of them; see `own_or_other`."""
    found = _labelled(run, data, quiet=quiet)
    if is_own(run, found):
        return _returned(run, found), None
    chosen, notes = _split_of(found, split)
    other, more = _judged(run, chosen, normal) if run.finds_anomalies_in_images else _in_classes(run, chosen)
    own, missing = _images_left(run, other, quiet=quiet)
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


def _labelled(run: Run, data: str, *, quiet: bool) -> ImageDataset:
    try:
        return preparation.labelled(run.recipe.changed(data=data), quiet=quiet)
    except DataError as error:
        raise DataError(
            f"{error} Only images with their classes can be scored; answers for others: saccade predict {run.path} "
            "IMAGES"
        ) from error


def _returned(run: Run, found: ImageDataset) -> ImageDataset:
    if run.finds_anomalies_in_images:
        return judging.returned(run, judged(found, normal=run.recipe.normal))
    return preparation.returned(run, found)


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


def _in_classes(run: Run, found: ImageDataset) -> tuple[ImageDataset, list[str]]:
    """Return the images whose class the network knows, labelled in its order, and what to know of the others."""
    classes = tuple(run.data["classes"])
    place = {_plain(name): number for number, name in enumerate(classes)}
    labels = np.array([place.get(_plain(name), -1) for name in found.classes], np.int64)[found.labels]
    rows = np.flatnonzero(labels >= 0)
    foreign = Counter(found.classes[label] for label in found.labels[labels < 0].tolist())
    if not len(rows):
        raise DataError(
            f"{found.source} has the classes {listed(foreign)}, and {run.path} knows {listed(classes)}: not one is "
            f"the same, so nothing can be scored.{_suggested(foreign, classes) or ' Rename the folders.'}"
        )
    known = replace(found.only(rows), labels=labels[rows], classes=classes)
    return known, [*_unknown_classes(foreign, classes), *_absent(known), *_otherwise_mixed(run, known)]


def _plain(name: str) -> str:
    """Return a name with its accents composed: macOS writes them apart."""
    return unicodedata.normalize("NFC", name)


def _unknown_classes(foreign: Counter[str], classes: tuple[str, ...]) -> Iterator[str]:
    if foreign:
        count = foreign.total()
        yield (
            f"{counted(count, 'image')} of {listed(foreign)} {'is' if count == 1 else 'are'} left out of "
            f"every number: the network does not know {'this class' if len(foreign) == 1 else 'these classes'}."
            f"{_suggested(foreign, classes)}"
        )


def _suggested(foreign: Iterable[str], classes: tuple[str, ...]) -> str:
    """Return how folders may have to be renamed; names are never taken for each other without being asked."""
    spelled = {name.casefold(): name for name in classes}
    near = {name: get_close_matches(_plain(name).casefold(), spelled, n=1, cutoff=0.8) for name in foreign}
    renamed = [f"'{name}' to '{spelled[found[0]]}'" for name, found in near.items() if found][:SHOWN]
    return f" Rename {', '.join(renamed)}?" if renamed else ""


def _absent(known: ImageDataset) -> Iterator[str]:
    there = set(known.labels.tolist())
    absent = [name for label, name in enumerate(known.classes) if label not in there]
    if absent:
        yield (
            f"There are no images of {listed(absent)}: macro F1 is the mean over the classes that have some, "
            f"{len(there)} of {len(known.classes)}."
        )


def _otherwise_mixed(run: Run, known: ImageDataset) -> Iterator[str]:
    own = Counter[str]()
    for counts in run.data["counts"].values():
        own.update(counts)
    here = np.bincount(known.labels, minlength=len(known.classes)) / len(known.labels)
    there = np.array([own[name] for name in known.classes]) / max(1, own.total())
    gap, most = np.abs(here - there), int(np.abs(here - there).argmax())
    if gap.sum() / 2 > OTHERWISE_MIXED and here.max() < 1:  # of one class only, that is all there is to say
        yield (
            f"The classes are not as frequent as in the run's own data ('{known.classes[most]}' {here[most]:.0%} here, "
            f"{there[most]:.0%} there): accuracy and precision depend on that, the recall of a class does not."
        )


def _judged(run: Run, found: ImageDataset, normal: str) -> tuple[OneClassImages, list[str]]:
    """Return images judged by the class that is normal in the run; where it is not there, all are anomalies."""
    reference = normal or run.data["normal"]
    named = [name for name in found.classes if _plain(name).casefold() == _plain(reference).casefold()]
    if named:
        other, notes = judged(found, normal=named[0]), list[str]()
    elif normal:
        raise unknown(f"class of {found.name}", normal, found.classes)
    else:
        other, notes = _all_anomalies(found, reference)
    return other, [*notes, *compare_prevalence(_share_of_kinds(run), other.labels, "images")]


def _all_anomalies(found: ImageDataset, reference: str) -> tuple[OneClassImages, list[str]]:
    alike = [name for name in found.classes if name.lower() in USUAL_NAMES]
    if alike:
        raise DataError(
            f"{found.source} has no class '{reference}', which is the normal one of the run, but '{alike[0]}'. If that "
            f"is what is normal: --normal {alike[0]}"
        )
    other = replace(judged(found, normal=found.classes[0]), normal=reference)
    other = replace(other, labels=np.full(len(found.labels), ANOMALY, np.int64))
    note = f"There is no class '{reference}', which is the normal one of the run: all images are taken for anomalies."
    return other, [f"{note} If one of {listed(found.classes)} is normal: --normal NAME."]


def _share_of_kinds(run: Run) -> float | None:
    normal = run.data["normal"]
    counts = Counter[bool]()
    for kinds in run.data["counts"].values():
        for kind, count in kinds.items():
            counts[kind != normal] += count
    return counts[True] / counts.total() if counts[True] else None


def _images_left(run: Run, other: ImageDataset, *, quiet: bool) -> tuple[ImageDataset | None, list[str]]:
    """Return what is left of the run's own images, in its splits; None and why where nothing is."""
    try:
        found = preparation.labelled(run.recipe, quiet=quiet)
        if is_own(run, found):
            return _returned(run, found), []
        left = _by_name(run, found)
    except SaccadeError:
        left = None
    if left is not None:
        return left, [CHANGED.format(run=run.path, by="the names of the files")]
    split = run.split
    named = sum(split.get(name) == "train" for name in other.names.tolist())
    hint = [f"{named:,} of these images have the name of one that it was trained on."] if named else []
    return None, [GONE.format(run=run.path, source=run.data["source"]), *hint]


def _by_name(run: Run, found: ImageDataset) -> ImageDataset | None:
    """Return the images that the run has by name, in its splits; what they show may have changed."""
    known, _ = _judged(run, found, "") if run.finds_anomalies_in_images else _in_classes(run, found)
    split = run.split
    rows = np.flatnonzero([name in split for name in known.names.tolist()])
    if not len(rows):
        return None
    left = known.only(rows)
    splits = np.array([split[name] for name in left.names.tolist()])
    return left.with_split(splits, splits)
