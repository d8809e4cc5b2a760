import json

import numpy as np
import pytest

from saccade import training
from saccade.cli import run as command
from saccade.core import recipe as recipes
from saccade.core.errors import RecipeError, RunError
from saccade.core.run import Run
from saccade.inference.keras_network import load_model
from saccade.modalities.tables.table import ANOMALY
from saccade.tasks import base
from saccade.tasks.anomaly_detection import thresholding
from saccade.tasks.anomaly_detection.reference_rows import CalibrationScores, ReferenceRows
from saccade.tasks.anomaly_detection.threshold import Threshold
from saccade.tasks.anomaly_detection.threshold_criterion import read

pytestmark = pytest.mark.heavy


def write_table(path, rows=1500, anomalies=60, *, seed=0, shift=0.0):
    """Write a CSV of three dependent numbers and a label, a row every ten minutes."""
    rng = np.random.default_rng(seed)
    cause = rng.normal(size=(rows, 1))
    values = cause + 0.3 * rng.normal(size=(rows, 3)) + shift
    strange = rng.choice(rows, anomalies, replace=False)
    values[strange] = rng.normal(0, 3, size=(anomalies, 3))
    labels = np.zeros(rows, int)
    labels[strange] = 1
    lines = [
        f"{600 * i},{a:.5f},{b:.5f},{c:.5f},{label}"
        for i, ((a, b, c), label) in enumerate(zip(values, labels, strict=True))
    ]
    path.write_text("\n".join(["seconds,a,b,c,Class", *lines]) + "\n")
    return path


SETTINGS = {"task": "anomaly_detection", "model": "dense", "label": "Class", "time": "seconds", "epochs": 2}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Give a run that was trained on a table."""
    folder = tmp_path_factory.mktemp("thresholds")
    settings = {**SETTINGS, "data": str(write_table(folder / "rows.csv")), "threshold": "alarms 2%"}
    recipe, table = base.prepare(recipes.make(settings), quiet=True)
    return training.train(recipe, table, folder=folder / "run"), table


@pytest.fixture
def run(trained):
    """Give the run, and put its threshold back afterwards."""
    run, _ = trained
    before = run.load(Threshold)
    yield run
    run.save(before)


def test_a_training_leaves_the_threshold_that_its_recipe_asks_for(trained):
    run, table = trained
    rows = table.rows("calibration")
    scores = np.asarray(load_model(run)(table.values[rows])).sum(axis=1, dtype=np.float64)
    kept, threshold = run.load(CalibrationScores), run.load(Threshold)
    assert np.array_equal(kept.numbers, table.numbers[rows])
    assert kept.scores == pytest.approx(scores, rel=1e-4)
    assert np.array_equal(kept.labels, table.labels[rows])
    assert threshold.asked == read("alarms 2%")
    assert threshold.rows == len(table.normal_rows("calibration"))
    assert threshold.is_alarm(kept.scores)[kept.labels != ANOMALY].mean() <= 0.02
    assert threshold.rows_per_day == pytest.approx(144, rel=0.01)
    assert threshold.prevalence == pytest.approx(0.04)
    assert "as in the table" in threshold.sentence


def test_it_keeps_normal_training_rows_and_no_others(trained):
    run, table = trained
    assert np.array_equal(run.load(ReferenceRows).values, table.values[table.normal_rows("train")])


def test_another_threshold_is_chosen_without_training_or_data(run, capsys):
    model = run.network_hash
    assert command(["threshold", str(run.path), "--max-alarms", "5/day"]) == 0
    said = capsys.readouterr().out
    assert "at most 5 false alarms a day" in said
    assert "export them again" in said
    assert run.load(Threshold).false_alarms.value <= 5 / 144
    assert run.network_hash == model
    assert command(["threshold", str(run.path), "--cost", "miss=500,alarm=10", "--prevalence", "0.001", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["prevalence"] == 0.001
    assert command(["threshold", str(run.path), "--f-beta", "1"]) == 0
    assert run.load(Threshold).prevalence == 0.001, "what was stated stays until something else is"


def test_what_was_asked_is_chosen_anew_at_other_numbers(run):
    thresholding.change(run, read("alarms 5/day"))
    before = run.load(Threshold)
    assert command(["threshold", str(run.path), "--rows-per-day", "288"]) == 0
    assert run.load(Threshold).asked == before.asked
    assert run.load(Threshold).value > before.value


def test_without_options_it_shows_the_threshold_and_changes_nothing(run, capsys):
    before = (run.path / "threshold.json").read_bytes()
    assert command(["threshold", str(run.path)]) == 0
    assert "Scores above" in capsys.readouterr().out
    assert command(["threshold", str(run.path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["value"] == run.load(Threshold).value
    assert (run.path / "threshold.json").read_bytes() == before


def test_two_ways_at_once_and_words_without_meaning_are_refused(run, capsys):
    assert command(["threshold", str(run.path), "--f-beta", "1", "--p-value", "0.1"]) == 2
    assert "not by f_beta 1 and p_value 0.1" in capsys.readouterr().err
    assert command(["threshold", str(run.path), "--max-alarms", "20"]) == 2
    assert "such as 20/day" in capsys.readouterr().err


def test_an_exported_network_goes_on_answering_for_the_run_with_another_threshold(run, tmp_path):
    made = tmp_path / "model.onnx"
    made.write_bytes(b"network")
    run.save_export("model.onnx", made, {})
    assert run.exported("model.onnx")
    thresholding.change(run, read("alarms 10%"))  # the network is the same, and the run says where alarms begin
    assert run.exported("model.onnx")


def test_a_classifier_says_that_it_has_no_threshold(tmp_path, capsys):
    run = Run.create(recipes.make({}), runs=tmp_path)
    run.write_data({"modality": "images"})
    assert run.load(Threshold) is None and run.load(CalibrationScores) is None
    assert command(["threshold", str(run.path)]) == 2
    assert "--abstain" in capsys.readouterr().err
    with pytest.raises(RunError, match="no calibration scores"):
        thresholding.change(run, read("alarms 1%"))


def test_damaged_calibration_scores_are_said_to_be(run):
    path = run.path / "calibration_scores.npz"
    before = path.read_bytes()
    path.write_bytes(before[:100])
    with pytest.raises(RunError, match="damaged"):
        thresholding.change(run, read("alarms 1%"))
    path.write_bytes(before)


def test_a_recipe_that_asks_for_something_else_is_refused_before_training():
    with pytest.raises(RecipeError, match="such as 20/day"):
        recipes.make({"task": "anomaly_detection", "model": "ae", "threshold": "alarms 20"})


def test_a_training_whose_rows_cannot_promise_what_its_recipe_asks_is_not_lost(tmp_path):
    settings = {**SETTINGS, "data": str(write_table(tmp_path / "few.csv", 300, 10)), "epochs": 1}
    recipe, table = base.prepare(recipes.make({**settings, "threshold": "p_value 0.001"}), quiet=True)
    threshold = training.train(recipe, table, folder=tmp_path / "run").load(Threshold)
    assert threshold.asked.method == "alarms"
    assert "The recipe asked for a conformal p-value of at most 0.001" in threshold.sentence


@pytest.mark.slow
def test_new_rows_are_compared_with_those_of_the_training(run, tmp_path, capsys):
    table = write_table(tmp_path / "new.csv", seed=1)
    assert command(["check", str(run.path), str(table), "--strict"]) == 0
    assert "none of 3 columns drifted; the threshold keeps its promise" in " ".join(capsys.readouterr().out.split())
    moved = write_table(tmp_path / "moved.csv", seed=2, shift=1)
    assert command(["check", str(run.path), str(moved), "--strict"]) == 2
    said = capsys.readouterr()
    assert "'a' drifted" in said.out
    assert "The worst:" in said.err
    assert command(["check", str(run.path), str(moved), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["alarms"]["labelled"]


def test_a_table_without_labels_is_compared_too(run, tmp_path, capsys):
    lines = write_table(tmp_path / "new.csv", seed=1).read_text().splitlines()
    (tmp_path / "bare.csv").write_text("\n".join(line.rpartition(",")[0] for line in lines) + "\n")
    assert command(["check", str(run.path), str(tmp_path / "bare.csv"), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert not result["alarms"]["labelled"]
    assert result["rows"] == result["compared"] == 1500


def test_a_run_without_new_rows_says_what_to_do(run, capsys):
    assert command(["check", str(run.path)]) == 2
    assert "new.csv" in capsys.readouterr().err
