import numpy as np
import pytest

from saccade.core.errors import RecipeError
from saccade.tasks.object_detection.coco_matching import match
from saccade.tasks.object_detection.confidence_threshold import ConfidenceThreshold
from saccade.tasks.object_detection.detections import Detections
from saccade.tasks.object_detection.marked_and_found import Marked, MarkedAndFound
from saccade.tasks.object_detection.threshold_choice import Criterion, choose, criterion_of


def images(*found):
    """Return an image with an object in each of ten places, and answers (score, place); place 10 has no object."""
    boxes = np.array([[20 * at, 0, 20 * at + 15, 15] for at in range(11)], np.float32)
    marked = Marked(boxes[:10], np.zeros(10, np.int32), np.zeros(10, np.bool_))
    answers = Detections(
        boxes[[place for _, place in found]],
        np.array([score for score, _ in found], np.float32),
        np.zeros(len(found), np.int32),
        (300, 300),
    )
    return match(MarkedAndFound(("a",), ("1",), (marked,), (answers,)))


RIGHT = [(0.9, 0), (0.8, 1), (0.7, 2), (0.6, 3)]


def test_the_best_f1_lies_between_the_last_right_answer_and_the_next():
    found = choose(images(*RIGHT, (0.4, 10), (0.39, 10), (0.38, 10)), Criterion())
    assert found.value == pytest.approx(0.5)
    assert (found.precision, found.recall, found.criterion) == (1, pytest.approx(0.4), "f1")


def test_of_thresholds_with_the_wanted_precision_the_one_that_finds_most_is_chosen():
    mixed = images(*RIGHT, (0.5, 10), (0.4, 4), (0.3, 10), (0.2, 10))
    found = choose(mixed, criterion_of({"precision": ".8"}))
    assert found.value == pytest.approx(0.35)
    assert found.precision == pytest.approx(5 / 6)
    assert choose(mixed, criterion_of({"precision": "0.95"})).value == pytest.approx(0.55)


def test_a_precision_that_cannot_be_had_is_refused_with_the_best():
    with pytest.raises(RecipeError, match=r"the best is 0\.500"):
        choose(images((0.9, 10), (0.8, 0)), criterion_of({"precision": ".9"}))


def test_a_beta_above_one_finds_more():
    mixed = images(*RIGHT, (0.5, 10), (0.45, 10), (0.4, 10), (0.35, 4), (0.3, 10))
    values = [choose(mixed, criterion_of({"f_beta": beta})).value for beta in ("0.5", "3")]
    assert values[1] < values[0]


def test_where_nothing_is_hit_there_is_no_threshold():
    assert choose(images((0.9, 10)), Criterion()) is None


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"precision": "most"}, "found 'most'"),
        ({"precision": "1"}, "below 1"),
        ({"f_beta": "0"}, "above 0"),
        ({"alarms": "20/day"}, "--precision .95 or --f-beta 1"),
        ({"precision": ".9", "f_beta": "1"}, "one of them"),
    ],
)
def test_what_cannot_be_meant_is_refused(wanted, message):
    with pytest.raises(RecipeError, match=message):
        criterion_of(wanted)


def test_the_threshold_comes_back_and_says_how_it_was_chosen():
    found = choose(images(*RIGHT), criterion_of({"precision": ".9"}))
    assert ConfidenceThreshold.from_dict(found.to_dict()) == found
    assert "precision of 0.9" in found.sentence
    assert "no validation image" in ConfidenceThreshold.unknown().sentence
