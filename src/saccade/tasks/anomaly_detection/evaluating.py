"""Evaluate a run that looks for anomalies on one split of its data, or on other labelled data."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.backend import Model
from saccade.core.errors import RecipeError, RunError
from saccade.core.finding import Finding
from saccade.core.metric_value import MetricValue
from saccade.core.other_data import OTHER, Other
from saccade.core.run import Run
from saccade.evaluation import other_data as others
from saccade.evaluation import test_access_log
from saccade.evaluation.opening_split import OpenedSplit, open_split
from saccade.inference import Network, load_model
from saccade.modalities.tables.table import ANOMALY, NORMAL, TABLE_SPLITS, Table
from saccade.tasks import base
from saccade.tasks.anomaly_detection import evaluation_checks, identity_probe, measuring
from saccade.tasks.anomaly_detection.anomaly_scores import scores
from saccade.tasks.anomaly_detection.evaluation import Detection
from saccade.tasks.anomaly_detection.measuring import Prevalence
from saccade.tasks.anomaly_detection.metrics import alarm_share, rankings
from saccade.tasks.anomaly_detection.one_class_images import OneClassImages
from saccade.tasks.anomaly_detection.threshold import Threshold

if TYPE_CHECKING:  # it names this module
    from saccade.tasks.anomaly_detection.task import AnomalyDetection

Judged = Table | OneClassImages
Floats = NDArray[np.float64]


def evaluate(
    run: Run,
    *,
    split: str | None = None,
    prevalence: float | None = None,
    data: str | None = None,
    label: str = "",
    normal: str = "",
    model: Model = None,
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
    if prevalence is not None and not 0 < prevalence < 1:
        raise RunError(f"A prevalence is the share of anomalies, above 0 and below 1; found {prevalence:g}.")
    if data is None and (label or normal):
        raise RecipeError("--label and --normal are for other data: name them with --data.")
    opened: OpenedSplit[Judged] = open_split(
        run, split=split, data=data, quiet=quiet, known=TABLE_SPLITS, label=label, normal=normal
    )
    network = load_model(run) if model is None else model
    found_scores = _scores(network, opened.dataset, opened.rows)
    found = _measured(opened, network, found_scores, prevalence, quiet=quiet)
    if opened.other:
        return _on_other(run, opened.dataset, found, opened.other, found_scores, quiet=quiet)
    return _opened(run, network, opened.dataset, found, found_scores) if opened.split == "test" else found


def _measured(
    opened: OpenedSplit[Judged], network: Model, scores: Floats, prevalence: float | None, *, quiet: bool
) -> Detection:
    """Return how good the scores of a split are, beside those of simple detectors, and what makes that doubtful."""
    run, table, split, labels = opened.run, opened.dataset, opened.split, opened.dataset.labels[opened.rows]
    frozen = run.load(Threshold)  # chosen on the calibration split, before any test row was looked at
    share = measuring.prevalence(labels, labels if opened.other else table.labels, prevalence)
    # without training rows there is nothing to fit others to
    fitted = len(table.rows("train")) > 0
    others, probes = _task(run).others(run, network, table, split, quiet=quiet) if fitted else ({}, ())
    found = measuring.detection(
        split,
        labels,
        scores,
        prevalence=share,
        threshold=frozen.value if frozen else None,
        promised=frozen.false_alarms if frozen else None,
        others=others,
        probes=probes,
        noun=table.noun,
    )
    findings = (
        *evaluation_checks.worse_than_chance(found.roc_auc, split=split, advice=_task(run).instead(run)),
        *_evaluation_checks(table, split, share),
        *identity_probe.findings(probes, found.untrained),
    )
    return replace(found, findings=findings)


def _task(run: Run) -> "AnomalyDetection":
    """Return the task of the run, which knows what is of rows and what of images."""
    return cast("AnomalyDetection", base.for_run(run))


def _scores(network: Model, table: Judged, rows: NDArray[np.int64]) -> Floats:
    """Return the score of each row: the sum of its columns' (or pixels') contributions."""
    found = scores(Network(network), table.inputs, rows=rows)
    if not np.isfinite(found).all():
        raise RunError("The network answers with infinite numbers: its training diverged. Lower --learning-rate.")
    return found


def _evaluation_checks(table: Judged, split: str, share: Prevalence | None) -> Iterator[Finding]:
    """Yield what makes the numbers of a split doubtful."""
    rows, seen = table.rows(split), np.flatnonzero((table.splits == "train") | (table.splits == "validation"))
    labels = table.labels[rows]
    if split in ("train", "validation"):
        return
    if split == OTHER:  # what they share with the run's own, and their prevalence, is said of them already
        yield from evaluation_checks.few_anomalies(labels, split=split, noun=table.noun)
        return
    yield from evaluation_checks.duplicates(
        _flat(table, seen), _flat(table, rows), labels, split=split, noun=table.noun
    )
    if table.times is not None:
        yield from evaluation_checks.out_of_time(table.times[seen], table.times[rows], split=split)
    yield from evaluation_checks.few_anomalies(labels, split=split, noun=table.noun)
    if share:
        where = "in use, as stated," if share.source == "stated" else "in all of the data"
        yield from evaluation_checks.purged(
            float(np.mean(labels[labels >= 0])), share.share, split=split, where=where, noun=table.noun
        )


def _flat(table: Judged, rows: NDArray[np.int64]) -> Array:
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

    seen_in = partial(_task(run).seen_in, table, quiet=quiet)
    known = others.with_seen(other, table, ranked, seen_in=seen_in)
    threshold = run.load(Threshold)
    if threshold and (labels == ANOMALY).all():
        known = replace(known, recall=alarm_share(scores, threshold.value))
    found = replace(found, other_data=known)
    others.kept(run, found, _header(run), _predictions(run, table, OTHER, scores, {}))
    return found


def _opened(run: Run, network: Model, table: Judged, found: Detection, scores: Floats) -> Detection:
    """Record that the sealed test split was opened, and write everything that was seen; evaluation.json last."""
    seen = {"roc_auc": found.roc_auc, "average_precision": found.average_precision}
    values = {name: score and score.value for name, score in seen.items()}
    record = test_access_log.with_another(run, when=found.when, **values)
    found = replace(found, accesses=len(record))
    reasons = _task(run).reasons(run, network, table, scores)
    run.write_table("predictions", _header(run), _predictions(run, table, "test", scores, reasons))
    run.write_evaluation({**found.to_dict(), "accesses": record})
    return found


def _header(run: Run) -> tuple[str, ...]:
    return _task(run).row_header, "label", "score", "reasons"


def _predictions(
    run: Run, table: Judged, split: str, scores: Floats, reasons: Mapping[int, str]
) -> Iterator[tuple[int | str, str, str, str]]:
    """Yield (number in the source or name of the image, label, score, reasons) a row; none for what is usual."""
    rows = table.rows(split)
    names = {0: "normal", ANOMALY: "anomaly", -1: ""}
    columns = _task(run).row_names(table)[rows].tolist(), table.labels[rows].tolist(), scores.tolist()
    for place, (number, label, score) in enumerate(zip(*columns, strict=True)):
        yield number, names[label], repr(score), reasons.get(place, "")
