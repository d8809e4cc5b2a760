"""New images beside those of a detector: other images, more objects, larger ones, less sure ones."""

import numpy as np
import pytest
from PIL import Image

import saccade
from saccade.core import cross_validation
from saccade.tasks import image_drift_checking, image_drift_comparing
from saccade.tasks.image_views import Views
from saccade.tasks.object_detection import drift
from saccade.tasks.object_detection.detections import MOST

pytestmark = pytest.mark.usefixtures("held_network")


CLASSES = ("bar", "square")


def views(rng, *, bars=2.0, squares=1.0, side=20.0, score=0.7, count=200):
    """Return what is kept of images in which so many objects are found on average."""
    outputs = np.zeros((count, MOST * 6), np.float32)
    boxes, scores, numbers = outputs[:, : 4 * MOST].reshape(count, MOST, 4), outputs[:, 400:500], outputs[:, 500:]
    for row in range(count):
        found = [*[0] * rng.poisson(bars), *[1] * rng.poisson(squares)][:MOST]
        sides = rng.normal(side, 2, len(found))
        boxes[row, : len(found), 2:] = sides[:, None]
        scores[row, : len(found)] = np.clip(rng.normal(score, 0.1, len(found)), 0.31, 1)
        numbers[row, : len(found)] = found
        scores[row, len(found) : len(found) + 5] = 0.1  # what is below the threshold is no answer
    names = tuple(f"{row:03d}.png" for row in range(count))
    return Views(names, rng.normal(size=(count, 4)).astype(np.float32), np.empty((count, 0), np.float32), outputs)


def judged(new):
    judge = drift._judge
    return judge(views(np.random.default_rng(0)), new, classes=CLASSES, threshold=0.3)


@pytest.mark.parametrize(
    ("changes", "moved"),
    [
        ({}, set()),
        ({"squares": 3}, {"number of objects", "number of 'square'"}),
        ({"squares": 0, "bars": 3}, {"number of 'bar'", "number of 'square'"}),
        ({"side": 40}, {"size of objects"}),
        ({"score": 0.5}, {"confidence"}),
    ],
    ids=["alike", "more squares", "bars for squares", "nearer", "less sure"],
)
def test_what_is_found_otherwise_is_named(changes, moved):
    tests = judged(views(np.random.default_rng(1), **changes)).tests
    assert {each.shift.column for each in tests if each.shift.p_value < 1e-4} == moved
    assert len(tests) == 5


def test_examples_are_images_with_more_or_fewer_than_before():
    new = views(np.random.default_rng(1), squares=3)
    (test,) = [each for each in judged(new).tests if each.shift.column == "number of objects"]
    counts = dict(zip(new.names, (new.outputs[:, 400:500] > 0.3).sum(axis=1), strict=True))
    assert [counts[name] for name in test.examples] == sorted(counts.values(), reverse=True)[:3]


def test_what_was_counted_is_a_sentence():
    (said,) = judged(views(np.random.default_rng(1), bars=0, squares=0)).sentences
    assert said.startswith("Found: 0.00 objects an image, ")
    assert said.endswith("in 100% of the images nothing.")


def test_too_few_images_with_objects_are_not_asked_how_these_are():
    tests = judged(views(np.random.default_rng(1), bars=0.05, squares=0)).tests
    assert {each.kind for each in tests} == {"mix"}


@pytest.mark.slow
def test_darker_images_are_found(untrained, write_voc, tmp_path, monkeypatch):
    monkeypatch.setattr(cross_validation, "TREES", 10)
    for module in (image_drift_checking, image_drift_comparing):
        monkeypatch.setattr(module, "LEAST", 10)  # the run has 13 validation images
    new = write_voc(tmp_path / "new", 30, seed=5)
    alike = saccade.load(untrained.path).drift(new)
    assert not alike.drifted
    assert alike.answers[0].startswith("Found: ")
    for path in new.glob("*.png"):
        Image.fromarray(np.asarray(Image.open(path)) // 3).save(path)
    darker = saccade.load(untrained.path).drift(new)
    assert darker.drifted
    assert "brightness" in {each.values.get("called") for each in darker.findings}
