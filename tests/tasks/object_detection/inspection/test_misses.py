import numpy as np
import pytest

from saccade.tasks.object_detection.inspection.misses import fates, invented
from saccade.tasks.object_detection.inspection.peaks import Peaks

OBJECT = (10, 10, 50, 50)
CLOSE = (12, 10, 52, 50)
FAR = (30, 10, 70, 50)
ELSEWHERE = (80, 80, 99, 99)
THRESHOLD = 0.4


def peaks_of(*rows):
    boxes, scores, numbers, kept = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Peaks(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(scores, np.float32),
        np.array(numbers, np.int32),
        np.array(kept, bool),
    )


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([(CLOSE, 0.9, 0, True)], "found"),
        ([(CLOSE, 0.3, 0, True)], "below"),
        ([(CLOSE, 0.9, 0, False)], "suppressed"),
        ([(CLOSE, 0.9, 1, True)], "class"),
        ([(FAR, 0.9, 0, True)], "far"),
        ([(ELSEWHERE, 0.9, 0, True)], "never"),
        ([], "never"),
        ([(CLOSE, 0.9, 1, True), (CLOSE, 0.3, 0, True)], "class"),
        ([(FAR, 0.9, 0, True), (CLOSE, 0.3, 0, True)], "below"),
    ],
)
def test_each_object_is_told_why_it_is_found_or_missed(rows, reason):
    (fate,) = fates(np.array([OBJECT], np.float32), np.array([0], np.int32), peaks_of(*rows), threshold=THRESHOLD)
    assert fate.reason == reason
    assert fate.is_found == (reason == "found")
    assert fate.taken_for == (1 if reason == "class" else None)


def test_one_box_does_not_find_two_objects():
    objects = np.array([OBJECT, CLOSE], np.float32)
    told = fates(objects, np.zeros(2, np.int32), peaks_of((CLOSE, 0.9, 0, True)), threshold=THRESHOLD)
    assert [each.reason for each in told] == ["shared", "found"]  # it belongs to the one that it overlaps more


def test_answers_that_find_no_object_are_invented():
    peaks = peaks_of(
        (ELSEWHERE, 0.95, 0, True), (CLOSE, 0.9, 0, True), (CLOSE, 0.8, 1, True), (ELSEWHERE, 0.2, 1, True)
    )
    found = invented(np.array([OBJECT], np.float32), np.array([0], np.int32), peaks, threshold=THRESHOLD)
    assert found.tolist() == [0, 2]


def test_an_answer_on_an_ignored_object_is_not_invented():
    peaks = peaks_of((CLOSE, 0.9, 0, True))
    nothing = np.empty((0, 4), np.float32), np.empty(0, np.int32)
    assert invented(*nothing, peaks, threshold=THRESHOLD).tolist() == [0]
    assert not len(invented(*nothing, peaks, threshold=THRESHOLD, ignored=np.array([OBJECT], np.float32)))
