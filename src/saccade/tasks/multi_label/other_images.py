"""Images with labels that a run was not trained on."""

from saccade.core.errors import DataError
from saccade.core.other_data import Other
from saccade.core.run import Run
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.joined_data import counted, listed
from saccade.tasks.multi_label import preparation
from saccade.tasks.multi_label.tagged_images import TaggedImages, tagged
from saccade.tasks.other_images import Labelling, own_or_other_images, with_column


def own_or_other(
    run: Run, *, data: str, split: str = "", label: str = "", quiet: bool = False
) -> tuple[TaggedImages, Other | None]:
    """Return the run's own images, or others with its labels behind what is left of them.

    Arguments and errors as in `Task.own_or_other`; `label` is the column of their labels, where it is called otherwise
    than in the run's data.
    """
    labelled = with_column(preparation.labelled, run, label, quiet=quiet)
    return own_or_other_images(run, data, by=Labelling(labelled, preparation.returned, _with_its_labels), split=split)


def _with_its_labels(run: Run, found: ImageDataset) -> tuple[TaggedImages, list[str]]:
    """Return the images with the labels that the run knows, and what to know of the others."""
    tags = tuple(run.data["classes"])
    every = tagged(found)
    foreign = [tag for tag in every.tags if tag not in tags]
    if len(foreign) == len(every.tags):
        raise DataError(f"{found.source} has the labels {listed(every.tags)}, and {run.path} knows {listed(tags)}.")
    note = f"{counted(len(foreign), 'label')} that the network does not know: {listed(foreign)}."
    return tagged(found, tags=tags), [note] if foreign else []
