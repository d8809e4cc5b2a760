"""Evaluate a run of an object detector on one part of its data."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import Model
from saccade.core.finding import worst_first
from saccade.core.metric_value import MetricValue
from saccade.core.run import Run
from saccade.evaluation.opening_split import OpenedSplit, open_split
from saccade.inference import load_model
from saccade.tasks.image_evaluating import keep, now
from saccade.tasks.object_detection import answer_metrics, coco_metrics
from saccade.tasks.object_detection.answers import answers
from saccade.tasks.object_detection.baselines import baseline_answers
from saccade.tasks.object_detection.coco_matching import Matches, match
from saccade.tasks.object_detection.confidence_threshold import ConfidenceThreshold
from saccade.tasks.object_detection.detections import Detections
from saccade.tasks.object_detection.evaluation import Baseline, DetectionEvaluation, WorstImage
from saccade.tasks.object_detection.evaluation_findings import findings
from saccade.tasks.object_detection.marked_and_found import HEADER, MarkedAndFound, beside
from saccade.tasks.object_detection.object_images import ObjectImages
from saccade.tasks.object_detection.pairing import confusion, pairings
from saccade.tasks.object_detection.threshold_fitting import fit_threshold

MOST_WORST = 50


def evaluate(
    run: Run,
    *,
    split: str | None = None,
    data: str | None = None,
    model: Model = None,
    quiet: bool = True,
) -> DetectionEvaluation:
    """Return how good the boxes of the run's network are on one part of its data, or on other images with boxes.

    What is written and when, arguments and errors are those of `Task.evaluate`.
    """
    opened: OpenedSplit[ObjectImages] = open_split(run, split=split, data=data, quiet=quiet)
    dataset = opened.dataset
    found = answers(load_model(run) if model is None else model, dataset, opened.rows, run.recipe)
    images = beside(dataset, opened.rows, found)
    # of a run that was interrupted, say; what is left of changed data is no measure
    fitted = run.load(ConfidenceThreshold) or (None if opened.other else fit_threshold(run, dataset))
    threshold = (fitted or ConfidenceThreshold.unknown()).value
    baselines = baseline_answers(dataset, opened.rows, run.recipe)
    evaluation = scored(images, threshold, split=opened.split, baselines=baselines)
    evaluation = replace(evaluation, findings=worst_first(findings(evaluation, images, dataset)))
    return keep(
        opened,
        evaluation,
        (HEADER, images.table()),
        score=lambda new: _without_seen(images, new),
        seen={name: score.value for name, score in evaluation.metrics.items()},
        write=lambda made: _write_tables(run, made),
        quiet=quiet,
    )


def scored(
    images: MarkedAndFound, threshold: float, *, split: str, baselines: Mapping[str, Sequence[Detections]]
) -> DetectionEvaluation:
    """Return how good the boxes are that were found in some images, without findings.

    Args:
        images: what is marked and found in them.
        threshold: from which score on a box is an answer.
        split: which images these are.
        baselines: what simple means find in them, by name.
    """
    matches, counts = match(images), answer_metrics.counted(images, threshold)
    precisions = coco_metrics.of_resamples(matches, "all", coco_metrics.average_precisions)
    made = [_baseline(name, match(images.with_found(found)), matches) for name, found in baselines.items()]
    return DetectionEvaluation(
        split=split,
        images=len(images),
        objects=images.objects,
        metrics={**coco_metrics.overall(matches, precisions), **answer_metrics.overall(counts)},
        per_class={**coco_metrics.per_class(matches, precisions), **answer_metrics.per_class(counts)},
        per_size=coco_metrics.per_size(matches),
        confusion=tuple(map(tuple, confusion(images, threshold).tolist())),
        threshold=threshold,
        worst=worst_images(images, threshold),
        baselines=tuple(sorted(made, key=lambda each: each.score.value or 0)),
        findings=(),
        when=now(),
    )


def _baseline(name: str, theirs: Matches, ours: Matches) -> Baseline:
    drawn = coco_metrics.of_resamples(theirs, "all", coco_metrics.average_precisions)
    score = coco_metrics.score(coco_metrics.ap50(coco_metrics.exact(theirs, "all")), coco_metrics.ap50(drawn))
    return Baseline(name, score, coco_metrics.difference(theirs, ours, coco_metrics.ap50))


def worst_images(images: MarkedAndFound, threshold: float) -> tuple[WorstImage, ...]:
    """Return the images with mistakes, those with the most first; at most 50."""
    every = [
        WorstImage(name, len(pairs.found), len(pairs.confused), len(pairs.missed), len(pairs.invented))
        for name, (_, _, pairs) in zip(images.names, pairings(images, threshold), strict=True)
    ]
    wrong = [each for each in every if _mistakes(each)]
    return tuple(sorted(wrong, key=lambda each: -_mistakes(each))[:MOST_WORST])


def _mistakes(image: WorstImage) -> int:
    return image.confused + image.missed + image.invented


def _without_seen(images: MarkedAndFound, new: NDArray[np.bool_]) -> dict[str, MetricValue]:
    matches = match(images.only(new))
    precisions = coco_metrics.of_resamples(matches, "all", coco_metrics.average_precisions)
    found = coco_metrics.overall(matches, precisions)
    return {name: found[name] for name in ("ap50", "ap")}


def _write_tables(run: Run, evaluation: DetectionEvaluation) -> None:
    run.write_table("per_class", *evaluation.per_class_table())
    run.write_table("confusion", *evaluation.confusion_table())
