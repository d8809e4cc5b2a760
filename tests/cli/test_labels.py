import csv
import io
import json

import numpy as np
import pytest
from PIL import Image

from saccade.cli import run
from saccade.core.run import Run
from saccade.modalities.images import label_overrides
from saccade.modalities.images.dataset import Override

pytestmark = pytest.mark.heavy

SETTINGS = ["model=dense", "epochs=6", "learning_rate=0.003", "precision=float32", "augment={}"]
WRONG = [f"dark/{row}.png" for row in (0, 4, 8)]
"""Bright images in the folder of the dark ones."""


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Sixty noisy images, dark and bright; three bright ones are filed as dark."""
    folder = tmp_path_factory.mktemp("data") / "photos"
    random = np.random.default_rng(0)
    for label in ("dark", "bright"):
        (folder / label).mkdir(parents=True)
        for row in range(30):
            low = 150 if label == "bright" or f"{label}/{row}.png" in WRONG else 0
            pixels = random.integers(low, low + 100, (12, 12), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / label / f"{row}.png")
    return folder


@pytest.fixture
def overrides(tmp_path):
    """Corrections of the three, one of which is left out."""
    path = tmp_path / "overrides.csv"
    new = ["bright", "bright", ""]
    label_overrides.write(path, [Override(name, "dark", label) for name, label in zip(WRONG, new, strict=True)])
    return path


def labels(*arguments):
    return run(["labels", *map(str, arguments), *SETTINGS])


@pytest.mark.slow
def test_json_and_csv_are_nothing_but_that(photos, capfd):
    assert labels(photos, "--json", "test=0") == 0
    captured = capfd.readouterr()
    assert {suspect["path"] for suspect in json.loads(captured.out)["suspects"]} == set(WRONG)
    assert captured.err == ""
    assert labels(photos, "--csv", "test=0") == 0
    rows = list(csv.DictReader(io.StringIO(capfd.readouterr().out)))
    assert len(rows) == 60
    assert {row["path"] for row in rows[:3]} == set(WRONG)


@pytest.mark.slow
def test_the_worst_come_first_what_is_accepted_is_written_and_the_next_search_applies_it(photos, tmp_path, capfd):
    target, gallery = tmp_path / "overrides.csv", tmp_path / "gallery.html"
    assert labels(photos, "--overrides", target, "--accept", "2", "--html", gallery, "test=0") == 0
    shown = capfd.readouterr().out
    assert "photos: 3 of 60 labels look wrong (5.00%)." in shown
    assert all(name in "".join(shown.partition("rather")[2].splitlines()[:4]) for name in WRONG)
    assert len(label_overrides.read(target)) == 2
    assert gallery.exists()
    assert labels(photos, "--overrides", target, "--accept", "flagged", "test=0") == 0
    assert set(label_overrides.read(target)) == {Override(name, "dark", "bright") for name in WRONG}
    assert "1 of 60 labels looks wrong" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--accept", "3"], "Say where to write what you accept: --overrides overrides.csv"),
        (["--accept", "some"], "expected 'flagged', a number of images"),
        (["--accept", "1.5"], "expected 'flagged', a number of images"),
        (["--overrides", "none.csv"], "Cannot read the overrides none.csv"),
        (["--folds", "1"], "--folds"),
        (["--folds", "70", "test=0"], "Cannot cut photos into 70 folds"),
        (["epoch=3"], "epochs"),
    ],
)
def test_wrong_words_are_refused_before_anything_is_trained(photos, arguments, message, capfd):
    assert labels(photos, *arguments) == 2
    assert message in capfd.readouterr().err


def train(folder, *arguments):
    return run(["train", *map(str, arguments), "--run", str(folder), "--quiet", "--no-check"])


@pytest.mark.slow
def test_a_training_uses_the_corrections_and_keeps_them(photos, overrides, tmp_path, capfd):
    folder = tmp_path / "run"
    assert train(folder, photos, *SETTINGS, "--overrides", overrides) == 0
    trained = Run.open(folder)
    assert any("2 labels changed and 1 image left out by overrides.csv" in note for note in trained.data["notes"])
    assert sum(sum(counts.values()) for counts in trained.data["counts"].values()) == 59
    assert trained.split[WRONG[2]] == ""
    assert label_overrides.read(trained.overrides_path) == label_overrides.read(overrides)
    overrides.unlink()
    assert run(["evaluate", str(folder)]) == 0
    assert train(tmp_path / "again", folder / "recipe.yaml") == 0
    again = Run.open(tmp_path / "again")
    assert again.data["content_hash"] == trained.data["content_hash"]
    assert [row["loss"] for row in again.history] == [row["loss"] for row in trained.history]


@pytest.mark.slow
def test_without_the_file_all_is_as_before_and_the_runs_can_be_compared(photos, overrides, tmp_path, capfd):
    for name, extra in (("with", ["--overrides", overrides, "seed=3"]), ("without", ["seed=3"])):
        assert train(tmp_path / name, photos, *SETTINGS, "split_seed=1", *extra) == 0
        assert run(["evaluate", str(tmp_path / name)]) == 0
    one, other = Run.open(tmp_path / "with"), Run.open(tmp_path / "without")
    assert {name: split for name, split in one.split.items() if split} == {
        name: split for name, split in other.split.items() if name != WRONG[2]
    }
    assert other.recipe.overrides is None
    assert "test" not in {other.split[name] for name in WRONG}
    assert run(["compare", str(one.path), str(other.path)]) == 0


@pytest.mark.slow
def test_a_run_whose_corrections_were_edited_is_refused(photos, overrides, tmp_path, capfd):
    folder = tmp_path / "run"
    assert train(folder, photos, *SETTINGS, "--overrides", overrides) == 0
    label_overrides.write(folder / "overrides.csv", [Override(WRONG[0], "dark", "bright")])
    assert run(["evaluate", str(folder)]) == 2
    assert "is not what" in capfd.readouterr().err


def test_the_audit_does_not_look_at_images_that_are_left_out(photos, tmp_path, capfd):
    name = "dark/31.png"
    Image.new("L", (12, 12), 7).save(photos / name)
    path = tmp_path / "overrides.csv"
    label_overrides.write(path, [Override(name, "dark", "")])
    try:
        assert run(["check", str(photos), "--json"]) == 0
        assert "one colour" in capfd.readouterr().out
        assert run(["check", str(photos), "--json", "--overrides", str(path)]) == 0
        assert "one colour" not in capfd.readouterr().out
    finally:
        (photos / name).unlink()
