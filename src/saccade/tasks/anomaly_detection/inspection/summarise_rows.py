"""Run → RowsOverview: how its network scores and rebuilds calibration rows; the test split stays sealed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import Model, keras
from saccade.core.errors import RunError
from saccade.core.run import Run
from saccade.core.spaced_rows import spaced
from saccade.inspection.plan import Plan, plan
from saccade.inspection.summary import by_key
from saccade.modalities.tables.table import ANOMALY, Table
from saccade.models import autoencoders
from saccade.models.autoencoders import Feature
from saccade.tasks import base
from saccade.tasks.anomaly_detection.anomaly import scores_of
from saccade.tasks.anomaly_detection.inspection.reconstruction import Ends, find_ends, rebuilt_features
from saccade.tasks.anomaly_detection.inspection.rows_overview import ColumnOverview, FirstWeights, RowsOverview
from saccade.tasks.anomaly_detection.inspection.units import few_enough, find_units, values_of
from saccade.tasks.anomaly_detection.row_predictor import open_row_predictor

MOST_ROWS, MOST_VALUES = 50_000, 20_000_000
"""Rows whose scores are looked at, and values in them; more show nothing new."""

MOST_WEIGHTS = 200
"""Features, and units, of the first layer, up to which its weights are shown."""

Values = NDArray[np.float32]


def overview_of_rows(run: Run, model: Model, *, data: str | None = None, quiet: bool = False) -> RowsOverview:
    """Return what a run's network does over its calibration rows, or its validation rows where it has no others.

    Args:
        run: a trained run of a table.
        model: its network.
        data: where the data lie now, when they or the run have moved.
        quiet: no progress bars.

    Raises:
        RunError: there are no such rows, the data have changed, or the run has no threshold.
    """
    predictor = open_row_predictor(run, model=model)
    table = base.reload(run, data=data, quiet=quiet)
    split = next((split for split in ("calibration", "validation") if len(table.normal_rows(split))), "")
    if not split:
        raise RunError(
            f"{run.path} has neither calibration nor validation rows to look at; the test split stays sealed."
        )
    normal = _drawn(table, table.normal_rows(split))
    anomalies = _drawn(table, np.flatnonzero((table.splits == split) & (table.labels == ANOMALY)))
    network, features = plan(model), autoencoders.layout(table.schema)
    ends, reference = find_ends(network), few_enough(network, normal)
    values, added = values_of(network, reference), [predictor.contributions(rows) for rows in (normal, anomalies)]
    normal_scores, anomaly_scores = (scores_of(each) for each in added)
    every, scores = np.concatenate(added), np.concatenate([normal_scores, anomaly_scores])
    return RowsOverview(
        title=run.path.name,
        split=split,
        threshold=predictor.threshold,
        normal=normal_scores,
        anomalies=anomaly_scores,
        drawn_from=len(table.normal_rows(split)),
        columns=_columns(
            predictor.schema.names,
            added[0],
            every[predictor.threshold.is_alarm(scores)],
            _fits(ends, values, features, len(predictor.schema.columns)),
        ),
        ways=len(ends.rebuilt),
        layers=find_units(
            network, ends, values, summaries=by_key(model), features=features, columns=predictor.schema.names
        ),
        first=_first_weights(network, ends, features),
    )


def _drawn(table: Table, rows: NDArray[np.int64]) -> Values:
    """Return rows, evenly drawn where there are too many."""
    most = min(MOST_ROWS, max(1, MOST_VALUES // table.values.shape[1]))
    return np.asarray(table.values[spaced(rows, most)])


def _columns(
    names: Sequence[str], normal: Values, alarms: Values, fits: Sequence[float | None]
) -> tuple[ColumnOverview, ...]:
    of_normal = _shares(normal)
    of_alarms = _shares(alarms) if len(alarms) else [None] * len(names)
    return tuple(ColumnOverview(*each) for each in zip(names, of_normal, of_alarms, fits, strict=True))


def _shares(contributions: Values) -> list[float]:
    """Return each column's share of the rows' scores: the mean over the rows, each as important as another."""
    scores = scores_of(contributions)
    shares = contributions[scores > 0] / scores[scores > 0, None]
    return shares.mean(axis=0).tolist() if len(shares) else [0.0] * contributions.shape[1]


def _fits(ends: Ends, values: dict[int, Values], features: Sequence[Feature], columns: int) -> list[float | None]:
    """Return R² of each column over the rows: one minus what is left of its features' variance."""
    if not ends.rebuilt:
        return [None] * columns
    came = values[ends.features].astype(np.float64)
    left = np.square(came - rebuilt_features(values, ends).mean(axis=0)).sum(axis=0)
    spread = np.square(came - came.mean(axis=0)).sum(axis=0)
    owners = np.array([feature.column for feature in features])
    totals = [(left[owners == column].sum(), spread[owners == column].sum()) for column in range(columns)]
    return [float(1 - lost / total) if total > 0 else None for lost, total in totals]


def _first_weights(network: Plan, ends: Ends, features: Sequence[Feature]) -> FirstWeights | None:
    """Return the kernel of the first layer that weighs the features and is small enough to be seen."""
    same = {ends.features}
    for step in network.steps:
        if not same.isdisjoint(step.inputs):
            kernel = getattr(step.layer, "kernel", None)
            if kernel is not None and len(kernel.shape) == 2 and max(kernel.shape) <= MOST_WEIGHTS:
                names = tuple(feature.name for feature in features)
                return FirstWeights(step.name, names, np.asarray(keras.ops.convert_to_numpy(kernel), np.float32))
            if isinstance(step.layer, keras.layers.GaussianNoise | keras.layers.Dropout):
                same.update(step.outputs)
    return None
