"""What is wrong with boxes."""

import numpy as np
import pytest

from saccade.modalities.images.annotations import MarkedImage, MarkedObject, annotation_text
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.object_detection.auditing import audit
from saccade.tasks.object_detection.box_checks import box_findings, pairwise_overlaps
from saccade.tasks.object_detection.object_images import with_objects

USUAL = [("cat", 10, 10, 50, 50), ("dog", 60, 60, 100, 100)]


def dataset_of(*images, splits=None):
    """Return images of 128×128 pixels with such objects each."""
    marks = [MarkedImage("", "", (128, 128), tuple(MarkedObject(*each) for each in rows)) for rows in images]
    texts = [annotation_text(each) for each in marks]
    classes = tuple(sorted(set(texts)))
    random = np.random.default_rng(0)
    return with_objects(
        ImageDataset(
            name="x",
            source="x",
            images=random.integers(0, 255, (len(marks), 128, 128, 1), dtype=np.uint8),
            labels=np.array([classes.index(text) for text in texts]),
            classes=classes,
            names=np.array([f"{at}.png" for at in range(len(marks))]),
            splits=np.array(splits or ["train"] * len(marks)),
            content_hash="0",
        )
    )


def kinds(dataset):
    return {finding.kind: finding for finding in box_findings(dataset)}


CASES = {
    "doubled_boxes": [("cat", 10, 10, 50, 50), ("cat", 10, 11, 50, 50)],
    "boxes_of_a_pixel": [("cat", 10, 10, 11, 50)],
    "objects_too_small": [("cat", 10, 10, 17, 50)],
    "images_without_objects": [],
}


@pytest.mark.parametrize("kind", CASES)
def test_what_is_wrong_with_boxes_is_found_and_shown(kind):
    found = kinds(dataset_of(*[USUAL] * 60, CASES[kind]))
    assert found[kind].examples == (("60.png",),)
    assert found[kind].count == 1


def test_good_boxes_are_left_in_peace():
    assert not kinds(dataset_of(*[USUAL] * 60))


@pytest.mark.parametrize(
    "rows",
    [
        [("cat", 10, 10, 50, 50), ("dog", 10, 10, 50, 50)],
        [("cat", 10, 10, 50, 50), ("cat", 10, 20, 50, 60)],
        [("cat", 10, 10, 50, 50), ("cat", 10, 10, 50, 50, True)],
    ],
)
def test_other_classes_and_neighbours_are_not_doubles(rows):
    assert "doubled_boxes" not in kinds(dataset_of(*[USUAL] * 60, rows))


@pytest.mark.parametrize(("count", "severity"), [(5, "warning"), (20, "note"), (60, None)])
def test_classes_with_few_objects_are_said(count, severity):
    found = kinds(dataset_of(*[USUAL] * 60, *[[("fox", 10, 10, 50, 50)]] * count)).get("few_objects")
    assert (found and found.severity) == severity


def test_a_class_that_no_test_image_has_is_said():
    found = kinds(dataset_of(*[USUAL] * 60, [("cat", 10, 10, 50, 50)], splits=["train"] * 60 + ["test"]))
    assert "no objects of dog" in found["classes_without_objects"].title


def test_overlaps_are_those_of_areas():
    found = pairwise_overlaps(np.array([[0, 0, 10, 10], [0, 5, 10, 15], [20, 20, 30, 30]], np.float32))
    np.testing.assert_allclose(found, [[1, 1 / 3, 0], [1 / 3, 1, 0], [0, 0, 1]])


def test_an_audit_counts_objects_and_has_what_is_wrong_with_boxes_and_images(tmp_path):
    dataset = dataset_of(*[USUAL] * 30, CASES["doubled_boxes"], splits=["train"] * 25 + ["test"] * 5 + ["train"])
    found = audit(dataset, quiet=True)
    assert found.facts["counts"]["train"] == {"cat": 27, "dog": 25, "background": 0}
    assert "doubled_boxes" in {finding.kind for finding in found.findings}
