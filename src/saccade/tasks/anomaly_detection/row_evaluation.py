"""What an evaluation asks of rows alone: simple detectors, probes, reasons, and which rows the run has seen."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from saccade.core import registry
from saccade.core.backend import Model
from saccade.core.other_data import OTHER
from saccade.core.run import Run
from saccade.inference import probabilities
from saccade.modalities.tables.streaming import Batch
from saccade.modalities.tables.table import ANOMALY, Table
from saccade.models import autoencoders
from saccade.tasks.anomaly_detection import identity_probe, measuring
from saccade.tasks.anomaly_detection.anomaly import scores_of
from saccade.tasks.anomaly_detection.evaluation import Probe
from saccade.tasks.anomaly_detection.evaluation_checks import same_rows
from saccade.tasks.anomaly_detection.measuring import UNTRAINED, Scored
from saccade.tasks.anomaly_detection.row_predictor import open_row_predictor
from saccade.tasks.anomaly_detection.threshold import Threshold

MOST_EXPLAINED = 10_000
"""Alarms, the highest, and anomalies, the lowest, whose reasons are written."""

Floats = NDArray[np.float64]
Features = NDArray[np.float32]


def instead(run: Run) -> str:
    """Return what to try where the network of a run is worse than chance."""
    return (
        "Anomalies are more usual to it than normal rows. Use the best of the simple detectors beside it, a smaller "
        "code, or labels that say which are normal (--normal)."
    )


def row_names(table: Table) -> NDArray[np.int64]:
    """Return the number of each row in its source, (n,)."""
    return table.numbers


def others(
    run: Run, network: Model, table: Table, split: str, *, quiet: bool
) -> tuple[dict[str, Scored], tuple[Probe, ...]]:
    """Return what simple detectors and the untrained network say of a split, and how both networks take probes."""
    featurizer, core = autoencoders.featurizer(network), network.get_layer(autoencoders.CORE)
    training, asked, unseen = (
        probabilities(featurizer, table.values, rows=rows)
        for rows in (table.rows("train"), table.rows(split), _unseen(table, split))
    )
    seed, fresh = run.recipe.seed, identity_probe.fresh(core, seed=run.recipe.seed)
    found = measuring.simple_detectors(training, asked, seed=seed, quiet=quiet)
    found[UNTRAINED] = Scored(_core_scores(fresh, asked))
    trained, untrained = partial(_core_scores, core), partial(_core_scores, fresh)
    squared = _squared(run)
    return found, identity_probe.probes(trained, training, unseen, untrained=untrained, squared=squared, seed=seed)


def _core_scores(core: Model, features: Features) -> Floats:
    return scores_of(probabilities(core, features))


def _squared(run: Run) -> bool:
    """Say whether the architecture's errors are squared differences, as they are unless it says otherwise."""
    return bool(getattr(registry.load("autoencoders", run.recipe.model.name), "SQUARED", True))


def _unseen(table: Table, split: str) -> NDArray[np.int64]:
    """Return normal rows that were not trained on: of the split, else of any other, and where there are none, all."""
    places = (table.splits == split) & (table.splits != "train"), table.splits != "train", table.splits == "train"
    return next(rows for place in places if len(rows := np.flatnonzero(place & (table.labels != ANOMALY))))


def reasons(run: Run, network: Model, table: Table, scores: Floats) -> dict[int, str]:
    """Return which columns make up the score of the highest alarms and of anomalies, by their place in the split."""
    threshold = run.load(Threshold)
    if threshold is None:
        return {}
    predictor = open_row_predictor(run, model=network)
    rows = table.rows("test")
    falling = np.argsort(-scores, kind="stable")
    alarms, anomalies = scores[falling] > threshold.value, table.labels[rows[falling]] == ANOMALY
    chosen = np.union1d(falling[alarms][:MOST_EXPLAINED], falling[anomalies][-MOST_EXPLAINED:])
    asked = Batch(table.values[rows[chosen]], table.numbers[rows[chosen]], labels=None, times=None)
    explained = predictor.explained(predictor.scored(asked)) if len(chosen) else ()
    words = ("; ".join(map(str, each.reasons)) for each in explained)
    return dict(zip(chosen.tolist(), words, strict=True))


def seen_in(table: Table, splits: Sequence[str], *, quiet: bool = True) -> dict[str, NDArray[np.bool_]]:
    """Return for each split whether each row of the other data, (n,), has the same values as one in it."""
    asked = table.values[table.rows(OTHER)]
    return {split: same_rows(asked, table.values[table.rows(split)]) for split in splits}
