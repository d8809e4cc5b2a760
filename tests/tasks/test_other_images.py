"""Images that a run was not trained on: scored, called so, and the sealed test split stays sealed."""

import json
import re
import shutil
import unicodedata

import numpy as np
import pytest
from PIL import Image

from saccade import models, report
from saccade.cli import run as command
from saccade.core import recipe
from saccade.core.errors import DataError, RunError
from saccade.core.run import Run
from saccade.tasks import base
from saccade.tasks.classification import evaluating
from saccade.tasks.classification.abstention import Level
from saccade.tasks.classification.calibration import Calibration
from saccade.tasks.classification.evaluation import Evaluation

pytestmark = pytest.mark.heavy

LEVELS = {"bright": 230, "dark": 20, "grün": 125}


def write(folder, counts, *, seed):
    """Write so many images, 8×8, of each class folder; how bright they are says the class."""
    rng = np.random.default_rng(seed)
    for place, count in counts.items():
        name = unicodedata.normalize("NFC", place.rpartition("/")[2]).lower()
        (folder / place).mkdir(parents=True)
        for number in range(count):
            pixels = np.clip(LEVELS.get(name, 125) + rng.normal(0, 10, (8, 8)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / place / f"{number}.png")
    return folder


def make_run(photos, folder):
    """Return a run as training leaves it, whose network knows the brightness."""
    options = {"data": str(photos), "model": {"name": "dense", "hidden": []}, "validation": 0}
    settled, dataset = base.prepare(recipe.make(options), quiet=True)
    network = models.build("dense", dataset.image_shape, 3, {"hidden": []})
    kernel = np.stack([np.full(64, 40 / 64), np.full(64, -40 / 64), np.zeros(64)], axis=1)
    network.get_layer("predictions").set_weights([kernel, np.array([-28, 12, 0])])
    run = Run.create(settled, folder=folder)
    run.write_data(dataset.record())
    run.write_split(dataset.split_rows())
    run.save_model(network.save)
    return run


IN_RUN = {"train/bright": 6, "train/dark": 6, "train/grün": 6, "test/bright": 3, "test/dark": 3, "test/grün": 3}


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return write(tmp_path_factory.mktemp("data") / "photos", IN_RUN, seed=0)


@pytest.fixture(scope="module")
def run(photos, tmp_path_factory):
    return make_run(photos, tmp_path_factory.mktemp("runs") / "photos-1")


@pytest.fixture
def other(tmp_path):
    return write(tmp_path / "other", {"bright": 4, "dark": 4, "grün": 4}, seed=1)


def test_other_images_are_scored_and_called_so(run, other):
    found = evaluating.evaluate(run, data=str(other))
    assert (found.split, found.images, found.accuracy.value) == ("other", 12, 1)
    assert found.accuracy.low < 1
    assert found.verdict.startswith("On other data: other (12 images). These are not the data that")
    assert "None of the images is also in the run's own data" in found.to_text(width=200)
    assert {each.trained_on for each in found.baselines} == {18}
    (record,) = run.other_evaluations
    assert record == json.loads(json.dumps(found.to_dict()))
    assert Evaluation.from_dict(record) == found


def test_the_sealed_test_part_and_its_record_stay_as_they_were(photos, tmp_path, other):
    run = make_run(photos, tmp_path / "run")
    evaluating.evaluate(run)
    before = {path: path.read_bytes() for path in run.path.iterdir() if path.is_file()}
    evaluating.evaluate(run, data=str(other))
    assert {path: path.read_bytes() for path in run.path.iterdir() if path.is_file()} == before
    assert sorted(path.suffix for path in (run.path / "evaluations").iterdir()) == [".csv", ".json"]


SAID = {
    "a class is not there": ({"bright": 3, "dark": 3}, "There are no images of 'grün': macro F1 is the mean over"),
    "one class": ({"bright": 3}, "no images of 'dark', 'grün': macro F1"),
    "a class that is not known": ({"bright": 3, "dark": 3, "fox": 2}, "2 images of 'fox' are left out of every"),
    "another case": ({"Bright": 3, "dark": 3}, r"Rename 'Bright' to 'bright'\?"),
    "splits": ({"train/bright": 3, "test/dark": 2}, r"splits of their own \(3 train, 2 test\); all are scored"),
    "another mix": ({"bright": 3, "dark": 12, "grün": 3}, "'dark' 67% here, 33% there"),
}


@pytest.mark.parametrize(("counts", "sentence"), SAID.values(), ids=SAID)
def test_what_differs_is_said(run, tmp_path, counts, sentence):
    found = evaluating.evaluate(run, data=str(write(tmp_path / "other", counts, seed=2)))
    known = sum(count for place, count in counts.items() if place.rpartition("/")[2] in LEVELS)
    assert found.images == known
    assert found.metrics["macro_f1"].value == found.accuracy.value == 1  # over the classes that are there
    assert re.search(sentence, "\n".join(found.other_data.notes))


REFUSED = {
    "no class is known": ({"Bright": 2, "fox": 2}, {}, "not one is the same.*Rename 'Bright' to 'bright'"),
    "no classes": ({".": 3}, {}, "not in class folders.*saccade predict"),
    "no such split": ({"bright": 2, "dark": 2}, {"split": "test"}, "no test split: it has no splits of its own"),
    "nothing": ({"bright": 0, "dark": 0}, {}, "no images"),
}


@pytest.mark.parametrize(("counts", "options", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_scored_is_refused(run, tmp_path, counts, options, message):
    (tmp_path / "other").mkdir()
    for place, count in counts.items():
        write(tmp_path / "other", {place: count}, seed=3) if place != "." else loose(tmp_path / "other", count)
    with pytest.raises(DataError, match=message):
        evaluating.evaluate(run, data=str(tmp_path / "other"), **options)


def loose(folder, count):
    write(folder / "in", {"bright": count}, seed=3)
    for path in (folder / "in" / "bright").iterdir():
        path.rename(folder / path.name)
    shutil.rmtree(folder / "in")


def test_a_table_of_rows_is_no_data_for_images(run, tmp_path):
    (tmp_path / "rows.csv").write_text("a,b,kind\n1,2,0\n2,3,1\n")
    with pytest.raises(DataError, match="is a table of rows, but .* was trained on images"):
        evaluating.evaluate(run, data=str(tmp_path / "rows.csv"))


def test_names_in_decomposed_unicode_are_the_same_classes(run, tmp_path):
    folder = write(tmp_path / "other", {unicodedata.normalize("NFD", "grün"): 3, "dark": 2}, seed=4)
    found = evaluating.evaluate(run, data=str(folder))
    assert (found.images, found.accuracy.value) == (5, 1)


def test_images_that_the_run_has_seen_are_counted_and_the_score_is_given_without_them(run, photos, other):
    for number in range(2):
        shutil.copy(photos / "train" / "dark" / f"{number}.png", other / "bright" / f"copy-{number}.png")
    shutil.copy(photos / "test" / "dark" / "0.png", other / "dark" / "copy.png")
    found = evaluating.evaluate(run, data=str(other))
    assert found.other_data.seen == {"train": 2, "test": 1}
    assert found.accuracy.value == pytest.approx(13 / 15)
    assert found.other_data.without_seen["accuracy"].value == 1
    assert "2 in its training split, 1 in its test split. The honest score is that without" in found.verdict


def test_a_split_of_other_data_can_be_chosen(run, tmp_path):
    folder = write(tmp_path / "other", {"train/bright": 3, "test/bright": 2, "test/dark": 2}, seed=5)
    found = evaluating.evaluate(run, data=str(folder), split="test")
    assert (found.split, found.images, found.other_data.split) == ("other", 4, "test")


def test_own_data_that_have_moved_are_still_the_run_s_own(run, photos, tmp_path):
    found = evaluating.evaluate(run, data=str(shutil.copytree(photos, tmp_path / "moved")), split="train")
    assert (found.split, found.other_data) == ("train", None)


def test_own_data_with_a_file_more_are_other_data(photos, tmp_path):
    folder = shutil.copytree(photos, tmp_path / "photos")
    run = make_run(folder, tmp_path / "run")
    write(tmp_path / "more", {"dark": 1}, seed=6)
    shutil.copy(tmp_path / "more" / "dark" / "0.png", folder / "test" / "dark" / "new.png")
    with pytest.raises(RunError, match=r"have changed since.*saccade evaluate .* --data"):
        evaluating.evaluate(run)
    found = evaluating.evaluate(run, data=str(folder))
    assert found.other_data.seen == {"train": 18, "test": 9}
    assert found.images == 28
    assert "known by the names of the files" in found.to_text(width=300)


def test_without_the_run_s_own_data_it_is_said_what_is_not_known(photos, tmp_path, other):
    folder = shutil.copytree(photos, tmp_path / "photos")
    run = make_run(folder, tmp_path / "run")
    folder.rename(tmp_path / "elsewhere")
    found = evaluating.evaluate(run, data=str(other))
    assert (found.baselines, found.other_data.seen) == ((), None)
    assert "are no longer in" in found.to_text(width=300)
    assert found.verdict.endswith("are answered right.")


def test_answers_are_corrected_as_in_prediction(photos, tmp_path, other):
    run = make_run(photos, tmp_path / "run")
    plain = evaluating.evaluate(run, data=str(other))
    run.save(Calibration(3.0, 100, (0.3, 0.2), (0.09, 0.02), (Level(1, 0, 100, 2, 0.08),)))
    found = evaluating.evaluate(run, data=str(other))
    assert found.loss.value > plain.loss.value
    assert [each.promised for each in found.abstentions] == [0.1]


def test_the_command_says_in_json_which_data_it_is_about(run, other, capsys):
    assert command(["evaluate", str(run.path), "--data", str(other), "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert (content["split"], content["other_data"]["name"], content["other_data"]["count"]) == ("other", "other", 12)


def test_the_report_lists_evaluations_on_other_data(photos, tmp_path, other):
    run = make_run(photos, tmp_path / "run")
    evaluating.evaluate(run, data=str(other))
    page = report.report(run).read_text(encoding="utf-8")
    assert "<h2>On other data</h2>" in page and "other (12 images)" in page
