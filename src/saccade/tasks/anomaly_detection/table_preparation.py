"""Tables: recipe → Table with its splits and a schema fitted on the training rows."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from saccade.core.errors import DataError, RecipeError
from saccade.core.resolve_defaults import epochs, lasting
from saccade.core.run import Run
from saccade.modalities.images.settings import Augment
from saccade.modalities.tables.datetime_formats import are_dates
from saccade.modalities.tables.fitting import fit_schema
from saccade.modalities.tables.reading import load_table
from saccade.modalities.tables.schema import Schema
from saccade.modalities.tables.table import Table
from saccade.tasks.anomaly_detection.network_choice import refuse_unfit_network
from saccade.tasks.anomaly_detection.settings import AnomalyDetectionRecipe
from saccade.tasks.anomaly_detection.splitting import split_table
from saccade.tasks.reloading import in_their_splits, unchanged

LEAST_ROWS = 20
"""Training rows: fewer say nothing of what is usual."""


def prepare(recipe: AnomalyDetectionRecipe, *, quiet: bool = False) -> tuple[AnomalyDetectionRecipe, Table]:
    """Return the table, split into splits, and the recipe with every open setting filled in.

    Raises:
        DataError: the data cannot be used, or nothing is left to train on.
        RecipeError: a setting cannot work with these data.
    """
    refuse_unfit_network(recipe, "tables")
    if recipe.augment != Augment():
        raise RecipeError("augment changes images, and these data are a table: leave it out.")
    if not Path(recipe.data).expanduser().exists():
        raise DataError(f"There is no file {recipe.data}. Say where the table is: --data FILE")
    table = _load(recipe, quiet=quiet)
    if table.skipped_count > len(table):
        raise DataError(
            f"{table.skipped_count:,} of {len(table) + table.skipped_count:,} rows of {table.source} cannot be read; "
            f"the first: {table.skipped_items[0].name}: {table.skipped_items[0].reason} Repair the file, or say what "
            "its columns are: columns.NAME=category."
        )
    table = split_table(
        table,
        split=recipe.split,
        validation=recipe.validation,
        calibration=recipe.calibration,
        test=recipe.test,
        seed=recipe.split_seed,
    )
    table = fit_schema(table)
    if len(table.rows("train")) < LEAST_ROWS:
        raise DataError(
            f"{len(table.rows('train'))} rows are left to train on in {table.source}; {LEAST_ROWS} are the least that "
            "say what is usual. Take more rows, or lower --validation, --calibration or --test."
        )
    if recipe.early_stopping and not len(table.rows("validation")):
        raise RecipeError("early_stopping needs validation rows to look at: raise --validation, or leave it out.")
    return recipe.changed(data=lasting(recipe.data), epochs=epochs(recipe, table)), table


def reload(run: Run, *, data: str | None = None, quiet: bool = False) -> Table:
    """Return the table of a run, split and encoded exactly as when it was trained.

    Raises:
        DataError: the data are no longer there.
        RunError: the data are not what they were.
    """
    table = unchanged(run, partial(_load, quiet=quiet, kept=_dates_as_categories(run)), data=data)
    return fit_schema(in_their_splits(run, table, table.numbers.astype(np.str_).tolist()))


def _dates_as_categories(run: Run) -> dict[str, str]:
    """Return the columns of dates that a run took for categories, as runs did before dates were left out."""
    columns = Schema.from_dict(run.data["schema"]).columns
    return {each.name: "category" for each in columns if each.kind == "category" and are_dates(each.categories)}


def _load(recipe: AnomalyDetectionRecipe, *, quiet: bool, kept: Mapping[str, str] | None = None) -> Table:
    try:
        return load_table(
            recipe.data,
            label=recipe.label,
            normal=recipe.normal,
            time=recipe.time,
            time_format=recipe.time_format,
            columns={**(kept or {}), **recipe.columns},
            header=recipe.header,
            quiet=quiet,
        )
    except DataError as error:
        # what a person asked for themselves needs no word on where it comes from
        preset = [name for name in ("label", "time") if name not in recipe.asked]
        named = [name for name in preset if f"'{getattr(recipe, name)}'" in str(error)]
        if not named:
            raise
        raise DataError(
            f"{error} It is the {named[0]} of the recipe '{recipe.name}': --{named[0]} names another column, "
            f"{named[0]}= stands for none."
        ) from error
