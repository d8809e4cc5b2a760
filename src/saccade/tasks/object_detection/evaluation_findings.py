"""What is wrong with a detector, by what it finds: why an AP is near 0, classes never found, a shifted prevalence."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from saccade.core.finding import Finding, plural
from saccade.tasks.object_detection.evaluation import DetectionEvaluation
from saccade.tasks.object_detection.marked_and_found import MarkedAndFound
from saccade.tasks.object_detection.matching import iou
from saccade.tasks.object_detection.object_images import ObjectImages
from saccade.tasks.object_detection.pairing import pairings

NEARLY_ZERO = 0.02
"""AP50 below which nothing works."""

SURE = 0.05
"""Scores below which no box is meant: what a network says everywhere before it has learnt."""

NEAR = 0.1
"""IoU from which on a box is at least about the object."""

OFTEN = 1.5
"""How many times as many objects an image are another prevalence."""

TOO_MANY = 0.05
"""Share of the answers that say again what was said."""

LEAST_ANSWERS = 20


def findings(evaluation: DetectionEvaluation, images: MarkedAndFound, dataset: ObjectImages) -> Iterator[Finding]:
    """Yield what is wrong with a network, of what it found in images and, where it is to be had, its training split."""
    if evaluation.count and (evaluation.ap50.value or 0) < NEARLY_ZERO:
        yield _why_nothing(images)
    else:
        yield from _never_found(evaluation)
        yield from _no_answers(evaluation)
    yield from _no_better(evaluation)
    yield from _prevalence(images, dataset)
    yield from _repeated(images, evaluation.threshold)


def _why_nothing(images: MarkedAndFound) -> Finding:
    """Return which of the causes of an AP of 0 it is."""
    surest = max((float(each.scores.max(initial=0)) for each in images.found), default=0.0)
    near, right_place = _reached(images)
    if surest < SURE:
        kind, why, advice = (
            "no_peaks",
            f"no box has a score above {surest:.3f}",
            "The heat maps never rise: train longer, or with another --learning-rate; with fewer than some dozens of "
            "objects of a class there may be too little to learn from.",
        )
    elif right_place >= 0.5:
        kind, why, advice = (
            "classes_mixed_up",
            f"boxes are where {right_place:.0%} of the objects are, but of other classes",
            "Look whether the classes are numbered alike in all files of the data: saccade list data NAME --preview.",
        )
    elif near >= 0.5:
        kind, why, advice = (
            "boxes_off",
            f"{near:.0%} of the objects have a box of their class about them, but hardly one overlaps it by half",
            "Look whether the boxes in the data fit their objects: saccade list data NAME --preview. If they do, "
            "train longer.",
        )
    else:
        kind, why, advice = (
            "boxes_elsewhere",
            f"boxes have scores of up to {surest:.2f}, but are where no object is",
            "Either these images are not like those that it learnt from, or it was trained too briefly.",
        )
    return Finding(
        kind=kind,
        severity="severe",
        title=f"It finds next to nothing: {why}.",
        advice=advice,
        share=1.0,
        values={"surest": surest, "about": near, "of_any_class": right_place},
    )


def _reached(images: MarkedAndFound) -> tuple[float, float]:
    """Return the share of the objects with a box of their class about them, and with one of any class that fits."""
    about, fits, count = 0, 0, 0
    for marked, found in zip(images.marked, images.found, strict=True):
        meant, real = found.above(SURE), ~marked.ignored
        overlaps = iou(meant.boxes, marked.boxes)[:, real]
        same = meant.numbers[:, None] == marked.numbers[real][None]
        about += int((np.where(same, overlaps, 0).max(axis=0, initial=0) >= NEAR).sum())
        fits += int((overlaps.max(axis=0, initial=0) >= 0.5).sum())
        count += int(real.sum())
    return about / max(count, 1), fits / max(count, 1)


def _never_found(evaluation: DetectionEvaluation) -> Iterator[Finding]:
    scores = zip(evaluation.objects, evaluation.per_class["ap50"], evaluation.per_class["support"], strict=True)
    never = [name for name, score, support in scores if support.value and (score.value or 0) < NEARLY_ZERO]
    absent = [
        name
        for name, support in zip(evaluation.objects, evaluation.per_class["support"], strict=True)
        if not support.value
    ]
    if never:
        yield Finding(
            kind="classes_never_found",
            severity="severe",
            title=f"Objects of {_listed(never)} are never found.",
            advice="Look how many of them training has, and whether they are too small for what the network sees: "
            "saccade check NAME; --image-size makes it see more.",
            share=len(never) / len(evaluation.objects),
            values={"classes": never},
        )
    if absent:
        yield Finding(
            kind="classes_without_objects",
            severity="note",
            title=f"These images have no object of {_listed(absent)}: nothing is known of them.",
            share=len(absent) / len(evaluation.objects),
            values={"classes": absent},
        )


def _no_answers(evaluation: DetectionEvaluation) -> Iterator[Finding]:
    if evaluation.count and evaluation.metrics["precision"].value is None:
        yield Finding(
            kind="nothing_above_the_threshold",
            severity="warning",
            title=f"No box has a score of {evaluation.threshold:.2f} or more, from which on it would be an answer.",
            advice="These images are harder for it than those that the threshold was chosen on: choose another by "
            "saccade threshold RUN --precision, or predict with --threshold.",
            share=1.0,
            values={"threshold": evaluation.threshold},
        )


def _no_better(evaluation: DetectionEvaluation) -> Iterator[Finding]:
    best = evaluation.baseline
    if best and evaluation.count and not best.difference.is_positive:
        yield Finding(
            kind="no_better_than_a_baseline",
            severity="severe",
            title=f"The network is no better than {best.title}.",
            advice="Train longer, on more images or with another --learning-rate; or use that.",
            share=1.0,
            values=best.difference.to_dict(),
        )


def _prevalence(images: MarkedAndFound, dataset: ObjectImages) -> Iterator[Finding]:
    """Yield that objects are more or less frequent than in training, where chance does not explain it."""
    train = dataset.rows("train")
    if not len(train):
        return
    here = images.counts()
    there = np.stack(
        [(dataset.is_object[train] & (dataset.numbers[train] == at)).sum(axis=1) for at in range(here.shape[1])], axis=1
    )
    means = {
        name: (here[:, at].mean(), there[:, at].mean())
        for at, name in enumerate(images.objects)
        if _differ(here[:, at], there[:, at])
    }
    if not means:
        return
    said = "; ".join(f"{name} {now:.2g} and {then:.2g}" for name, (now, then) in list(means.items())[:5])
    yield Finding(
        kind="another_prevalence",
        severity="warning",
        title=f"Objects are not as frequent as in training. Of a class, here and there an image: {said}.",
        advice="Precision, and so AP, rises and falls with how frequent objects are: what is said of these images does "
        "not hold where they are rarer.",
        share=len(means) / len(images.objects),
        values={name: {"here": float(now), "training": float(then)} for name, (now, then) in means.items()},
    )


def _differ(here: NDArray[np.int64], there: NDArray[np.int64]) -> bool:
    """Say whether objects an image are `OFTEN` times as many or as few, by more than three standard errors."""
    now, then = float(here.mean()), float(there.mean())
    error = np.sqrt(here.var() / max(1, len(here)) + there.var() / max(1, len(there)))
    return max(now, then) > OFTEN * min(now, then) and abs(now - then) > 3 * error


def _repeated(images: MarkedAndFound, threshold: float) -> Iterator[Finding]:
    every = list(pairings(images, threshold))
    answers, again = sum(len(each) for _, each, _ in every), sum(len(pairs.repeated) for _, _, pairs in every)
    if answers >= LEAST_ANSWERS and again > TOO_MANY * answers:
        yield Finding(
            kind="objects_found_twice",
            severity="warning",
            title=f"Of {answers:,} answers, {plural(again, 'is', 'are')} on an object that another has found.",
            advice="A smaller `overlap` in the recipe leaves out more of them.",
            share=again / answers,
            values={"answers": answers, "repeated": again},
        )


def _listed(names: Sequence[str]) -> str:
    few = ", ".join(f"'{name}'" for name in names[:8])
    return few if len(names) <= 8 else f"{few} and {len(names) - 8} more"
