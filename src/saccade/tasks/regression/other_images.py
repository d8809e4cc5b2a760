"""Images with numbers that a run was not trained on."""

from saccade.core.other_data import Other
from saccade.core.run import Run
from saccade.tasks.other_images import Labelling, own_or_other_images, with_column
from saccade.tasks.regression import preparation
from saccade.tasks.regression.measured_images import MeasuredImages


def own_or_other(
    run: Run, *, data: str, split: str = "", label: str = "", quiet: bool = False
) -> tuple[MeasuredImages, Other | None]:
    """Return the run's own images, or others with numbers behind what is left of them.

    Arguments and errors as in `Task.own_or_other`; `label` is the column of their numbers, where it is called otherwise
    than in the run's data.
    """
    labelled = with_column(preparation.labelled, run, label, quiet=quiet)
    return own_or_other_images(run, data, by=Labelling(labelled, preparation.returned, _as_they_are), split=split)


def _as_they_are(run: Run, found: MeasuredImages) -> tuple[MeasuredImages, list[str]]:
    return found, []
