"""Which found boxes hit which objects, as COCO has it; by faster-coco-eval (Apache-2.0), which needs NumPy only.

Lin et al. 2014, "Microsoft COCO"; https://cocodataset.org/#detection-eval.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from faster_coco_eval import COCO, COCOeval_faster
from numpy.typing import NDArray

from saccade.tasks.object_detection.marked_and_found import MarkedAndFound

OVERLAPS = np.linspace(0.5, 0.95, 10)
"""IoU from which on a box hits an object."""

SIZES = ("all", "small", "medium", "large")
"""Of objects, by their area in pixels of the image in its source: below 32², below 96², larger."""


@dataclass(frozen=True)
class ClassMatches:
    """What was found of the objects of one class, of one range of sizes.

    Attributes:
        scores: (d,), of the boxes that were found in all images, the surest first.
        images: (d,), in which image each is.
        is_hit: (10, d), whether it hits an object, at each of `OVERLAPS`.
        is_ignored: (10, d), whether it is not judged: on an ignored object, or of another size.
        objects: (n,), how many objects each image has.
    """

    scores: NDArray[np.float64]
    images: NDArray[np.int64]
    is_hit: NDArray[np.bool_]
    is_ignored: NDArray[np.bool_]
    objects: NDArray[np.int64]


@dataclass(frozen=True)
class Matches:
    """What was found of the objects in n images.

    Attributes:
        images: n.
        of: of each of `SIZES`, the matches of each class.
        precision: (10, 101, classes, 4), at recalls 0 to 1, of each of `SIZES`; NaN where there is no object.
        recall: (10, classes, 4), with all boxes.
    """

    images: int
    of: dict[str, tuple[ClassMatches, ...]]
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]


def match(images: MarkedAndFound) -> Matches:
    """Return which found boxes hit which objects; at most the 100 surest of an image and class are judged."""

    def silent(*text: object) -> None:
        del text

    known = COCO(_as_coco(images), print_function=silent)
    judge = COCOeval_faster(known, known.loadRes(_results(images)), "bbox", print_function=silent, separate_eval=True)
    judge.params.imgIds, judge.params.catIds = list(range(1, len(images) + 1)), list(range(1, len(images.objects) + 1))
    judge.evaluate()
    judge.accumulate()
    # what it matched in each image is to be had as the state that it pickles
    states = [each.__getstate__() for each in judge._evalImgs_cpp]
    places = np.arange(len(states)).reshape(len(images.objects), len(SIZES), len(images))
    of = {
        size: tuple(_joined([states[at] for at in places[number, column]]) for number in range(len(images.objects)))
        for column, size in enumerate(SIZES)
    }
    undefined = judge.eval["precision"][..., -1], judge.eval["recall"][..., -1]
    precision, recall = (np.where(each < 0, np.nan, each) for each in undefined)
    return Matches(len(images), of, precision, recall)


def _joined(states: Sequence[Any]) -> ClassMatches:
    """Return the matches of one class in all images, of the states of each."""
    scores, numbers, hits, ignored, objects = [], [], [], [], []
    for number, (matched, _, of, is_ignored_object, is_ignored, *_) in enumerate(states):
        scores.append(np.asarray(of, np.float64))
        numbers.append(np.full(len(of), number))
        hits.append(np.asarray(matched, np.int64).reshape(len(OVERLAPS), -1) > 0)
        ignored.append(np.asarray(is_ignored, np.bool_).reshape(len(OVERLAPS), -1))
        objects.append(len(is_ignored_object) - sum(is_ignored_object))
    every = np.concatenate(scores)
    order = np.argsort(-every, kind="stable")
    is_ignored = np.concatenate(ignored, axis=1)[:, order]
    return ClassMatches(
        scores=every[order],
        images=np.concatenate(numbers)[order],
        is_hit=np.concatenate(hits, axis=1)[:, order] & ~is_ignored,
        is_ignored=is_ignored,
        objects=np.array(objects, np.int64),
    )


def _as_coco(images: MarkedAndFound) -> dict[str, Any]:
    sizes = (found.size for found in images.found)
    described = [
        {"id": number, "height": height, "width": width} for number, (height, width) in enumerate(sizes, start=1)
    ]
    annotations = [
        {"image_id": number, **_object(*row)}
        for number, each in enumerate(images.marked, start=1)
        for row in zip(each.boxes.tolist(), each.numbers.tolist(), each.ignored.tolist(), strict=True)
    ]
    return {
        "images": described,
        "categories": [{"id": at, "name": name} for at, name in enumerate(images.objects, start=1)],
        "annotations": [{"id": number, **each} for number, each in enumerate(annotations, start=1)],
    }


def _object(box: list[float], number: int, is_ignored: bool) -> dict[str, Any]:
    sides = _left_top_width_height(box)
    return {"category_id": number + 1, "bbox": sides, "area": sides[2] * sides[3], "iscrowd": int(is_ignored)}


def _results(images: MarkedAndFound) -> list[dict[str, Any]]:
    return [
        {"image_id": at, "category_id": number + 1, "bbox": _left_top_width_height(box), "score": score}
        for at, each in enumerate(images.found, start=1)
        for box, number, score in zip(each.boxes.tolist(), each.numbers.tolist(), each.scores.tolist(), strict=True)
    ]


def _left_top_width_height(box: list[float]) -> list[float]:
    left, top, right, bottom = box
    return [left, top, right - left, bottom - top]
