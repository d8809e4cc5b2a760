"""Labelled data that may be the run's own, moved, or others that it was not trained on."""

from pathlib import Path

from saccade.core import registry
from saccade.core.errors import DataError, RecipeError
from saccade.core.run import Run
from saccade.evaluation import Other
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.tables.table import Table
from saccade.tasks.anomaly_detection.detect_modality import is_table
from saccade.tasks.anomaly_detection.other_rows import own_or_other_rows
from saccade.tasks.classification.other_images import own_or_other_images


def own_or_other(
    run: Run, *, data: str, split: str = "", label: str = "", normal: str = "", quiet: bool = False
) -> tuple[ImageDataset | Table, Other | None]:
    """Return the run's own data in their splits, which have only moved; or others, and what to know of them.

    Other data come as the split "other", in the run's classes or columns, behind what is left of its own.

    Args:
        run: a trained run.
        data: where the data lie.
        split: of other images, the split of theirs that is to be scored; "" for all.
        label: of another table, the column of labels; "": called as in the run's own.
        normal: of others with anomalies, the label or class that is normal; "": as in the run's own.
        quiet: no progress bars.

    Raises:
        DataError: they cannot be read, are of another kind, or have no labels that the run knows.
        RecipeError: an option does not fit.
    """
    _refuse_other_kind(run, data)
    found: tuple[ImageDataset | Table, Other | None]
    if label and not run.of_table:
        raise RecipeError("--label is the column of labels of a table; images have their classes.")
    if run.of_table:
        found = own_or_other_rows(run, data, label=label, normal=normal, quiet=quiet)
    else:
        found = own_or_other_images(run, data, split=split, normal=normal, quiet=quiet)
    if run.of_table and split and found[1]:
        raise RecipeError("--split chooses a split of the run's own table; another one is scored as a whole.")
    asked = {"--label": label, "--normal": normal}
    if found[1] is None and any(asked.values()):
        given = " and ".join(option for option, value in asked.items() if value)
        raise RecipeError(f"{data} holds the run's own data, whose labels are known: leave {given} out.")
    return found


def _refuse_other_kind(run: Run, data: str) -> None:
    if data not in registry.names("data") and not Path(data).expanduser().exists():
        raise DataError(f"There is no file or folder {data}. Look for a typing error, or give the full path.")
    if run.of_table and not is_table(data):
        raise DataError(f"{data} is no table (CSV, Parquet or NPZ), but {run.path} was trained on the rows of one.")
    if not run.of_table and is_table(data):
        raise DataError(
            f"{data} is a table of rows, but {run.path} was trained on images. Expected a folder with a folder a "
            "class, an archive of one, or a table with the columns path and label."
        )
