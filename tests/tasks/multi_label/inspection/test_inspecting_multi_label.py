"""`saccade inspect` of a run that gives labels: an image with each label's threshold, the network over its data."""

import html
import re

import numpy as np
import pytest

import saccade
from saccade.cli import run as cli
from saccade.core.errors import RunError


@pytest.fixture(scope="module")
def trained(run):
    return saccade.load(run.path)


def name_in(split, trained):
    return next(name for name, found in trained.split.items() if found == split)


@pytest.fixture(scope="module")
def inspection(trained):
    return trained.inspect(name_in("validation", trained))


def test_the_answer_is_that_of_a_prediction(trained, inspection):
    (answer,) = trained.predict(inspection.image.values)
    assert inspection.answer.labels == answer.labels
    assert inspection.answer.probabilities == pytest.approx(answer.probabilities, rel=1e-4, abs=1e-6)
    assert str(inspection.answer) in repr(inspection)


def test_the_nearest_are_training_images_with_their_labels(trained, inspection):
    assert [trained.split[each.name] for each in inspection.nearest] == ["train"] * 3
    assert all(set(each.label.split(", ")) <= {"cat", "dog", "frog", "no label"} for each in inspection.nearest)


def test_the_page_leads_with_every_label_its_probability_and_its_threshold(trained, inspection, tmp_path):
    text = inspection.save(tmp_path, png=False).read_text(encoding="utf-8")
    lead = html.unescape(text[text.index('class="top"') : text.index('id="nearest"')])
    for each in trained.thresholds.labels:
        probability = inspection.answer.probabilities[each.label]
        assert f"probability {probability:.4f}, threshold {each.value:.4f}" in lead
        sign = "≥" if each.label in inspection.answer.labels else "<"
        assert re.search(rf"{probability:.3f} <span class=\"pale\">{sign} {each.value:.3f}", lead)
    assert f"the data say <strong>{inspection.image.label}" in lead
    assert "What in the image speaks for a label?" in text
    assert '<select id="class">' in text


def test_a_label_is_explained_when_asked_for(trained, tmp_path):
    name = name_in("validation", trained)
    assert cli(["inspect", str(trained.path), name, "--class", "frog", "--to", str(tmp_path)]) == 0
    assert "occlusion for frog" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_the_sealed_test_split_stays_closed(trained):
    with pytest.raises(RunError, match="which stays sealed"):
        trained.inspect(name_in("test", trained))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--row", "3"], "--row is not for"),
        (["--class", "cow"], "There is no label 'cow'"),
        (["--class", "cat"], "or an image to explain it in"),
    ],
)
def test_wrong_input_is_one_clear_message(trained, arguments, message, capfd):
    assert cli(["inspect", str(trained.path), *arguments]) == 2
    assert message in capfd.readouterr().err


def test_the_network_over_its_data_is_scored_by_its_labels(trained, tmp_path):
    found = trained.overview(split="validation", quiet=True)
    right = (found.probabilities >= trained.thresholds.values) == found.images.truth
    assert found.score.value == pytest.approx(right.mean())
    np.testing.assert_array_equal(found.is_wrong, ~right.all(axis=1))
    assert f"{right.mean():.1%} of their labels right" in found.to_text(width=200)
    assert found.scoring.outputs == ("cat", "dog", "frog")
    assert cli(["inspect", str(trained.path), "--to", str(tmp_path)]) == 0
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "Where the labels lie" in text
    assert "labels right" in text


def test_nothing_is_cut_off_on_a_phone(look_at, inspection, tmp_path):
    browser = look_at(inspection.save(tmp_path, png=False), width=390)
    assert browser.execute_script("return document.documentElement.scrollWidth") == 390


def test_labels_are_compared_by_training_images_that_have_them(trained, tmp_path):
    found = trained.contrast(classes=["cat", "frog"])
    assert [each.name for each in found.groups] == ["cat", "frog"]
    assert all("cat" in image.label for image in found.groups[0].images)
    cats, frogs = found.probabilities
    assert cats[0] > frogs[0] and frogs[2] > cats[2]
    assert cli(["inspect", str(trained.path), "--class", "cat", "--class", "frog", "--to", str(tmp_path)]) == 0
    assert "<th>label</th>" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_what_cannot_be_compared_is_refused_with_what_to_do(trained, capfd):
    assert cli(["inspect", str(trained.path), "--class", "cat"]) == 2
    assert "Name a second label" in capfd.readouterr().err
    assert cli(["inspect", str(trained.path), "--class", "cat", "--class", "frg"]) == 2
    assert "frog" in capfd.readouterr().err
    sealed = name_in("test", trained)
    with pytest.raises(RunError, match="sealed"):
        trained.contrast([sealed, name_in("validation", trained)])
