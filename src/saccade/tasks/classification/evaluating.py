"""Evaluate a run on one part of its data."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core import registry
from saccade.core.backend import Model
from saccade.core.charts import draw_confusion
from saccade.core.errors import RunError
from saccade.core.metric_value import MetricValue, Value
from saccade.core.other_data import OTHER, Other
from saccade.core.run import Run
from saccade.evaluation import other_data as others
from saccade.evaluation import test_access_log
from saccade.evaluation.opening_split import OpenedSplit, open_split
from saccade.modalities.images import audit
from saccade.modalities.images.data_identity import split_hash
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.classification import baseline_scores, model_selection_bias
from saccade.tasks.classification.calibration import Calibration, calibrated
from saccade.tasks.classification.calibration_fitting import calibrate
from saccade.tasks.classification.comparisons import Abstention, Baseline, Refusals, WithoutDuplicates
from saccade.tasks.classification.evaluation import Evaluation, most_confused
from saccade.tasks.classification.predictor import open_predictor
from saccade.tasks.classification.run_comparison import difference
from saccade.tasks.image_evaluating import finite, now
from saccade.tasks.other_images import seen_in
from saccade.tasks.pretrained_training import look_alike_vectors

PROMISES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
"""Shares of wrong answers for which an evaluation says what abstaining costs."""

PREDICTED = ("name", "true", "predicted", "probability")
"""The columns of predictions.csv."""

LEAST_CLASSES = 2
"""Of which a classifier can be trained."""

MOST_DRAWN = 200
"""Classes in confusion.png: of more, those with the most mistakes."""

Answers = NDArray[np.float32]


def evaluate(
    run: Run,
    *,
    split: str | None = None,
    data: str | None = None,
    model: Model = None,
    without_duplicates: bool = False,
    quiet: bool = True,
) -> Evaluation:
    """Return how good the run's network is on one part of its data, or on other labelled data.

    The test split is sealed: training never sees it. Its numbers are written into the run, and evaluation.json records
    each time it is opened; those of other splits are only returned, so that no one takes them for the test's. Those on
    data that are not the run's own are written beside it, into evaluations/, and leave the test split sealed.

    Args:
        run: a trained run.
        split: "test", or "validation" or "train" to look for overfitting; None: "test". Of other data: a split of
            theirs; None: all of them.
        data: where the run's own data lie now, when they or the run have moved; or other data.
        model: the network, when it is loaded already.
        without_duplicates: also score the images alone that have no duplicate in another split.
        quiet: no progress bars.

    Raises:
        DataError: the data cannot be read, or have no classes that the network knows.
        RunError: the split is empty, the run's own data have changed, or there is no network.
    """
    opened: OpenedSplit[ImageDataset] = open_split(run, split=split, data=data, quiet=quiet)
    dataset, rows = opened.dataset, opened.rows
    if run.load(Calibration) is None and not opened.other:
        calibrate(run, dataset)  # a run that was interrupted; what is left of changed data is not to be calibrated by
    predictor = open_predictor(run, model=model)
    answers, novelties = predictor.split_columns(finite(predictor.answers(dataset.images, rows=rows)))
    evaluation = _compute(dataset, opened.split, answers, quiet=quiet)
    if predictor.calibration:
        evaluation = _with_calibration(evaluation, predictor.calibration, dataset.labels[rows], answers)
    if predictor.novelty and predictor.novelty.decides:
        refused = _accuracy(predictor.novelty.refused(novelties))
        evaluation = replace(evaluation, refusals=Refusals(refused, predictor.novelty.rate))
    if opened.other:
        return _on_other(run, dataset, evaluation, opened.other, answers, quiet=quiet)
    if without_duplicates:
        known = replace(dataset, vectors=look_alike_vectors(run.recipe, dataset, quiet=quiet))
        left_out = _without_duplicates(known, opened.split, answers, quiet=quiet)
        evaluation = replace(evaluation, without_duplicates=left_out)
    return _opened(run, dataset, evaluation, answers) if opened.split == "test" else evaluation


def _compute(dataset: ImageDataset, split: str, answers: Answers, *, quiet: bool) -> Evaluation:
    labels = dataset.labels[dataset.rows(split)]
    return Evaluation(
        split=split,
        images=len(labels),
        classes=dataset.classes,
        metrics=_metrics(labels, answers),
        baselines=_baselines(dataset, split, answers.argmax(axis=1) == labels, quiet=quiet),
        when=now(),
    )


def _metrics(labels: NDArray[np.int64], answers: Answers) -> dict[str, Value]:
    """Compute every file of `metrics/`: a new one needs no change here."""
    return {name: registry.load("metrics", name).compute(labels, answers) for name in registry.names("metrics")}


def _baselines(dataset: ImageDataset, split: str, right: NDArray[np.bool_], *, quiet: bool) -> tuple[Baseline, ...]:
    """Score every file of `baselines/`, the weakest first; none where there is nothing to train them on."""
    if len(np.unique(dataset.labels[dataset.rows("train")])) < LEAST_CLASSES:
        return ()
    found = baseline_scores.answers(dataset, split, quiet=quiet)
    labels = dataset.labels[dataset.rows(split)]
    scored = [
        Baseline(
            name=name,
            accuracy=_accuracy(predicted == labels),
            difference=difference(predicted == labels, right),
            trained_on=found.trained_on,
            says=dataset.classes[predicted[0]] if name == "majority_class" else "",
        )
        for name, predicted in found.predicted.items()
    ]
    return tuple(sorted(scored, key=lambda each: each.accuracy.value or 0))


def _accuracy(right: NDArray[np.bool_]) -> MetricValue:
    """Return the share of right answers with its interval, by the metric of that name."""
    answers = np.stack([right, ~right], axis=1).astype(np.float32)
    score = registry.load("metrics", "accuracy").compute(np.zeros(len(right), np.int64), answers)
    assert isinstance(score, MetricValue)
    return score


def _with_calibration(
    evaluation: Evaluation, calibration: Calibration, labels: NDArray[np.int64], answers: Answers
) -> Evaluation:
    """Add what calibration changed, and what abstaining at its thresholds gives."""
    names, raw = ("loss", "calibration_error"), calibrated(answers, 1 / calibration.temperature)
    return replace(
        evaluation,
        calibration=calibration,
        uncorrected={name: registry.load("metrics", name).compute(labels, raw) for name in names},
        chance_error=registry.load("metrics", "calibration_error").by_chance(labels, answers),
        abstentions=tuple(_abstentions(calibration, labels, answers)),
    )


def _abstentions(calibration: Calibration, labels: NDArray[np.int64], answers: Answers) -> Iterator[Abstention]:
    wrong, sure = answers.argmax(axis=1) != labels, answers.max(axis=1)
    for promised in PROMISES:
        if all(level.error_bound > promised for level in calibration.levels):
            continue
        level = calibration.level(promised)
        answered = sure >= level.threshold
        error = _accuracy(wrong[answered]) if answered.any() else MetricValue(None)
        yield Abstention(promised, level.threshold, float(answered.mean()), error)
        if level.threshold == 0:
            return  # everything is answered already: a larger error promises nothing more


def _without_duplicates(dataset: ImageDataset, split: str, answers: Answers, *, quiet: bool) -> WithoutDuplicates:
    groups = audit.near_duplicate_groups(dataset.images, vectors=dataset.vectors, quiet=quiet)
    rows = dataset.rows(split)
    elsewhere = (dataset.splits != split) & (dataset.splits != "")  # what was left out is in no split
    leaked = np.isin(groups[rows], groups[elsewhere])
    if leaked.all():
        raise RunError(f"Every {split} image has a duplicate in another split, so nothing is left to score.")
    right = answers.argmax(axis=1) == dataset.labels[rows]
    return WithoutDuplicates(int(leaked.sum()), _accuracy(right[~leaked]))


def _on_other(
    run: Run, dataset: ImageDataset, evaluation: Evaluation, other: Other, answers: Answers, *, quiet: bool
) -> Evaluation:
    """Write what was seen on other data beside the run's own evaluation, and leave the sealed test split alone."""
    rows = dataset.rows(OTHER)
    labels = dataset.labels[rows]
    right = answers.argmax(axis=1) == labels
    metrics = {**evaluation.metrics, "macro_f1": registry.load("metrics", "macro_f1").of_present(labels, answers)}
    seen = partial(seen_in, dataset, quiet=quiet)
    known = others.with_seen(other, dataset, lambda new: {"accuracy": _accuracy(right[new])}, seen_in=seen)
    evaluation = replace(evaluation, metrics=metrics, other_data=known)
    others.kept(run, evaluation, PREDICTED, _predictions(dataset, rows, answers))
    return evaluation


def _opened(run: Run, dataset: ImageDataset, evaluation: Evaluation, answers: Answers) -> Evaluation:
    """Record that the sealed test split was opened, and write everything that was seen."""
    rows, identity = dataset.rows("test"), split_hash(dataset, "test")
    others = test_access_log.siblings(run, identity)
    accuracy = evaluation.accuracy.value
    assert accuracy is not None
    metrics = list(evaluation.metrics)
    record = test_access_log.with_another(run, when=evaluation.when, metrics=metrics, accuracy=accuracy)
    evaluation = replace(
        evaluation,
        accesses=len(record),
        selection=model_selection_bias.selection(run, answers.argmax(axis=1) == dataset.labels[rows], others),
        spread=model_selection_bias.spread(run, accuracy, others),
    )
    content = {**evaluation.to_dict(), "accesses": record, "split_hash": identity}
    _write(run, evaluation, content, _predictions(dataset, rows, answers))
    return evaluation


def _predictions(
    dataset: ImageDataset, rows: NDArray[np.int64], answers: NDArray[np.float32]
) -> Iterator[tuple[str, str, str, str]]:
    """Yield (name, true class, predicted class, its probability) an image."""
    best = answers.argmax(axis=1)
    chosen = answers[np.arange(len(best)), best].tolist()
    for row, predicted, probability in zip(rows.tolist(), best.tolist(), chosen, strict=True):
        true = dataset.classes[dataset.labels[row]]
        yield str(dataset.names[row]), true, dataset.classes[predicted], f"{probability:.6f}"


def _write(run: Run, evaluation: Evaluation, content: dict[str, Any], predictions: Any) -> None:
    """Write tables and image first, evaluation.json last: where it is, all is."""
    run.write_table("predictions", PREDICTED, predictions)
    run.write_table("per_class", *evaluation.per_class_table())
    run.write_table("confusion", *evaluation.confusion_table())
    drawn = most_confused(evaluation, MOST_DRAWN)
    figure = draw_confusion(evaluation.confusion_of(drawn), [evaluation.classes[each] for each in drawn])

    def save(path: Path) -> None:
        figure.savefig(path, dpi=150, format="png")

    run.save_image("confusion", save)
    run.write_evaluation(content)
