"""New images beside those of a multi-label run: other images, other labels."""

import pytest
from PIL import Image

import saccade
from saccade.core import cross_validation


@pytest.fixture(autouse=True)
def small_forest(monkeypatch):
    monkeypatch.setattr(cross_validation, "TREES", 10)


@pytest.mark.parametrize(
    ("change", "called"),
    [
        (lambda images, truth: images, None),
        (lambda images, truth: images // 2, "brightness"),
        (lambda images, truth: images[truth[:, 0] == 0], "label cat"),
    ],
    ids=["alike", "darker", "fewer cats"],
)
def test_other_images_and_other_labels_are_found(run, corners, tmp_path, change, called):
    for number, image in enumerate(change(*corners(240, seed=9))):
        Image.fromarray(image).save(tmp_path / f"{number:03d}.png")
    found = saccade.load(run.path).drift(tmp_path)
    worse = {each.values.get("called", each.kind) for each in found.findings if each.severity != "note"}
    assert found.drifted == bool(called)
    assert {called} - {None} <= worse
    assert found.answers[0].startswith("Labels given: ")
