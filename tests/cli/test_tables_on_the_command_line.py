"""The verbs for a table, as a user types them."""

import csv
import json

import numpy as np
import pytest

from saccade.cli import run
from saccade.core.run import Run
from saccade.tasks.anomaly_detection.threshold import Threshold

pytestmark = pytest.mark.heavy


def write_rows(path, rows=400, *, seed=0):
    """Write rows whose second column follows the first, except for every 20th, which is labelled."""
    rng = np.random.default_rng(seed)
    first = rng.normal(size=rows).round(3)
    strange = np.arange(rows) % 20 == 0
    second = np.where(strange, -first - 3, first)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["first", "second", "third", "bad"])
        third = rng.normal(size=rows).round(3)
        columns = (first.tolist(), second.tolist(), third.tolist(), strange.astype(int).tolist())
        writer.writerows(zip(*columns, strict=True))
    return path


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_rows(tmp_path_factory.mktemp("data") / "rows.csv")


@pytest.fixture(scope="module")
def trained(tmp_path_factory, source):
    folder = tmp_path_factory.mktemp("runs") / "rows"
    settings = ["--label", "bad", "time=", "--epochs", "30", "--learning-rate", "0.01", "model.hidden=[2]"]
    given = ["train", "fraud-autoencoder", "--data", str(source), *settings, "--run", str(folder), "--quiet"]
    assert run(given) == 0
    return folder


@pytest.mark.slow
def test_training_says_rows_and_columns_and_what_is_next(source, tmp_path, capfd):
    given = ["train", "fraud-autoencoder", "--data", str(source), "--label", "bad", "time=", "--epochs", "1"]
    assert run([*given, "--runs", str(tmp_path), "--evaluate"]) == 0
    shown = capfd.readouterr().out
    assert "400 rows, 3 columns, label 'bad'" in shown
    assert "of 64 rows" in shown
    assert "predict" in shown and "new.csv" in shown
    assert "ROC AUC" in shown


@pytest.mark.parametrize(
    ("given", "from_recipe"),
    [(["fraud-autoencoder", "time="], True), (["ae", "--label", "bed"], False)],
)
def test_a_column_that_is_not_there_is_the_recipes_only_where_nobody_asked_for_it(source, given, from_recipe, capfd):
    assert run(["train", *given, "--data", str(source), "--runs", str(source.parent)]) == 2
    said = " ".join(capfd.readouterr().err.split())
    assert "There is no column" in said
    assert ("It is the label of the recipe" in said) is from_recipe


def test_evaluate_tells_the_ranking_and_the_frozen_threshold(trained, capfd):
    assert run(["evaluate", str(trained), "--json", "--prevalence", "0.01"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert (told["prevalence"], told["prevalence_from"]) == (0.01, "stated")
    assert told["roc_auc"]["value"] > 0.8
    assert told["at_threshold"]["threshold"] == Run(trained).load(Threshold).value


@pytest.mark.slow
def test_seeds_are_compared_by_their_ranking(source, tmp_path, capfd):
    given = ["train", "fraud-autoencoder", "--data", str(source), "--label", "bad", "time=", "--epochs", "1"]
    assert run([*given, "--runs", str(tmp_path), "--seeds", "2", "--evaluate"]) == 0
    assert "test ROC AUC over 2 seeds: mean" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--csv"], "--csv is not for"),
        (["--score-without-duplicates"], "--score-without-duplicates is not for"),
        (["--prevalence", "2"], "above 0 and below 1"),
    ],
)
def test_what_makes_no_sense_for_anomalies_is_refused(trained, given, said, capfd):
    assert run(["evaluate", str(trained), *given]) == 2
    assert said in capfd.readouterr().err


@pytest.mark.parametrize("command", ["labels"])
def test_verbs_for_classes_refuse_a_recipe_for_tables(source, command, capfd):
    assert run([command, "fraud-autoencoder", "--data", str(source), "--label", "bad"]) == 2
    assert "cannot be searched for wrong labels" in capfd.readouterr().err
