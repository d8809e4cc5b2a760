import numpy as np
import pytest

from saccade.tasks.object_detection.detections import Detections
from saccade.tasks.object_detection.marked_and_found import Marked, MarkedAndFound
from saccade.tasks.object_detection.matching import iou
from saccade.tasks.object_detection.pairing import confusion, pair


def marked(*rows, ignored=()):
    """Return objects of (class, left, top, side)."""
    boxes = [[left, top, left + side, top + side] for _, left, top, side in rows]
    return Marked(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array([row[0] for row in rows], np.int32),
        np.array([at in ignored for at in range(len(rows))], np.bool_),
    )


def answers(*rows):
    """Return answers of (class, left, top, side), the surest first."""
    of = marked(*rows)
    return Detections(of.boxes, np.linspace(0.9, 0.5, len(rows)).astype(np.float32), of.numbers, (100, 100))


def test_overlap_is_the_common_area_as_a_share_of_both():
    boxes = np.array([[0, 0, 10, 10], [20, 20, 30, 30]], np.float32)
    found = iou(boxes, np.array([[5, 0, 15, 10], [0, 0, 10, 10]], np.float32))
    assert found == pytest.approx(np.array([[1 / 3, 1], [0, 0]]))


@pytest.mark.parametrize(
    ("objects", "given", "expected"),
    [
        ([(0, 0, 0, 20)], [(0, 1, 1, 20)], {"found": ((0, 0),)}),
        ([(0, 0, 0, 20)], [(1, 1, 1, 20)], {"confused": ((0, 0),)}),
        ([(0, 0, 0, 20)], [], {"missed": (0,)}),
        ([], [(0, 1, 1, 20)], {"invented": (0,)}),
        ([(0, 0, 0, 20)], [(0, 15, 15, 20)], {"missed": (0,), "invented": (0,)}),
        ([(0, 0, 0, 20)], [(0, 0, 0, 20), (0, 1, 1, 20)], {"found": ((0, 0),), "invented": (1,), "repeated": (1,)}),
        # the class is right before the place is best: the second answer finds, the first does not confuse
        ([(0, 0, 0, 20)], [(1, 0, 0, 20), (0, 2, 2, 20)], {"found": ((0, 1),), "invented": (0,)}),
    ],
)
def test_each_answer_and_each_object_has_one_fate(objects, given, expected):
    found = pair(marked(*objects), answers(*given))
    for name in ("found", "confused", "missed", "invented", "repeated"):
        assert getattr(found, name) == expected.get(name, ()), name


def test_answers_on_ignored_objects_are_not_held_against_the_network():
    found = pair(marked((0, 0, 0, 40), (0, 60, 60, 20), ignored=(0,)), answers((0, 5, 5, 10), (0, 60, 60, 20)))
    assert (found.found, found.missed, found.invented) == (((1, 1),), (), ())


def test_confusion_counts_the_background_as_a_class():
    one = marked((0, 0, 0, 20), (1, 50, 50, 20), (1, 0, 70, 20))
    found = answers((0, 1, 1, 20), (0, 50, 50, 20), (0, 80, 0, 10))
    images = MarkedAndFound(("cat", "dog"), ("a",), (one,), (found,))
    assert confusion(images, 0.1).tolist() == [[1, 0, 0], [1, 0, 1], [1, 0, 0]]
    assert confusion(images, 0.95).tolist() == [[0, 0, 1], [0, 0, 2], [0, 0, 0]]
