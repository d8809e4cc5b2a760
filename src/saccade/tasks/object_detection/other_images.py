"""Images with boxes that a run was not trained on."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from saccade.core.arrays import Array
from saccade.core.errors import DataError
from saccade.core.other_data import Other
from saccade.core.run import Run
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.images.joined_store import Joined
from saccade.tasks.joined_data import counted, listed
from saccade.tasks.object_detection import preparation
from saccade.tasks.object_detection.object_images import PADDING, ObjectImages, with_objects
from saccade.tasks.object_detection.reading import load_marked
from saccade.tasks.other_images import Labelling, own_or_other_images


def own_or_other(run: Run, *, data: str, split: str = "", quiet: bool = False) -> tuple[ObjectImages, Other | None]:
    """Return the run's own images, or others with boxes of its classes behind what is left of them.

    Arguments and errors as in `Task.own_or_other`.
    """
    by = Labelling(partial(load_marked, quiet=quiet), preparation.returned, _in_its_classes)
    found, other = own_or_other_images(run, data, by=by, split=split)
    return _in_arrays(found), other


def _in_arrays(images: ObjectImages) -> ObjectImages:
    """Return images that were joined with objects as arrays: as many an image in one part as in the other."""
    if not isinstance(images.boxes, Joined):
        return images

    def one(name: str, filler: int = 0) -> Any:
        both = getattr(images, name)
        return _stacked(both.first, both.second, filler)

    return replace(
        images, sizes=one("sizes"), boxes=one("boxes"), numbers=one("numbers", PADDING), ignored=one("ignored")
    )


def _stacked(first: Array, second: Array, filler: int) -> Array:
    """Return arrays (n, k, ...) and (m, l, ...) one behind the other, the narrower filled up."""
    most = max(first.shape[1], second.shape[1])
    both = []
    for each in (first, second):
        more = [(0, 0), (0, most - each.shape[1]), *[(0, 0)] * (each.ndim - 2)]
        both.append(np.pad(each, more, constant_values=filler))
    return np.concatenate(both)


def _in_its_classes(run: Run, found: ImageDataset) -> tuple[ObjectImages, list[str]]:
    """Return the images with the objects of classes that the run knows, and what to know of the others."""
    known = tuple(run.data["classes"])
    every = with_objects(found)
    foreign = [name for name in every.objects if name not in known]
    if len(foreign) == len(every.objects):
        raise DataError(f"{found.source} has boxes of {listed(every.objects)}, and {run.path} knows {listed(known)}.")
    note = (
        f"{counted(len(foreign), 'class')} that the network does not know, whose boxes do not count: {listed(foreign)}."
    )
    return with_objects(found, objects=known, fit=run.recipe.fit), [note] if foreign else []
