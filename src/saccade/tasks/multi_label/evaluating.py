"""Evaluate a run of a multi-label classifier on one part of its data."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import Model
from saccade.core.finding import Finding, worst_first
from saccade.core.metric_value import MetricValue, PerClass
from saccade.core.run import Run
from saccade.evaluation.opening_split import OpenedSplit, open_split
from saccade.inference import load_model
from saccade.tasks.image_evaluating import answers, keep, now
from saccade.tasks.multi_label import metrics
from saccade.tasks.multi_label.baseline_answers import baseline_answers
from saccade.tasks.multi_label.evaluation import Baseline, MultiLabelEvaluation
from saccade.tasks.multi_label.reading import JOINT
from saccade.tasks.multi_label.tagged_images import TaggedImages
from saccade.tasks.multi_label.threshold_fitting import fit_thresholds
from saccade.tasks.multi_label.thresholds import Thresholds, halves

Answers = NDArray[np.float32]
Truth = NDArray[np.uint8]


def evaluate(
    run: Run,
    *,
    split: str | None = None,
    data: str | None = None,
    label: str = "",
    model: Model = None,
    quiet: bool = True,
) -> MultiLabelEvaluation:
    """Return how good the labels of the run's network are on one part of its data, or on other labelled images.

    What is written and when, arguments and errors are those of `Task.evaluate`; `label` names the column of the labels
    of other data, where it is called otherwise than in the run's.
    """
    opened: OpenedSplit[TaggedImages] = open_split(run, split=split, data=data, quiet=quiet, label=label)
    dataset = opened.dataset
    found = answers(load_model(run) if model is None else model, dataset, opened.rows)
    # of a run that was interrupted, say; what is left of changed data is no measure
    fitted = run.load(Thresholds) or (None if opened.other else fit_thresholds(run, dataset))
    thresholds = fitted or halves(dataset.tags)
    given, truth = (found >= thresholds.values).astype(np.uint8), dataset.of(opened.split)
    evaluation = _compute(dataset, opened.split, found, given, thresholds)
    return keep(
        opened,
        evaluation,
        (("name", "true", "predicted", *(f"p_{tag}" for tag in dataset.tags)), _predictions(opened, found, given)),
        score=lambda new: {"mean_average_precision": metrics.mean_average_precision(truth[new], found[new])[0]},
        seen={name: score.value for name, score in evaluation.metrics.items()},
        write=lambda made: run.write_table("per_label", *made.per_label_table()),
        quiet=quiet,
    )


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
        when=now(),
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


def _predictions(opened: OpenedSplit[TaggedImages], answers: Answers, given: Truth) -> Iterator[tuple[str, ...]]:
    """Yield (name, true labels, given ones, the probability of each) an image."""
    dataset, tags = opened.dataset, np.array(opened.dataset.tags)
    rows = zip(opened.rows.tolist(), dataset.of(opened.split), given, answers.tolist(), strict=True)
    for row, true, labels, probabilities in rows:
        both = (JOINT.join(tags[each == 1].tolist()) for each in (true, labels))
        yield str(dataset.names[row]), *both, *(f"{probability:.6f}" for probability in probabilities)
