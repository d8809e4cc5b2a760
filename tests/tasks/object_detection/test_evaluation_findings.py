import json
from dataclasses import replace

import numpy as np
import pytest

from saccade.tasks.object_detection.detections import Detections
from saccade.tasks.object_detection.evaluating import scored
from saccade.tasks.object_detection.evaluation import DetectionEvaluation
from saccade.tasks.object_detection.evaluation_findings import findings
from saccade.tasks.object_detection.marked_and_found import Marked, MarkedAndFound
from saccade.tasks.object_detection.object_images import ObjectImages

CLASSES = ("cat", "dog")
COUNT = 12


def marked(count=3):
    """Return objects that do not overlap, of both classes in turn."""
    boxes = np.array([[60 * at, 10, 60 * at + 40, 50] for at in range(count)], np.float32).reshape(-1, 4)
    return Marked(boxes, np.arange(count, dtype=np.int32) % 2, np.zeros(count, np.bool_))


def answering(change, count=3):
    """Return images whose answers are their objects, as `change` makes them of boxes, scores and numbers."""
    of = marked(count)
    boxes, scores, numbers = change(of.boxes.copy(), np.linspace(0.9, 0.7, count).astype(np.float32), of.numbers.copy())
    found = Detections(boxes, scores, numbers, (100, 60 * count))
    return MarkedAndFound(CLASSES, tuple(map(str, range(COUNT))), (of,) * COUNT, (found,) * COUNT)


def dataset(objects=3):
    """Return training images with so many objects each, without pixels that matter."""
    of = marked(objects)
    return ObjectImages(
        name="x",
        source="x",
        images=np.zeros((20, 64, 64, 1), np.uint8),
        labels=np.zeros(20, np.int64),
        classes=("",),
        names=np.array([f"train/{at}" for at in range(20)]),
        splits=np.full(20, "train"),
        content_hash="0",
        objects=CLASSES,
        sizes=np.full((20, 2), 200, np.int32),
        boxes=np.tile(of.boxes, (20, 1, 1)),
        numbers=np.tile(of.numbers, (20, 1)),
        ignored=np.tile(of.ignored, (20, 1)),
    )


def unchanged(boxes, scores, numbers):
    return boxes, scores, numbers


def kinds(images, threshold=0.5, known=None, baselines=None):
    evaluation = scored(images, threshold, split="test", baselines=baselines or {})
    return [each.kind for each in findings(evaluation, images, known or dataset())]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda boxes, scores, numbers: (boxes, scores * 0.03, numbers), "no_peaks"),
        (lambda boxes, scores, numbers: (boxes, scores, 1 - numbers), "classes_mixed_up"),
        (lambda boxes, scores, numbers: (boxes + 20, scores, numbers), "boxes_off"),
        (lambda boxes, scores, numbers: (boxes + np.array([0, 50, 0, 50]), scores, numbers), "boxes_elsewhere"),
    ],
)
def test_why_next_to_nothing_is_found_is_said(change, kind):
    def changed(*of):
        boxes, scores, numbers = change(*of)
        return boxes.astype(np.float32), scores, numbers

    images = answering(changed)
    if kind == "no_peaks":  # they are right but for their scores: as good as found, so the boxes must be bad too
        images = answering(lambda boxes, scores, numbers: (boxes + np.float32(300), scores * 0.03, numbers))
    assert kinds(images) == [kind]


def test_good_answers_have_no_findings():
    assert kinds(answering(unchanged)) == []


def test_a_class_that_is_never_found_is_named():
    images = answering(lambda boxes, scores, numbers: (boxes[::2], scores[::2], numbers[::2]))
    assert kinds(images) == ["classes_never_found"]


def test_a_threshold_above_all_scores_is_said():
    assert kinds(answering(unchanged), threshold=0.95) == ["nothing_above_the_threshold"]


def test_objects_that_are_rarer_than_in_training_are_said():
    assert kinds(answering(unchanged), known=dataset(objects=8)) == ["another_prevalence"]


def test_answers_that_repeat_others_are_said():
    def twice(boxes, scores, numbers):
        return np.concatenate([boxes, boxes + 2]), np.concatenate([scores, scores - 0.1]), np.tile(numbers, 2)

    assert kinds(answering(twice)) == ["objects_found_twice"]


def test_a_network_that_does_not_beat_a_baseline_is_told_so():
    images = answering(unchanged)
    assert kinds(images, baselines={"average_boxes": images.found}) == ["no_better_than_a_baseline"]


def test_an_evaluation_comes_back_as_it_was_written():
    images = answering(lambda boxes, scores, numbers: (boxes[:2], scores[:2], numbers[:2]))
    evaluation = scored(images, 0.5, split="test", baselines={"average_boxes": images.found})
    again = DetectionEvaluation.from_dict(json.loads(json.dumps(evaluation.to_dict())))
    assert again == replace(evaluation, findings=again.findings)
    assert "AP50" in evaluation.to_text(width=140)
    assert evaluation.to_csv().startswith("class,ap,ap_low,ap_high,ap50")
    assert "finds 67% of 36 objects, and 100% of its answers are right" in evaluation.verdict
    assert evaluation.confusion == ((12, 0, 12), (0, 12, 0), (0, 0, 0))
    assert evaluation.worst[0].missed == 1


def test_images_without_any_object_are_scored_too():
    empty = answering(unchanged, count=0)
    evaluation = scored(empty, 0.5, split="test", baselines={})
    assert evaluation.ap50.value is None
    assert "no object that counts" in evaluation.verdict
