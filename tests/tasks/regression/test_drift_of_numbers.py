"""New images beside those of a regression: other images, other numbers."""

import numpy as np
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
        (lambda images, lengths: images, None),
        (lambda images, lengths: images // 2, "brightness"),
        (lambda images, lengths: images[lengths > np.median(lengths)], "predicted length"),
    ],
    ids=["alike", "darker", "longer"],
)
def test_other_images_and_other_numbers_are_found(run, bars, tmp_path, change, called):
    for number, image in enumerate(change(*bars(200, seed=9))):
        Image.fromarray(image).save(tmp_path / f"{number:03d}.png")
    found = saccade.load(run.path).drift(tmp_path)
    worse = {each.values.get("called", each.kind) for each in found.findings if each.severity != "note"}
    assert found.drifted == bool(called)
    assert {called} - {None} <= worse
    assert found.answers[0].startswith("Predicted length: median ")
