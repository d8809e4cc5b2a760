"""Labelled images that a classifier was not trained on, in its classes."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from functools import partial

import numpy as np

from saccade.core.errors import DataError
from saccade.core.other_data import Other
from saccade.core.run import Run
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.classification import preparation
from saccade.tasks.joined_data import SHOWN, counted, listed
from saccade.tasks.other_images import Labelling, own_or_other_images

OTHERWISE_MIXED = 0.1
"""Share of the images that would have to change their class for the classes to be as frequent as in the run."""


def own_or_other(run: Run, *, data: str, split: str = "", quiet: bool = False) -> tuple[ImageDataset, Other | None]:
    """Return the run's own images, or others in its classes behind what is left of them."""
    by = Labelling(partial(preparation.labelled, quiet=quiet), preparation.returned, _in_classes)
    return own_or_other_images(run, data, by=by, split=split)


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
