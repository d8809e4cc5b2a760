"""Images with numbers that a run was not trained on."""

from typing import Any, cast

from saccade.core.other_data import Other
from saccade.core.run import Run
from saccade.tasks.other_images import Labelling, own_or_other_images
from saccade.tasks.regression import preparation
from saccade.tasks.regression.measured_images import MeasuredImages


def own_or_other(
    run: Run, data: str, *, split: str = "", label: str = "", quiet: bool = False
) -> tuple[MeasuredImages, Other | None]:
    """Return the run's own images, or others with numbers behind what is left of them.

    Args:
        run: a trained run.
        data: where the images lie.
        split: of others, the split of theirs that is to be scored; "" for all.
        label: of others, the column of their numbers, where it is called otherwise than in the run's data.
        quiet: no progress bars.

    Raises:
        DataError: they cannot be read, or have no numbers.
    """

    def labelled(recipe: Any) -> MeasuredImages:
        is_own = recipe.data == run.recipe.data
        return preparation.labelled(recipe if is_own or not label else recipe.changed(label=label), quiet=quiet)

    by = Labelling(labelled, cast(Any, preparation.returned), lambda _, found: (found, []))
    found, other = own_or_other_images(run, data, by=by, split=split)
    return cast(MeasuredImages, found), other
