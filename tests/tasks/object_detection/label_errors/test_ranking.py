import numpy as np
import pytest

from saccade.tasks.object_detection.detections import Detections
from saccade.tasks.object_detection.label_errors.ranking import ranked
from saccade.tasks.object_detection.marked_and_found import Marked, MarkedAndFound


def marked(*rows, ignored=()):
    """Return objects of (class, left, top, side)."""
    boxes = [[left, top, left + side, top + side] for _, left, top, side in rows]
    return Marked(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array([row[0] for row in rows], np.int32),
        np.array([at in ignored for at in range(len(rows))], np.bool_),
    )


def answers(*rows):
    """Return answers of (class, left, top, side, score), the surest first."""
    of = marked(*(row[:4] for row in rows))
    return Detections(of.boxes, np.array([row[4] for row in rows], np.float32), of.numbers, (100, 100))


def doubts(objects, found):
    """Return (reason, position of the answer, of the object, score) of one image."""
    images = MarkedAndFound(("cat", "dog"), ("one",), (objects,), (found,))
    return [(each.reason, each.answer, each.marked, pytest.approx(each.score, abs=1e-3)) for each in ranked(images)]


@pytest.mark.parametrize(
    ("objects", "found", "expected"),
    [
        # as marked: no doubt, also about a second, less sure class and about what is not found
        ([(0, 0, 0, 20)], [(0, 1, 1, 20, 0.9)], []),
        ([(0, 0, 0, 20)], [(0, 1, 1, 20, 0.9), (1, 0, 0, 20, 0.3)], []),
        ([(0, 0, 0, 20)], [], []),
        ([], [], []),
        ([], [(0, 0, 0, 20, 0.04)], []),
        ([], [(0, 0, 0, 20, 0.8)], [("no box", 0, None, 0.8)]),
        ([(0, 60, 60, 20)], [(0, 60, 60, 20, 0.9), (1, 0, 0, 20, 0.8)], [("no box", 1, None, 0.8)]),
        # one object, two classes: one doubt
        ([], [(0, 0, 0, 20, 0.8), (1, 1, 0, 20, 0.5)], [("no box", 0, None, 0.8)]),
        # a neighbour that is marked and found takes its share from the certainty
        ([(0, 0, 0, 20)], [(0, 0, 0, 20, 0.9), (0, 10, 0, 20, 0.6)], [("no box", 1, None, 0.6 * 2 / 3)]),
        ([(0, 0, 0, 20)], [(1, 1, 1, 20, 0.8)], [("class", 0, 0, 0.8)]),
        ([(0, 0, 0, 20)], [(1, 1, 1, 20, 0.8), (0, 1, 1, 20, 0.5)], [("class", 0, 0, 0.4)]),
        # the other class has an object of its own there
        ([(0, 0, 0, 20), (1, 2, 2, 20)], [(1, 1, 1, 20, 0.8)], []),
        ([(0, 0, 0, 20)], [(0, 10, 0, 20, 0.9)], [("place", 0, 0, 0.9 * 2 / 3)]),
        # beside it, but of another class: that is another object
        ([(0, 0, 0, 20)], [(1, 10, 0, 20, 0.9)], [("no box", 0, None, 0.9 * 2 / 3)]),
    ],
)
def test_what_is_found_otherwise_is_in_doubt(objects, found, expected):
    assert doubts(marked(*objects), answers(*found)) == expected


def test_ignored_objects_are_neither_in_doubt_nor_objects_without_a_box():
    objects = marked((0, 0, 0, 40), ignored=(0,))
    assert doubts(objects, answers((1, 1, 1, 40, 0.9), (0, 5, 5, 10, 0.8))) == []


def test_the_surest_comes_first_over_all_images_and_reasons():
    objects = (marked(), marked((0, 0, 0, 20)), marked((0, 0, 0, 20)))
    found = (answers((0, 50, 50, 20, 0.6)), answers((1, 0, 0, 20, 0.9)), answers((0, 10, 0, 20, 0.99)))
    every = ranked(MarkedAndFound(("cat", "dog"), ("a", "b", "c"), objects, found))
    assert [(each.image, each.reason) for each in every] == [(1, "class"), (2, "place"), (0, "no box")]
