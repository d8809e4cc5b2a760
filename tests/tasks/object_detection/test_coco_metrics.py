import contextlib
import io

import numpy as np
import pytest

from saccade.tasks.object_detection import coco_matching, coco_metrics
from saccade.tasks.object_detection.coco_matching import SIZES, match
from saccade.tasks.object_detection.detections import Detections
from saccade.tasks.object_detection.marked_and_found import Marked, MarkedAndFound

NO_BOXES = np.empty((0, 4), np.float32)


def drawn(seed, *, images=14, classes=3, ignored=0.15):
    """Return images with random objects, most of them found, some ignored, some images without any."""
    rng = np.random.default_rng(seed)
    marked, found = [], []
    for at in range(images):
        count = 0 if at % 5 == 0 else int(rng.integers(1, 9))
        sides = np.exp(rng.uniform(np.log(8), np.log(220), (count, 2)))
        corner = rng.uniform(0, 400, (count, 2))
        boxes = np.concatenate([corner, corner + sides], axis=1).astype(np.float32)
        numbers = rng.integers(0, classes, count).astype(np.int32)
        marked.append(Marked(boxes, numbers, rng.random(count) < ignored))
        shown = rng.random(count) < 0.85
        near = boxes[shown] + rng.normal(0, 0.1, (shown.sum(), 4)) * np.tile(sides[shown], 2)
        stray = int(rng.integers(0, 5))
        wild = rng.uniform(0, 300, (stray, 2))
        every = np.concatenate([near, near + 3, np.concatenate([wild, wild + rng.uniform(5, 150, (stray, 2))], axis=1)])
        every[:, 2:] = np.maximum(every[:, 2:], every[:, :2] + 1)
        named = np.concatenate([numbers[shown], numbers[shown], rng.integers(0, classes, stray)])
        scores = np.round(rng.uniform(0.05, 1, len(every)), 2)  # with ties
        order = np.argsort(-scores, kind="stable")
        found.append(
            Detections(
                every[order].astype(np.float32),
                scores[order].astype(np.float32),
                named[order].astype(np.int32),
                (640, 640),
            )
        )
    names = tuple(f"{at}.png" for at in range(images))
    return MarkedAndFound(("a", "b", "c")[:classes], names, tuple(marked), tuple(found))


def by_pycocotools(images):
    """Return precision (10, 101, classes, 4) and recall (10, classes, 4) of the reference implementation."""
    coco = pytest.importorskip("pycocotools.coco")
    cocoeval = pytest.importorskip("pycocotools.cocoeval")
    with contextlib.redirect_stdout(io.StringIO()):
        known = coco.COCO()
        known.dataset = coco_matching._as_coco(images)
        known.createIndex()
        judge = cocoeval.COCOeval(known, known.loadRes(coco_matching._results(images)), "bbox")
        judge.evaluate()
        judge.accumulate()
    return judge.eval["precision"][..., -1], judge.eval["recall"][..., -1]


def once(matches):
    return np.ones((1, matches.images))


@pytest.mark.parametrize("seed", range(4))
def test_scores_are_those_of_pycocotools(seed):
    images = drawn(seed)
    matches = match(images)
    precision, recall = by_pycocotools(images)
    assert np.allclose(np.nan_to_num(matches.precision, nan=-1), precision, atol=1e-6)
    assert np.allclose(np.nan_to_num(matches.recall, nan=-1), recall, atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_counting_matches_gives_what_faster_coco_eval_gives(seed):
    matches = match(drawn(seed))
    for size in SIZES:
        for counted, exact in (
            (coco_metrics.average_precisions, coco_metrics.exact(matches, size)),
            (coco_metrics.recalls, coco_metrics.exact_recalls(matches, size)),
        ):
            found = np.stack([counted(each, once(matches)) for each in matches.of[size]], axis=1)
            assert np.allclose(found, exact, atol=1e-6, equal_nan=True)


def test_an_image_that_counts_twice_scores_as_if_it_were_there_twice():
    images = drawn(7, images=8)
    twice = [0, 1, 1, 2, 3, 3, 3, 4, 6, 7]
    doubled = MarkedAndFound(
        images.objects,
        tuple(map(str, range(len(twice)))),
        tuple(images.marked[at] for at in twice),
        tuple(images.found[at] for at in twice),
    )
    weights = np.bincount(twice, minlength=8)[None].astype(float)
    found = [coco_metrics.average_precisions(each, weights) for each in match(images).of["all"]]
    assert np.allclose(np.stack(found, axis=1), coco_metrics.exact(match(doubled), "all"), atol=1e-6, equal_nan=True)


def test_many_boxes_are_counted_in_portions(monkeypatch):
    matches = match(drawn(1))
    weights = next(coco_metrics.resampled(matches.images))[:20]
    whole = coco_metrics.average_precisions(matches.of["all"][0], weights)
    monkeypatch.setattr(coco_metrics, "AT_ONCE", 50)
    assert np.array_equal(whole, coco_metrics.average_precisions(matches.of["all"][0], weights), equal_nan=True)


def test_perfect_answers_score_one_and_no_answers_zero():
    images = drawn(2, ignored=0)
    perfect = [
        Detections(each.boxes, np.full(len(each.boxes), 0.9, np.float32), each.numbers, (640, 640))
        for each in images.marked
    ]
    nothing = [Detections(NO_BOXES, np.empty(0, np.float32), np.empty(0, np.int32), (640, 640))] * len(images)
    assert coco_metrics.mean(coco_metrics.exact(match(images.with_found(perfect)), "all"))[0] == pytest.approx(1)
    assert coco_metrics.mean(coco_metrics.exact(match(images.with_found(nothing)), "all"))[0] == 0


def test_scores_stand_within_their_intervals_and_a_class_without_objects_has_none():
    images = drawn(3, images=30)
    wider = MarkedAndFound((*images.objects, "never"), images.names, images.marked, images.found)
    matches = match(wider)
    precisions = coco_metrics.of_resamples(matches, "all", coco_metrics.average_precisions)
    found = coco_metrics.overall(matches, precisions)
    for each in found.values():
        assert each.low < each.value < each.high
    assert coco_metrics.per_class(matches, precisions)["ap"][3].value is None
    alone = match(images)
    assert found["ap"].value == pytest.approx(coco_metrics.mean(coco_metrics.exact(alone, "all"))[0])


def test_sizes_count_their_own_objects():
    images = drawn(4, images=30, ignored=0)
    found = coco_metrics.per_size(match(images))
    areas = np.concatenate([np.prod(each.boxes[:, 2:] - each.boxes[:, :2], axis=1) for each in images.marked])
    assert found["small"]["objects"].value == (areas < 32**2).sum()
    assert sum(of["objects"].value for of in found.values()) == len(areas)


def test_a_run_that_finds_more_is_better_in_pairs():
    images = drawn(5, images=40)
    worse = images.with_found([each.above(0.6) for each in images.found])
    gap = coco_metrics.difference(match(worse), match(images), coco_metrics.ap50)
    assert 0 < gap.low < gap.value < gap.high
    back = coco_metrics.difference(match(images), match(worse), coco_metrics.ap50)
    assert back.value == pytest.approx(-gap.value)


def test_the_table_of_predictions_comes_back():
    images = drawn(6)
    header = ("name", "kind", "class", "score", "left", "top", "right", "bottom")
    rows = [dict(zip(header, map(str, row), strict=True)) for row in images.table()]
    again = MarkedAndFound.of_table(rows, images.objects)
    assert again.names == images.names
    assert np.array_equal(again.counts(), images.counts())
    exact = [coco_metrics.mean(coco_metrics.exact(match(each), "all"))[0] for each in (images, again)]
    assert exact[1] == pytest.approx(exact[0], abs=2e-3)
