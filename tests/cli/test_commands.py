import csv
import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from saccade.cli import run
from saccade.cli.list import _counted
from saccade.core.run import Run
from saccade.tasks.classification.calibration import Calibration

pytestmark = pytest.mark.heavy

SETTINGS = ["epochs=2", "model=dense", "optimizer=adam"]


@pytest.fixture(scope="module")
def trained(digits_run):
    return digits_run().path


@pytest.fixture
def images(tmp_path):
    for number, digit in enumerate(load_digits().images[:3]):
        Image.fromarray((digit * 255 / 16).astype(np.uint8)).save(tmp_path / f"{number}.png")
    (tmp_path / "not.png").write_text("text")
    return tmp_path


def test_help_names_every_command(capsys):
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(command in shown for command in ("train", "evaluate", "predict", "summary", "list", "demo"))


def test_a_reader_that_has_gone_is_no_failure():
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-c", "from saccade.cli import main; main()", "list", "recipes"]
    ended = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_an_unknown_command_is_the_users_mistake(capsys):
    assert run(["trian"]) == 2
    assert "Did you mean 'train'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "meant"),
    [(["list", "dta"], "data"), (["list", "recipe"], "recipes"), (["demo", "digit"], "digits")],
)
def test_an_unknown_word_suggests_the_nearest(words, meant, capsys):
    assert run(words) == 2
    assert f"Did you mean '{meant}'" in capsys.readouterr().err


def test_a_classifier_that_is_asked_for_a_threshold_says_how_to_abstain(trained, capsys):
    assert run(["threshold", str(trained)]) == 2
    assert "--abstain" in capsys.readouterr().err


def test_an_unreadable_file_gives_its_reason_once(trained, images, capfd):
    assert run(["predict", str(trained), str(images / "not.png")]) == 2
    shown = capfd.readouterr()
    assert (shown.out + shown.err).count("looks like text") == 1


@pytest.mark.slow
def test_train_says_where_everything_is_and_what_is_next(tmp_path, capfd):
    assert run(["train", "digits", *SETTINGS, "--runs", str(tmp_path)]) == 0
    shown = capfd.readouterr().out
    assert "1,797 images of 8×8×1, 10 classes" in shown
    assert "epoch 2/2" in shown
    assert f"saccade evaluate {tmp_path}/quick-digits-1" in shown


@pytest.mark.slow
def test_json_mode_prints_nothing_but_json_lines(tmp_path, capfd):
    assert run(["train", "digits", *SETTINGS, "--runs", str(tmp_path), "--json", "--evaluate"]) == 0
    captured = capfd.readouterr()
    events = [json.loads(line) for line in captured.out.splitlines()]
    said = [event["event"] for event in events if event["event"] != "step"]  # those come where an epoch takes seconds
    said.remove("audit")  # which comes when it is there
    assert said == ["plan", "epoch", "epoch", "finished"]
    assert 0 < events[-1]["evaluation"]["metrics"]["accuracy"]["value"] <= 1
    assert captured.err == ""


@pytest.mark.slow
def test_several_seeds_give_mean_and_spread(tmp_path, capfd):
    assert run(["train", "digits", *SETTINGS, "--runs", str(tmp_path), "--seeds", "2", "--json"]) == 0
    last = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert last["event"] == "spread"
    values = last["validation accuracy"]["values"]
    assert len(values) == 2
    assert last["validation accuracy"]["mean"] == pytest.approx(np.mean(values))
    assert {Run.open(path).recipe.seed for path in last["runs"]} == {0, 1}


def test_a_run_repeats_from_its_own_recipe(trained, tmp_path, capfd):
    assert run(["train", str(trained / "recipe.yaml"), "--run", str(tmp_path / "again"), "--quiet"]) == 0
    first, second = (
        [{key: value for key, value in row.items() if key != "seconds"} for row in Run.open(path).history]
        for path in (trained, tmp_path / "again")
    )
    assert first == second


@pytest.mark.slow
def test_evaluate_prints_text_json_and_csv(trained, capfd):
    assert run(["evaluate", str(trained)]) == 0
    assert "accuracy" in capfd.readouterr().out
    assert run(["evaluate", str(trained), "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["split"] == "test"
    assert run(["evaluate", str(trained), "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capfd.readouterr().out)))
    assert [row["class"] for row in rows] == list("0123456789")
    assert len(Run.open(trained).evaluation["accesses"]) == 3


def test_predict_answers_for_good_files_and_names_the_bad_one(trained, images, capfd):
    assert run(["predict", str(trained), str(images), "--json"]) == 2  # so that a script notices
    captured = capfd.readouterr()
    lines = [json.loads(line) for line in captured.out.splitlines()]
    answers = [line for line in lines if line["class"] is not None]
    assert len(answers) == 3
    assert ["text" in line["skipped"] for line in lines if line not in answers] == [True]
    assert captured.err.splitlines()[-1].startswith("Error: 1 of 4 files could not be read as an image")
    (images / "not.png").unlink()
    assert run(["predict", str(trained), str(images), "--json"]) == 0
    assert [json.loads(line) for line in capfd.readouterr().out.splitlines()] == answers
    assert sum(answers[0]["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert answers[0]["probability"] == max(answers[0]["probabilities"].values())
    assert "not.png" in captured.err


def test_predict_leaves_undecided_what_it_is_told_to(trained, images, capfd):
    promised = max(level.error_bound for level in Run.open(trained).load(Calibration).levels[1:])
    (images / "not.png").unlink()
    assert run(["predict", str(trained), str(images), "--json", "--abstain", f"{100 * promised}%"]) == 0
    threshold = Run.open(trained).load(Calibration).level(promised).threshold
    for line in capfd.readouterr().out.splitlines():
        answer = json.loads(line)
        assert (answer["class"] is None) == (answer["probability"] < threshold)
    assert run(["predict", str(trained), str(images), "--abstain", "0.00001"]) == 2
    assert "cannot be promised" in capfd.readouterr().err
    assert run(["predict", str(trained), str(images), "--abstain", "few"]) == 2
    assert "expected a share such as 1% or 0.01" in capfd.readouterr().err


def test_evaluate_scores_without_duplicates(trained, capfd):
    assert run(["evaluate", str(trained), "--score-without-duplicates", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["without_duplicates"]["leaked"] >= 0
    assert found["without_duplicates"]["accuracy"]["value"] <= 1


def test_predict_reads_names_from_standard_input(trained, images, capfd, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{images / '0.png'}\n{images / '1.png'}\n"))
    assert run(["predict", str(trained), "-", "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capfd.readouterr().out)))
    assert [row["file"] for row in rows] == [str(images / "0.png"), str(images / "1.png")]
    assert sum(float(rows[0][f"p_{digit}"]) for digit in range(10)) == pytest.approx(1, abs=1e-4)


def test_predict_fails_when_no_file_is_a_image(trained, images, capfd):
    assert run(["predict", str(trained), str(images / "not.png")]) == 2
    assert "The file could not be read" in capfd.readouterr().err


def test_summary_prints_counts_as_json(capfd):
    assert run(["summary", "convnet", "--input", "28x28x1", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["totals"]["parameters"] == 104_202


def test_summary_of_a_recipe_needs_no_data(capfd, tmp_path, monkeypatch):
    monkeypatch.setenv("SACCADE_DATA_HOME", str(tmp_path))
    assert run(["summary", "cifar10-lenet", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["totals"]["parameters"] == 4_239_978


def test_list_names_what_there_is(capfd, trained):
    assert run(["list", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert {"digits", "mnist", "fashion_mnist", "cifar10"} <= set(found["data"])
    assert {"dense", "convnet", "lenet5", "quick"} <= set(found["models"])
    assert "mnist-convnet" in found["recipes"]
    assert all(found["recipes"].values())
    for words in (["--runs", str(trained.parent)], [str(trained.parent)]):
        assert run(["list", "runs", *words]) == 0
        assert "finished" in capfd.readouterr().out
    assert run(["list", "runs", str(trained)]) == 2
    assert f"saccade summary {trained}" in capfd.readouterr().err


def test_list_draws_a_grid_of_sample_images(tmp_path, capfd):
    assert run(["list", "data", "digits", "--preview", str(tmp_path / "grid.png")]) == 0
    with Image.open(tmp_path / "grid.png") as grid:
        assert min(grid.size) > 200


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "no/such/folder"], "no/such/folder"),
        (["train", "mnist-convent"], "mnist-convnet"),
        (["train", "digits", "--model", "convnt"], "convnet"),
        (["train", "digits", "--optimizer", "addam"], "adam"),
        (["train", "digits", "--epochs", "none of that"], "epochs"),
        (["train", "digits", "model.hiden=[3]", "model=dense"], "hidden"),
        (["train", "--resume", "no/such/run"], "no/such/run"),
        (["evaluate", "no/such/run"], "does not exist"),
        (["predict", "no/such/run", "a.png"], "does not exist"),
        (["evaluate", "no/such/run"], "saccade list runs"),
        (["summary", "convnt"], "Did you mean 'convnet'"),
        (["summary", "rows.csv"], "There is no model, recipe, run or file 'rows.csv'. See: saccade list models"),
        (["list", "data", "films"], "invented_films"),
        (["demo", "photos"], "There is no demo 'photos'. Known: boxes, digits, films."),
        (["list", "data", "--preview", "grid.png"], "Say which data"),
        (["list", "runs", "nowhere"], "There is no folder nowhere"),
    ],
)
def test_wrong_input_is_one_clear_message_and_status_2(arguments, message, capfd):
    assert run(arguments) == 2
    captured = capfd.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err


def test_too_little_memory_is_a_sentence(monkeypatch, capfd):
    def large(*args, **options):
        raise MemoryError("Unable to allocate 562 MiB")

    monkeypatch.setattr("saccade.core.registry.descriptions", large)
    assert run(["list"]) == 2
    said = capfd.readouterr().err
    assert said.startswith("Error: The memory is too small for this (Unable to allocate 562 MiB). Close other programs")
    assert "Traceback" not in said


def test_our_own_fault_is_status_1_with_a_traceback(monkeypatch, capfd):
    def broken(*args, **options):
        raise ZeroDivisionError

    monkeypatch.setattr("saccade.core.registry.descriptions", broken)
    assert run(["list"]) == 1
    assert "fault in Saccade" in capfd.readouterr().err


def test_a_run_whose_data_have_moved_is_evaluated_where_they_are_now(make_images, tmp_path, capfd):
    photos = make_images({"cat": 12, "dog": 12}, size=(12, 12))
    folder = tmp_path / "run"
    assert run(["train", str(photos), "epochs=1", "model=dense", "--run", str(folder), "--quiet"]) == 0
    moved = photos.rename(tmp_path / "elsewhere")
    assert run(["evaluate", str(folder)]) == 2
    assert str(photos) in capfd.readouterr().err
    assert run(["evaluate", str(folder), "--data", str(moved)]) == 0
    assert "accuracy" in capfd.readouterr().out


def test_early_stopping_without_validation_is_refused(capfd):
    assert run(["train", "digits", "validation=0", "early_stopping=2"]) == 2
    assert "early_stopping needs validation images" in capfd.readouterr().err


def test_of_very_many_classes_the_largest_are_counted():
    few, many = {f"c{number}": number for number in range(3)}, {f"c{number}": number for number in range(1, 5001)}
    assert _counted(few) == "c0 0, c1 1, c2 2"
    assert _counted(many).startswith("c5000 5,000, c4999 4,999, ")
    assert _counted(many).endswith("c4981 4,981; and 4,980 classes of 1 to 4,981")
