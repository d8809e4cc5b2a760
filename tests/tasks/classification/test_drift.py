"""New images beside a classifier's validation images: alike, changed, few, none; in Python and on the command line."""

import json
import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image

import saccade
from saccade.cli import run as command_line
from saccade.core import cross_validation
from saccade.core.errors import DataError, RunError
from saccade.core.run import Run
from saccade.tasks import base, image_drift_checking
from saccade.tasks.classification.drift import _none_of_them, judge

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("held_network")]


@pytest.fixture(scope="module")
def run(novelty_run):
    return novelty_run


@pytest.fixture(autouse=True)
def small_forest(monkeypatch):
    monkeypatch.setattr(cross_validation, "TREES", 10)


@pytest.fixture(scope="module")
def digits(run):
    """The run's test images, which the training has not seen either, and their classes."""
    dataset = base.reload(run, quiet=True)
    rows = dataset.rows("test")
    return np.asarray(dataset.images[rows]), dataset.labels[rows]


def write(folder, images, ending="png"):
    folder.mkdir(parents=True, exist_ok=True)
    for number, image in enumerate(images):
        Image.fromarray(np.squeeze(image)).save(folder / f"{number:03d}.{ending}")
    return folder


def noisy(images):
    return np.clip(images + np.random.default_rng(0).normal(0, 60, images.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("change", "called", "words"),
    [
        (lambda images, labels: images, set(), "like the run's validation images"),
        (lambda images, labels: images // 2, {"brightness", "contrast", "told_apart"}, "differ from the run's"),
        (lambda images, labels: noisy(images), {"none of the classes", "confidence", "told_apart"}, "differ from"),
        (
            lambda images, labels: np.concatenate([images[labels == 3], images[labels != 3][:40]]),
            {"predicted classes"},
            "but are answered otherwise: predicted classes",
        ),
    ],
    ids=["alike", "darker", "noise", "other mix"],
)
def test_what_changed_is_found_and_named(run, digits, tmp_path, change, called, words):
    found = saccade.load(run.path).drift(write(tmp_path / "new", change(*digits)))
    worse = {each.values.get("called", each.kind) for each in found.findings if each.severity != "note"}
    assert worse >= called
    assert found.drifted == bool(called)
    assert words in found.verdict
    if words.startswith("but"):
        assert worse == called, "the mix explains all else"
        assert "'3'" in found.to_text()


def test_how_many_are_none_of_the_classes_is_said_beside_the_promise(run, digits, tmp_path):
    found = saccade.load(run.path).drift(write(tmp_path, noisy(digits[0])[:60]))
    assert any(each.startswith("None of the classes: ") and "1.0% were promised" in each for each in found.answers)
    shift = next(each for each in found.shifts if each.column == "none of the classes")
    assert shift.significant
    assert shift.before == "1.0%"
    noise = np.random.default_rng(0).integers(0, 256, (5, 8, 8), dtype=np.uint8)
    few = saccade.load(run.path).drift(write(tmp_path / "few", noise))
    assert [each.column for each in few.shifts] == ["none of the classes"]
    assert few.drifted
    assert "5 images that differ from the run's validation images: none of the classes" in few.verdict


def test_the_promised_rate_is_doubted_at_most_5_times_in_100(run):
    rng, judged = np.random.default_rng(0), judge(run)
    novelty = judged.keywords["refusing"][1]
    p_values = []
    for _ in range(300):
        known, new = np.sort(rng.normal(size=len(novelty.known))), rng.normal(size=400)
        drawn = type(novelty)(tuple(known.tolist()), novelty.rate)
        (test,) = _none_of_them(drawn.refused(new), drawn, _Named(400))
        p_values.append(test.shift.p_value)
    assert np.mean(np.array(p_values) <= 0.05) <= 0.09


class _Named:
    def __init__(self, count):
        self.names = tuple(map(str, range(count)))


def test_a_folder_a_list_an_archive_and_a_table_are_all_taken(run, digits, tmp_path):
    folder = write(tmp_path / "new" / "3", digits[0][:40])
    files = sorted(folder.iterdir())
    with zipfile.ZipFile(tmp_path / "new.zip", "w") as archive:
        for file in files:
            archive.write(file, f"images/{file.name}")
    (tmp_path / "new.csv").write_text("\n".join(["path", *(f"new/3/{file.name}" for file in files)]))
    trained = saccade.load(run.path)
    sources = [tmp_path / "new", files, tmp_path / "new.zip", tmp_path / "new.csv"]
    shifts = {
        tuple(each.effect for each in trained.drift(source).shifts if "files" not in each.column) for source in sources
    }
    assert len(shifts) == 1


def test_files_that_cannot_be_read_are_listed_and_the_others_compared(run, digits, tmp_path):
    write(tmp_path, digits[0][:35])
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno image")
    (tmp_path / "notes.txt").write_text("not an image")
    found = saccade.load(run.path).drift(tmp_path)
    assert (found.rows, found.compared, [each.name.rpartition("/")[2] for each in found.skipped]) == (
        36,
        35,
        ["broken.png"],
    )
    assert found.to_dict()["skipped"][0]["file"].endswith("broken.png")
    assert "broken.png" in found.to_text(width=300)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "There is nothing to compare"),
        ({"notes.txt": b"words"}, "There is nothing to compare: no images, only"),
        ({"broken.png": b"no image"}, "none could be read as an image"),
    ],
    ids=["empty", "no images", "all broken"],
)
def test_a_source_without_images_is_one_clear_sentence(run, tmp_path, files, said, capsys):
    (tmp_path / "new").mkdir()
    for name, content in files.items():
        (tmp_path / "new" / name).write_bytes(content)
    assert command_line(["check", str(run.path), str(tmp_path / "new")]) == 2
    assert said in capsys.readouterr().err
    with pytest.raises(DataError):
        saccade.load(run.path).drift(tmp_path / "nowhere")


def test_of_many_images_some_are_drawn(run, digits, tmp_path, monkeypatch):
    monkeypatch.setattr(image_drift_checking, "most", lambda run: 40)
    found = saccade.load(run.path).drift(write(tmp_path, digits[0][:60]))
    assert (found.rows, found.compared, found.reference_rows) == (60, 40, 40)
    assert "40 of 60 images were drawn at random" in found.to_text()


def test_the_command_line_prints_text_or_json_and_strict_exits_with_2(run, digits, tmp_path, capsys):
    dark = write(tmp_path / "dark", digits[0][:80] // 2)
    assert command_line(["check", str(run.path), str(dark), "--strict"]) == 2
    said = capsys.readouterr()
    assert "'brightness' drifted" in said.out
    assert "The worst: " in said.err
    assert command_line(["check", str(run.path), str(dark), "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain["drifted"]
    assert plain["strangest"][0].endswith(".png")
    assert {"verdict", "meaning", "shifts", "told_apart", "findings", "answers", "skipped"} <= set(plain)
    few = [str(file) for file in sorted(write(tmp_path / "few", digits[0][:2]).iterdir())]
    assert command_line(["check", str(run.path), *few, "--strict"]) == 0
    assert "2 images are too few to say" in capsys.readouterr().out


def test_options_that_do_not_fit_are_refused(run, tmp_path, capsys):
    assert command_line(["check", str(run.path)]) == 2
    assert "saccade check" in capsys.readouterr().err
    assert command_line(["check", str(run.path), str(tmp_path), "--html", "x.html"]) == 2


def test_a_run_whose_data_are_gone_says_what_to_do(run, digits, tmp_path, capsys):
    copied = shutil.copytree(run.path, tmp_path / "run")
    recipe = copied / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("data: digits", "data: /nowhere/photos"))
    write(tmp_path / "new", digits[0][:40])
    with pytest.raises(DataError, match="--data"):
        saccade.load(copied).drift(tmp_path / "new")
    assert saccade.load(copied).drift(tmp_path / "new", data="digits").compared == 40
    assert command_line(["check", str(copied), str(tmp_path / "new"), "--data", "digits"]) == 0


def test_a_run_without_enough_validation_images_cannot_be_compared_with(run, digits, tmp_path, monkeypatch):
    monkeypatch.setattr(image_drift_checking, "most", lambda run: 20)
    with pytest.raises(RunError, match="20 validation images"):
        saccade.load(run.path).drift(write(tmp_path, digits[0][:40]))


def test_the_test_split_stays_sealed(run, digits, tmp_path):
    before = {path.name for path in Run.open(run.path).path.iterdir()}
    saccade.load(run.path).drift(write(tmp_path, digits[0][:30]))
    assert {path.name for path in run.path.iterdir()} == before
