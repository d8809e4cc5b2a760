"""Evaluate a run that looks for anomalies on one part of its table or images."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core import registry
from saccade.core.errors import RecipeError, RunError, unknown
from saccade.core.finding import Finding
from saccade.core.metric_value import MetricValue
from saccade.core.run import Run
from saccade.evaluation import OTHER, Detection, Other, Probe, test_access_log
from saccade.evaluation import other_data as others
from saccade.inference import Network, load_model, probabilities
from saccade.modalities.tables.streaming import Batch
from saccade.modalities.tables.table import ANOMALY, NORMAL, TABLE_SPLITS, Table
from saccade.models import autoencoders
from saccade.tasks import base
from saccade.tasks.anomaly_detection import evaluation_checks, identity_probe, image_baselines, scoring
from saccade.tasks.anomaly_detection.anomaly import scores_of
from saccade.tasks.anomaly_detection.metrics import alarm_share, rankings
from saccade.tasks.anomaly_detection.network_scores import scores
from saccade.tasks.anomaly_detection.one_class_images import OneClassImages
from saccade.tasks.anomaly_detection.row_predictor import open_row_predictor
from saccade.tasks.anomaly_detection.scoring import UNTRAINED, Prevalence, Scored

Judged = Table | OneClassImages
Floats = NDArray[np.float64]
Features = NDArray[np.float32]

MOST_EXPLAINED = 10_000
"""Alarms, the highest, and anomalies, the lowest, whose reasons are written."""


def evaluate_table(
    run: Run,
    *,
    split: str | None = None,
    prevalence: float | None = None,
    data: str | None = None,
    label: str = "",
    normal: str = "",
    model: Any = None,
    quiet: bool = True,
) -> Detection:
    """Return how well the run's network finds anomalies in one part of its table or images, or in other data.

    The test split is sealed: training never sees it. Its numbers are written into the run, and evaluation.json records
    each time it is opened; those of other splits are only returned. Those on data that are not the run's own are
    written beside it, into evaluations/, and leave the test split sealed.

    Args:
        run: a trained run of the task anomaly_detection.
        split: "test", or another; None: "test". Of other images: a split of theirs; None: all of them.
        prevalence: the share of anomalies that the numbers speak of; None: that of all data.
        data: where the run's own data lie now, when they or the run have moved; or other data with labels.
        label: the column of labels of another table; "": called as in the run's own.
        normal: of other data, the label or class that is normal; "": as in the run's own.
        model: the network, when it is loaded already.
        quiet: no progress bars.

    Raises:
        DataError: the data cannot be read, or have no labels.
        RecipeError: `label` or `normal` without other data.
        RunError: the split is empty, the run's own data have changed, or there is no network.
    """
    if split not in (None, *TABLE_SPLITS):
        raise unknown("split", split, TABLE_SPLITS)
    if prevalence is not None and not 0 < prevalence < 1:
        raise RunError(f"A prevalence is the share of anomalies, above 0 and below 1; found {prevalence:g}.")
    table, other = _data(run, split, data, label=label, normal=normal, quiet=quiet)
    split = OTHER if other else split or "test"
    rows = table.rows(split)
    if not len(rows):
        raise RunError(f"There are no {split} rows or images in this run. Train a new one with --{split} 0.15.")
    network = load_model(run) if model is None else model
    found_scores = _scores(network, table, rows)
    frozen = run.threshold  # chosen on the calibration split, before any test row was looked at
    share = scoring.prevalence(table.labels[rows], table.labels[rows] if other else table.labels, prevalence)
    others, probes = _others(run, network, table, split, quiet=quiet)
    found = scoring.detection(
        split,
        table.labels[rows],
        found_scores,
        prevalence=share,
        threshold=frozen.value if frozen else None,
        promised=frozen.false_alarms if frozen else None,
        others=others,
        probes=probes,
    )
    findings = (*_evaluation_checks(table, split, share), *identity_probe.findings(probes, found.untrained))
    found = replace(found, findings=findings)
    if other:
        return _on_other(run, table, found, other, found_scores, quiet=quiet)
    return _opened(run, network, table, found, found_scores) if split == "test" else found


def _data(
    run: Run, split: str | None, data: str | None, *, label: str, normal: str, quiet: bool
) -> tuple[Judged, Other | None]:
    if data is None:
        if label or normal:
            raise RecipeError("--label and --normal are for other data: name them with --data.")
        return base.reload(run, quiet=quiet), None
    found, other = base.own_or_other(run, data=data, split=split or "", label=label, normal=normal, quiet=quiet)
    assert isinstance(found, Judged)
    return found, other


def _others(
    run: Run, network: Any, table: Judged, split: str, *, quiet: bool
) -> tuple[dict[str, Scored], tuple[Probe, ...]]:
    """Return what simple detectors and the untrained network say of a split, and how both networks take probes.

    Images are not probed: what is far away in a column has a meaning, and random pixels have none. Where no training
    rows are to be had, nothing is said.
    """
    if not len(table.rows("train")):
        return {}, ()
    if isinstance(table, OneClassImages):
        return image_baselines.others(network, table, split, seed=run.recipe.seed, quiet=quiet), ()
    featurizer, core = autoencoders.featurizer(network), network.get_layer(autoencoders.CORE)
    training, asked, unseen = (
        probabilities(featurizer, table.values, rows=rows)
        for rows in (table.rows("train"), table.rows(split), _unseen(table, split))
    )
    seed, fresh = run.recipe.seed, identity_probe.fresh(core, seed=run.recipe.seed)
    others = scoring.simple_detectors(training, asked, seed=seed, quiet=quiet)
    others[UNTRAINED] = Scored(_core_scores(fresh, asked))
    trained, untrained = partial(_core_scores, core), partial(_core_scores, fresh)
    squared = _squared(run)
    return others, identity_probe.probes(trained, training, unseen, untrained=untrained, squared=squared, seed=seed)


def _scores(network: Any, table: Judged, rows: NDArray[np.int64]) -> Floats:
    """Return the score of each row: the sum of its columns' (or pixels') contributions."""
    found = scores(Network(network), table.inputs, rows=rows)
    if not np.isfinite(found).all():
        raise RunError("The network answers with infinite numbers: its training diverged. Lower --learning-rate.")
    return found


def _core_scores(core: Any, features: Features) -> Floats:
    return scores_of(probabilities(core, features))


def _squared(run: Run) -> bool:
    """Say whether the architecture's errors are squared differences, as they are unless it says otherwise."""
    return bool(getattr(registry.load("autoencoders", run.recipe.model.name), "SQUARED", True))


def _unseen(table: Table, split: str) -> NDArray[np.int64]:
    """Return normal rows that were not trained on: of the split, else of any other, and where there are none, all."""
    places = (table.splits == split) & (table.splits != "train"), table.splits != "train", table.splits == "train"
    return next(rows for place in places if len(rows := np.flatnonzero(place & (table.labels != ANOMALY))))


def _evaluation_checks(table: Judged, split: str, share: Prevalence | None) -> Iterator[Finding]:
    """Yield what makes the numbers of a split doubtful."""
    rows, seen = table.rows(split), np.flatnonzero((table.splits == "train") | (table.splits == "validation"))
    labels = table.labels[rows]
    if split in ("train", "validation"):
        return
    if split == OTHER:  # what they share with the run's own, and their prevalence, is said of them already
        yield from evaluation_checks.few_anomalies(labels, split=split)
        return
    yield from evaluation_checks.duplicates(_flat(table, seen), _flat(table, rows), labels, split=split)
    if table.times is not None:
        yield from evaluation_checks.out_of_time(table.times[seen], table.times[rows], split=split)
    yield from evaluation_checks.few_anomalies(labels, split=split)
    if share:
        where = "in use, as stated," if share.source == "stated" else "in the whole table"
        yield from evaluation_checks.purged(float(np.mean(labels[labels >= 0])), share.share, split=split, where=where)


def _flat(table: Judged, rows: NDArray[np.int64]) -> NDArray[Any]:
    """Return what the network takes of some rows, one after the other, (n, w)."""
    chosen = table.inputs[rows]
    return chosen.reshape(len(chosen), -1)


def _on_other(run: Run, table: Judged, found: Detection, other: Other, scores: Floats, *, quiet: bool) -> Detection:
    """Write what was seen on other data beside the run's own evaluation, and leave the sealed test split alone."""
    labels = table.labels[table.rows(OTHER)]

    def ranked(new: NDArray[np.bool_]) -> dict[str, MetricValue]:
        chosen = new & (labels >= 0)
        if len(np.unique(labels[chosen])) < len((NORMAL, ANOMALY)):
            return {}
        network = rankings(labels[chosen], {"network": scores[chosen]}, prevalence=found.prevalence)["network"]
        return {"roc_auc": network.roc_auc, "average_precision": network.average_precision}

    known = others.with_seen(other, table, ranked, quiet=quiet)
    if run.threshold and (labels == ANOMALY).all():
        known = replace(known, recall=alarm_share(scores, run.threshold.value))
    found = replace(found, other_data=known)
    others.kept(run, found, _header(table), _predictions(table, OTHER, scores, {}))
    return found


def _opened(run: Run, network: Any, table: Judged, found: Detection, scores: Floats) -> Detection:
    """Record that the sealed test split was opened, and write everything that was seen; evaluation.json last."""
    seen = {"roc_auc": found.roc_auc, "average_precision": found.average_precision}
    values = {name: score and score.value for name, score in seen.items()}
    record = test_access_log.with_another(run, when=found.when, **values)
    found = replace(found, accesses=len(record))
    reasons = _reasons(run, network, table, scores) if isinstance(table, Table) else {}
    run.write_table("predictions", _header(table), _predictions(table, "test", scores, reasons))
    run.write_evaluation({**found.to_dict(), "accesses": record})
    return found


def _reasons(run: Run, network: Any, table: Table, scores: Floats) -> dict[int, str]:
    """Return which columns make up the score of the highest alarms and of anomalies, by their place in the split."""
    if run.threshold is None:
        return {}
    predictor, rows = open_row_predictor(run, model=network), table.rows("test")
    falling = np.argsort(-scores, kind="stable")
    alarms, anomalies = scores[falling] > run.threshold.value, table.labels[rows[falling]] == ANOMALY
    chosen = np.union1d(falling[alarms][:MOST_EXPLAINED], falling[anomalies][-MOST_EXPLAINED:])
    asked = Batch(table.values[rows[chosen]], table.numbers[rows[chosen]], labels=None, times=None)
    explained = predictor.explained(predictor.scored(asked)) if len(chosen) else ()
    words = ("; ".join(map(str, each.reasons)) for each in explained)
    return dict(zip(chosen.tolist(), words, strict=True))


def _header(table: Judged) -> tuple[str, ...]:
    return "row" if isinstance(table, Table) else "name", "label", "score", "reasons"


def _predictions(
    table: Judged, split: str, scores: Floats, reasons: Mapping[int, str]
) -> Iterator[tuple[int | str, str, str, str]]:
    """Yield (number in the source or name of the image, label, score, reasons) a row; none for what is usual."""
    rows = table.rows(split)
    names = {0: "normal", ANOMALY: "anomaly", -1: ""}
    called = table.numbers if isinstance(table, Table) else table.names
    columns = called[rows].tolist(), table.labels[rows].tolist(), scores.tolist()
    for place, (number, label, score) in enumerate(zip(*columns, strict=True)):
        yield number, names[label], repr(score), reasons.get(place, "")
