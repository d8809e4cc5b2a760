"""The search itself: cut folds, train a detector for each, compare what is marked with what is found."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.backend import Model
from saccade.core.errors import DataError
from saccade.tasks.cross_fitting import out_of_fold
from saccade.tasks.folds import assign_folds
from saccade.tasks.object_detection.answers import answers
from saccade.tasks.object_detection.coco_matching import match
from saccade.tasks.object_detection.confidence_threshold import ConfidenceThreshold
from saccade.tasks.object_detection.detections import MOST, Detections
from saccade.tasks.object_detection.label_errors.ranking import Doubt, ranked
from saccade.tasks.object_detection.label_errors.suspects import BoxSuspects, Suspect
from saccade.tasks.object_detection.marked_and_found import Marked, MarkedAndFound, beside
from saccade.tasks.object_detection.object_images import ObjectImages
from saccade.tasks.object_detection.preparation import EPOCHS
from saccade.tasks.object_detection.settings import DetectionRecipe
from saccade.tasks.object_detection.threshold_choice import Criterion, choose
from saccade.training.progress import Progress

FOLDS = 3
FEWEST_EPOCHS = 6
QUIET = Progress()

Rows = NDArray[np.int64]


def find_suspects(
    recipe: DetectionRecipe,
    dataset: ObjectImages,
    *,
    folds: int = FOLDS,
    epochs: int | None = None,
    remember: bool = True,
    quiet: bool = False,
    progress: Progress = QUIET,
) -> BoxSuspects:
    """Return places outside of the test split where a box is missing, has a wrong class or lies beside its object.

    Each image is judged by a network that was trained on the other folds, the most suspicious place comes first.
    Training and validation images are judged alike; the test split is not touched.

    Args:
        recipe: of each training, as `preparation.prepare` returns it.
        dataset: with splits, likewise.
        folds: as many networks are trained; each sees 1 − 1/folds of the images. At least 2.
        epochs: passes of each training; None: half of the recipe's, so that three take as long as one training.
        remember: keep in the user's cache what the networks find, and do not train them again for the same search.
        quiet: no progress bars.
        progress: hears of each training.

    Raises:
        DataError: there are too few images, or no class can be judged.
        TrainingInterrupted: stopped by the user; the same search goes on where it was.
    """
    judged = dataset.only(np.flatnonzero(np.isin(dataset.splits, ("train", "validation"))))
    fold = assign_folds(judged.strata(), folds, seed=recipe.split_seed, quiet=quiet)
    unseen = _unseen(judged, fold)
    if not (judged.is_object & ~unseen).any():
        raise DataError(
            f"The boxes of {dataset.name} cannot be judged: that takes a class with objects in independent images of "
            "two folds. Add images."
        )
    short = recipe.changed(
        epochs=_few_epochs(recipe) if epochs is None else epochs, early_stopping=None, overrides=None
    )
    marks = b"".join(each.tobytes() for each in (judged.boxes, judged.numbers, judged.ignored))
    found = list[Detections | None]([None] * len(judged))
    answer = partial(_answer, recipe=short)
    for rows, arrays in out_of_fold(short, judged, fold, answer, marks=marks, remember=remember, progress=progress):
        for row, each in zip(rows.tolist(), _unpacked(arrays, judged.sizes[rows]), strict=True):
            found[row] = each
    judged = replace(judged, ignored=judged.ignored | unseen)
    images = beside(judged, np.arange(len(judged)), [each for each in found if each is not None])
    suspects = suspects_of(images, source=dataset.source, name=dataset.name, folds=folds, unjudged=int(unseen.sum()))
    return replace(suspects, overrides=dataset.overrides)


def suspects_of(images: MarkedAndFound, *, name: str, source: str, folds: int, unjudged: int = 0) -> BoxSuspects:
    """Return the suspects among images with what networks found in them that had not seen them.

    Flagged are those that are more certain than the score with the best F1 on these images.
    """
    threshold = choose(match(images), Criterion())
    least = threshold.value if threshold else 2.0
    return BoxSuspects(
        name=name,
        source=source,
        objects=images.objects,
        images=len(images),
        marked=int(images.counts().sum()),
        suspects=tuple(_suspect(images, doubt, least) for doubt in ranked(images)),
        threshold=threshold or ConfidenceThreshold.unknown(),
        folds=folds,
        unjudged=unjudged,
    )


def _suspect(images: MarkedAndFound, doubt: Doubt, least: float) -> Suspect:
    found, marked = images.found[doubt.image], images.marked[doubt.image]
    given, box = _given(images.objects, marked, doubt.marked)
    return Suspect(
        name=images.names[doubt.image],
        reason=doubt.reason,
        given=given,
        given_box=box,
        suggested=images.objects[found.numbers[doubt.answer]],
        box=_sides(found.boxes[doubt.answer]),
        score=doubt.score,
        flagged=doubt.score >= least,
    )


def _given(
    objects: tuple[str, ...], marked: Marked, at: int | None
) -> tuple[str, tuple[float, float, float, float] | None]:
    return ("", None) if at is None else (objects[marked.numbers[at]], _sides(marked.boxes[at]))


def _sides(box: NDArray[np.float32]) -> tuple[float, float, float, float]:
    left, top, right, bottom = box.tolist()
    return left, top, right, bottom


def _few_epochs(recipe: DetectionRecipe) -> int:
    return max(FEWEST_EPOCHS, round((recipe.epochs or EPOCHS[0]) / 2))


def _unseen(dataset: ObjectImages, fold: Rows) -> NDArray[np.bool_]:
    """Return (n, k), whether an object is of a class that the network which judges it has not seen."""
    unseen = np.zeros(dataset.numbers.shape, np.bool_)
    for number in range(len(dataset.objects)):
        there = dataset.is_object & (dataset.numbers == number)
        if len(np.unique(fold[there.any(axis=1)])) == 1:
            unseen |= there
    return unseen


def _answer(network: Model, dataset: ObjectImages, rows: Rows, *, recipe: DetectionRecipe) -> Mapping[str, Array]:
    """Return what is found in some images as arrays of one length."""
    found = answers(network, dataset, rows, recipe)
    boxes, scores = np.zeros((len(found), MOST, 4), np.float32), np.zeros((len(found), MOST), np.float32)
    numbers = np.zeros((len(found), MOST), np.int32)
    for at, each in enumerate(found):
        for array, values in ((boxes, each.boxes), (scores, each.scores), (numbers, each.numbers)):
            array[at, : len(each)] = values
    return {"boxes": boxes, "scores": scores, "numbers": numbers}


def _unpacked(arrays: Mapping[str, Any], sizes: NDArray[np.int32]) -> list[Detections]:
    rows = zip(arrays["boxes"], arrays["scores"], arrays["numbers"], sizes.tolist(), strict=True)
    return [
        Detections(boxes[scores > 0], scores[scores > 0], numbers[scores > 0], (size[0], size[1]))
        for boxes, scores, numbers, size in rows
    ]
