"""The audit as people meet it: the command, the API, the page, the cache, the run."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import saccade
from saccade.cli import run as cli
from saccade.core import recipe
from saccade.core.audit import Audit
from saccade.core.errors import DataError
from saccade.core.rendering import Console
from saccade.core.run import Run
from saccade.modalities.images.audit import checking
from saccade.modalities.images.audit.page import shown, write_page
from saccade.tasks import base

pytestmark = pytest.mark.heavy

UNTRIED = "augment.flip=none"
"""Whether images may be mirrored need not be tried out."""


@pytest.fixture
def leaking(tmp_path, make_scenes):
    """A folder whose test split holds five training images, saved again as JPEG; one may be cut for validation."""
    scenes = make_scenes(140)
    for split, rows in (("train", range(100)), ("test", [*range(100, 140), *range(5)])):
        for row in rows:
            folder = tmp_path / "photos" / split / ("cat", "<dog>")[row % 2]
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(scenes[row]).save(folder / (f"{row}.png" if split == "train" else f"{row}.jpg"), quality=90)
    return tmp_path / "photos"


def test_check_says_the_worst_first_and_strict_exits_with_2(leaking, capsys):
    assert cli(["check", str(leaking)]) == 0
    said = capsys.readouterr().out
    assert said.index("severe") < said.index("note")
    assert re.search(r"[45] of 45 test images \(.*%\) have a duplicate in train", " ".join(said.split()))
    assert cli(["check", str(leaking), "--strict"]) == 2
    assert "Error: photos has" in capsys.readouterr().err


def test_check_prints_json_that_is_the_same_audit_again(leaking, capsys):
    assert cli(["check", str(leaking), "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["findings"][0]["severity"] == "severe"
    assert Audit.from_dict(content).to_dict() == content


def test_the_page_has_the_images_side_by_side_and_nothing_from_outside(leaking, tmp_path):
    audit = saccade.check(leaking, html=tmp_path / "check.html", quiet=True)
    page = (tmp_path / "check.html").read_text()
    assert audit.findings[0].title in page
    assert page.count("data:image/png;base64,") >= 10
    assert "&lt;dog&gt;" in page
    assert "<dog>" not in page
    assert not re.search(r'(src|href)="(?!data:)', page)
    assert "prefers-color-scheme: dark" in page


def test_a_finding_whose_images_have_no_room_says_how_many_are_not_shown(leaking):
    audit = saccade.check(leaking, quiet=True)
    _, dataset = base.prepare(recipe.make({"data": str(leaking)}), quiet=True)
    finding = shown(audit, dataset, embed=lambda _: "")[0]
    assert (finding["rows"], finding["left_out"]) == ([], audit.findings[0].count)


def test_the_page_says_what_it_leaves_out(make_scenes, make_dataset, tmp_path):
    scenes = make_scenes(100)
    dataset = make_dataset(np.concatenate([scenes, scenes[:40]]), splits=["train"] * 100 + ["test"] * 40)
    write_page(checking.audit(dataset, quiet=True), dataset, tmp_path / "check.html")
    assert "28 more are not shown here." in (tmp_path / "check.html").read_text()


def test_a_split_without_images_has_no_brightness(make_scenes, make_dataset, tmp_path, capsys):
    dataset = make_dataset(make_scenes(60, seed=5))
    found = checking.audit(dataset, quiet=True)
    counts = {**found.facts["counts"], "calibration": dict.fromkeys(dataset.classes, 0)}
    found = replace(found, facts={**found.facts, "counts": counts})
    write_page(found, dataset, tmp_path / "check.html")
    assert '<td class="pale">–</td>' in (tmp_path / "check.html").read_text(encoding="utf-8")
    Console().print(found)
    assert re.search(r"mean brightness .*–", capsys.readouterr().out)


def test_a_second_audit_measures_nothing(make_scenes, make_dataset, monkeypatch):
    dataset = make_dataset(make_scenes(60, seed=5))
    first = checking.audit(dataset, quiet=True)
    monkeypatch.setattr(checking, "gather", lambda *_, **__: pytest.fail("measured again"))
    assert checking.audit(dataset, quiet=True).to_dict() == first.to_dict()


def test_another_split_is_another_audit(make_scenes, make_dataset):
    scenes = make_scenes(60, seed=6)
    scenes[30:33] = scenes[:3]
    apart = make_dataset(scenes, splits=["train"] * 30 + ["test"] * 30)
    together = make_dataset(scenes, splits=["train"] * 40 + ["test"] * 20)
    kinds = [{finding.kind for finding in checking.audit(each, quiet=True).findings} for each in (apart, together)]
    assert "duplicates_across_splits" in kinds[0]
    assert "duplicates_across_splits" not in kinds[1]


@pytest.mark.slow
def test_strict_training_refuses_before_it_starts(leaking, tmp_path, capsys):
    assert cli(["train", str(leaking), "--strict", "--runs", str(tmp_path / "runs")]) == 2
    assert "have a duplicate in train" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()
    with pytest.raises(DataError, match="have a duplicate in train"):
        saccade.train(data=str(leaking), strict=True, runs=tmp_path / "runs", quiet=True)


@pytest.mark.slow
def test_training_keeps_the_audit_in_the_run_and_says_the_worst(leaking, tmp_path, capsys):
    assert (
        cli(["train", str(leaking), "--run", str(tmp_path / "one"), "--model", "dense", "--steps", "1", UNTRIED]) == 0
    )
    assert re.search("severe: [45] of 45 test images", capsys.readouterr().out)
    assert Run.open(tmp_path / "one").audit["findings"][0]["kind"] == "duplicates_across_splits"


@pytest.mark.slow
def test_training_without_a_check_keeps_no_audit(leaking, tmp_path):
    command = ["train", str(leaking), "--run", str(tmp_path / "one"), "--model", "dense", "--steps", "1", UNTRIED]
    assert cli([*command, "--no-check"]) == 0
    assert not (tmp_path / "one" / "audit.json").exists()


def test_strict_and_no_check_exclude_each_other(leaking, capsys):
    assert cli(["train", str(leaking), "--strict", "--no-check"]) == 2
    assert "choose one" in capsys.readouterr().err
