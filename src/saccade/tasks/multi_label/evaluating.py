"""Evaluate a run of a multi-label classifier on one part of its data."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.dataset import SPLITS
from saccade.core.errors import RunError, unknown
from saccade.core.finding import Finding, worst_first
from saccade.core.metric_value import MetricValue, PerClass
from saccade.core.other_data import OTHER, Other
from saccade.core.run import Run
from saccade.evaluation import other_data as others
from saccade.evaluation import test_access_log
from saccade.inference import load_model
from saccade.modalities.images.data_identity import split_hash
from saccade.tasks import base
from saccade.tasks.multi_label import metrics
from saccade.tasks.multi_label.baseline_answers import baseline_answers
from saccade.tasks.multi_label.evaluation import Baseline, MultiLabelEvaluation
from saccade.tasks.multi_label.reading import JOINT
from saccade.tasks.multi_label.tagged_images import TaggedImages
from saccade.tasks.multi_label.threshold_fitting import answers as answers_of
from saccade.tasks.multi_label.threshold_fitting import fit_thresholds
from saccade.tasks.multi_label.thresholds import Thresholds, halves
from saccade.tasks.other_images import seen_in

Answers = NDArray[np.float32]
Truth = NDArray[np.uint8]


def evaluate(
    run: Run,
    *,
    split: str | None = None,
    data: str | None = None,
    label: str = "",
    model: Any = None,
    quiet: bool = True,
) -> MultiLabelEvaluation:
    """Return how good the labels of the run's network are on one part of its data, or on other labelled images.

    The test split is sealed: training never sees it. Its numbers are written into the run, and evaluation.json records
    each time it is opened; those of other splits are only returned. Those on data that are not the run's own are
    written beside it, into evaluations/.

    Args:
        run: a trained run.
        split: "test", or "validation" or "train"; None: "test". Of other data: a split of theirs; None: all of them.
        data: where the run's own data lie now, when they or the run have moved; or other data.
        label: of other data: the column of their labels, where it has another name.
        model: the network, when it is loaded already.
        quiet: no progress bars.

    Raises:
        DataError: the data cannot be read, or have none of the labels.
        RunError: the split is empty, the run's own data have changed, or there is no network.
    """
    if split not in (None, *SPLITS):
        raise unknown("split", split, SPLITS)
    dataset, other = _data(run, split, data, label, quiet=quiet)
    split = OTHER if other else split or "test"
    rows = dataset.rows(split)
    if not len(rows):
        raise RunError(f"There are no {split} images in this run. Train a new one with --{split} 0.15.")
    answers = answers_of(load_model(run) if model is None else model, dataset, rows)
    # of a run that was interrupted, say; what is left of changed data is no measure
    thresholds = run.load(Thresholds) or (None if other else fit_thresholds(run, dataset)) or halves(dataset.tags)
    given = (answers >= thresholds.values).astype(np.uint8)
    evaluation = _compute(dataset, split, answers, given, thresholds)
    if other:
        return _on_other(run, dataset, evaluation, other, answers, given, quiet=quiet)
    return _opened(run, dataset, evaluation, answers, given) if split == "test" else evaluation


def _data(
    run: Run, split: str | None, data: str | None, label: str, *, quiet: bool
) -> tuple[TaggedImages, Other | None]:
    if data is None:
        return base.reload(run, quiet=quiet), None
    return base.own_or_other(run, data=data, split=split or "", label=label, quiet=quiet)


def _compute(
    dataset: TaggedImages, split: str, answers: Answers, given: Truth, thresholds: Thresholds
) -> MultiLabelEvaluation:
    truth = dataset.of(split)
    score, per_label = metrics.mean_average_precision(truth, answers)
    found = {"mean_average_precision": score, "average_precision": per_label, **metrics.of_labels(truth, given)}
    baselines = _baselines(dataset, split, truth, answers)
    return MultiLabelEvaluation(
        split=split,
        images=len(truth),
        labels=dataset.tags,
        metrics={name: value for name, value in found.items() if isinstance(value, MetricValue)},
        per_label={name: value.scores for name, value in found.items() if isinstance(value, PerClass)},
        thresholds=tuple(thresholds.values.tolist()),
        baselines=baselines,
        findings=worst_first([*_on_the_prior(baselines), *_on_absent(dataset.tags, truth)]),
        when=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _baselines(dataset: TaggedImages, split: str, truth: Truth, answers: Answers) -> tuple[Baseline, ...]:
    made = [
        Baseline(name, metrics.mean_average_precision(truth, found)[0], metrics.difference(truth, found, answers))
        for name, found in baseline_answers(dataset, split).items()
    ]
    return tuple(sorted(made, key=lambda each: each.score.value or 0))


def _on_the_prior(baselines: tuple[Baseline, ...]) -> Iterator[Finding]:
    for each in baselines:
        if each.name == "prior" and not each.difference.is_positive:
            yield Finding(
                kind="no_better_than_the_shares",
                severity="severe",
                title="The network is no better than giving every image the share of each label in training.",
                advice="It has not learnt what the images say of their labels, or they say nothing: train longer, with "
                "another --learning-rate, or look at the images and their labels.",
                share=1.0,
                values=each.difference.to_dict(),
            )


def _on_absent(tags: tuple[str, ...], truth: Truth) -> Iterator[Finding]:
    absent = [tag for tag, count in zip(tags, truth.sum(axis=0).tolist(), strict=True) if not count]
    if absent:
        yield Finding(
            kind="labels_without_images",
            severity="note",
            title=f"No image of this split has {', '.join(repr(tag) for tag in absent)}: nothing is known of them.",
            share=len(absent) / len(tags),
            values={"labels": absent},
        )


def _on_other(
    run: Run,
    dataset: TaggedImages,
    evaluation: MultiLabelEvaluation,
    other: Other,
    answers: Answers,
    given: Truth,
    *,
    quiet: bool,
) -> MultiLabelEvaluation:
    """Write what was seen on other data beside the run's own evaluation, and leave the sealed test split alone."""
    truth = dataset.of(OTHER)

    def score(new: NDArray[np.bool_]) -> dict[str, MetricValue]:
        return {"mean_average_precision": metrics.mean_average_precision(truth[new], answers[new])[0]}

    known = others.with_seen(other, dataset, score, seen_in=partial(seen_in, dataset, quiet=quiet))
    evaluation = replace(evaluation, other_data=known)
    others.kept(run, evaluation, _header(dataset), _predictions(dataset, OTHER, answers, given))
    return evaluation


def _opened(
    run: Run, dataset: TaggedImages, evaluation: MultiLabelEvaluation, answers: Answers, given: Truth
) -> MultiLabelEvaluation:
    """Record that the sealed test split was opened, and write everything that was seen; evaluation.json last."""
    seen = {name: score.value for name, score in evaluation.metrics.items()}
    record = test_access_log.with_another(run, when=evaluation.when, metrics=list(seen), **seen)
    evaluation = replace(evaluation, accesses=len(record))
    run.write_table("predictions", _header(dataset), _predictions(dataset, "test", answers, given))
    run.write_table("per_label", *evaluation.per_label_table())
    run.write_evaluation({**evaluation.to_dict(), "accesses": record, "split_hash": split_hash(dataset, "test")})
    return evaluation


def _header(dataset: TaggedImages) -> tuple[str, ...]:
    return "name", "true", "predicted", *(f"p_{tag}" for tag in dataset.tags)


def _predictions(dataset: TaggedImages, split: str, answers: Answers, given: Truth) -> Iterator[tuple[str, ...]]:
    """Yield (name, true labels, given ones, the probability of each) an image."""
    rows = zip(dataset.rows(split).tolist(), dataset.of(split), given, answers.tolist(), strict=True)
    for row, true, labels, probabilities in rows:
        both = (JOINT.join(np.array(dataset.tags)[each == 1].tolist()) for each in (true, labels))
        yield str(dataset.names[row]), *both, *(f"{probability:.6f}" for probability in probabilities)
