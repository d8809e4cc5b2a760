import numpy as np
import pytest

from saccade.core import recipe as recipes
from saccade.tasks.object_detection import coco_metrics, sliding_window
from saccade.tasks.object_detection.baselines import baseline_answers
from saccade.tasks.object_detection.coco_matching import match
from saccade.tasks.object_detection.marked_and_found import beside
from saccade.tasks.object_detection.object_images import ObjectImages

SIDE = 64


@pytest.fixture(scope="module")
def squares():
    """Forty images of 128×128 with a bright square each, of which the network sees 64×64."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 60, (40, SIDE, SIDE, 1), dtype=np.uint8)
    corners = rng.integers(0, SIDE - 16, (40, 2))
    for image, (left, top) in zip(images, corners, strict=True):
        image[top : top + 16, left : left + 16] = 220
    boxes = np.concatenate([corners, corners + 16], axis=1)[:, None] * 2
    return ObjectImages(
        name="squares",
        source="squares",
        images=images,
        labels=np.arange(40),
        classes=tuple(map(str, range(40))),
        names=np.array([str(at) for at in range(40)]),
        splits=np.repeat(["train", "test"], [30, 10]),
        content_hash="0",
        objects=("square",),
        sizes=np.full((40, 2), 2 * SIDE, np.int32),
        boxes=boxes.astype(np.float32),
        numbers=np.zeros((40, 1), np.int32),
        ignored=np.zeros((40, 1), np.bool_),
    )


@pytest.fixture(scope="module")
def recipe():
    return recipes.read("object_detection", data="squares")


def test_a_sliding_window_finds_what_a_straight_line_can_tell_apart(squares, recipe):
    rows = squares.rows("test")
    found = baseline_answers(squares, rows, recipe)
    scores = {
        name: coco_metrics.ap50(coco_metrics.exact(match(beside(squares, rows, each)), "all"))[0]
        for name, each in found.items()
    }
    assert scores["nothing"] == 0
    assert scores["sliding_window"] > 0.5
    assert scores["average_boxes"] < scores["sliding_window"]


def test_average_boxes_are_those_of_training_with_their_frequency(squares, recipe):
    found = baseline_answers(squares, squares.rows("test"), recipe)["average_boxes"][0]
    assert len(found) == 2  # twice as many as objects an image
    assert found.scores.sum() == pytest.approx(1)
    assert np.allclose(found.boxes[:, 2:] - found.boxes[:, :2], 32, atol=1)


def test_without_training_images_there_is_no_baseline(squares, recipe):
    only = squares.only(squares.rows("test"))
    assert baseline_answers(only, only.rows("test"), recipe) == {}


def test_many_large_images_have_no_sliding_window(squares, monkeypatch):
    assert sliding_window.is_quick(squares, squares.rows("test"))
    monkeypatch.setattr(sliding_window, "MOST_PIXELS", 1000)
    assert not sliding_window.is_quick(squares, squares.rows("test"))


def test_of_overlapping_boxes_the_surest_stays():
    boxes = np.array([[0, 0, 10, 10], [1, 1, 11, 11], [50, 50, 60, 60]], np.float32)
    assert sliding_window.not_overlapping(boxes).tolist() == [0, 2]
