"""Images with boxes that a run was not trained on."""

from functools import partial

from saccade.core.errors import DataError
from saccade.core.other_data import Other
from saccade.core.run import Run
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.joined_data import counted, listed
from saccade.tasks.object_detection import preparation
from saccade.tasks.object_detection.object_images import ObjectImages, with_objects
from saccade.tasks.object_detection.reading import load_marked
from saccade.tasks.other_images import Labelling, own_or_other_images


def own_or_other(run: Run, *, data: str, split: str = "", quiet: bool = False) -> tuple[ObjectImages, Other | None]:
    """Return the run's own images, or others with boxes of its classes behind what is left of them.

    Arguments and errors as in `Task.own_or_other`.
    """
    labelled = partial(load_marked, quiet=quiet)
    return own_or_other_images(run, data, by=Labelling(labelled, preparation.returned, _in_its_classes), split=split)


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
    return with_objects(found, objects=known), [note] if foreign else []
