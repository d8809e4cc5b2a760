"""A run on a table is evaluated: the sealed split is opened, written and counted; the rest is only returned."""

import csv

import numpy as np
import pytest

from saccade.core import recipe as recipes
from saccade.core.errors import RunError, UnknownNameError
from saccade.core.registry import names
from saccade.inference import load_model
from saccade.tasks import base
from saccade.tasks.anomaly_detection.evaluating import evaluate
from saccade.tasks.anomaly_detection.evaluation import Detection
from saccade.tasks.anomaly_detection.threshold import Threshold
from saccade.training import train

pytestmark = pytest.mark.heavy


def write_rows(path, *, labelled=True, repeated=0, seed=0):
    """Write 600 rows of four columns, of which 40 are anomalies: the last column does not follow from the first."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(600, 4)).round(3)
    anomalous = np.arange(600) % 15 == 0
    rows[~anomalous, 3] = rows[~anomalous, 0]
    rows[anomalous, 3] = -rows[anomalous, 0] - 2
    rows[len(rows) - repeated :] = rows[1]
    anomalous[len(rows) - repeated :] = False
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "c", "d", *(["kind"] if labelled else [])])
        for row, strange in zip(rows.tolist(), anomalous.tolist(), strict=True):
            writer.writerow([*row, *([int(strange)] if labelled else [])])
    return path


def trained(path, runs, *, epochs=40, **changes):
    settings = {
        "name": "small",
        "task": "anomaly_detection",
        "data": str(path),
        "label": "kind",
        "model": {"name": "dense", "hidden": [3], "activation": "linear"},
        "optimizer": "adam",
        "learning_rate": 0.02,
        "batch_size": 64,
        "epochs": epochs,
    }
    recipe, table = base.prepare(recipes.make({**settings, **changes}), quiet=True)
    return train(recipe, table, runs=runs)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("table")
    return trained(write_rows(folder / "rows.csv"), folder / "runs")


@pytest.fixture(scope="module")
def found(run):
    return evaluate(run)


def test_the_test_part_is_judged_beside_every_simple_detector(run, found):
    assert found.at_threshold.threshold == found.promise.threshold == run.load(Threshold).value
    assert found.promise.promised == run.load(Threshold).false_alarms
    assert found.anomalies >= 15
    assert found.roc_auc.value > 0.95
    assert {each.name for each in found.rivals} == set(names("detectors"))
    assert found.untrained.roc_auc_gain.low > 0
    assert found.prevalence == pytest.approx(40 / 600)
    assert found.prevalence_from == "the table"
    assert found.at_threshold.caught + found.at_threshold.missed == found.anomalies
    assert found.promise.rows == found.normal
    assert found.probes[0].name == "shuffled"
    assert {"few_anomalies", "purged_split"} <= {each.kind for each in found.findings}


def test_what_was_seen_is_written_into_the_run(run, found):
    assert Detection.from_dict(run.evaluation) == found
    rows = run.predictions
    assert len(rows) == found.rows
    assert sum(row["label"] == "anomaly" for row in rows) == found.anomalies
    table = base.reload(run, quiet=True)
    contributions = np.asarray(load_model(run)(table.values[table.rows("test")]))
    np.testing.assert_allclose([float(row["score"]) for row in rows], contributions.sum(axis=1), rtol=1e-4, atol=1e-9)


def test_every_opening_is_counted_with_what_it_showed(run, found):
    before = len(run.evaluation["accesses"])
    assert before >= found.accesses == 1
    assert evaluate(run).accesses == before + 1
    last = run.evaluation["accesses"][-1]
    assert last["roc_auc"] > 0.9
    assert {"when", "who", "average_precision"} <= set(last)


def test_another_part_is_returned_not_written_and_evaluated_to_the_same_numbers(run, found):
    before = run.evaluation
    other = evaluate(run, split="calibration")
    assert (other.split, other.accesses) == ("calibration", 1)
    assert other.roc_auc.value > 0.9
    assert run.evaluation == before
    again = evaluate(run, split="calibration")  # the same run is evaluated to the same numbers
    assert {**again.to_dict(), "when": ""} == {**other.to_dict(), "when": ""}


def test_the_training_part_has_no_anomalies_to_find(run):
    found = evaluate(run, split="train")
    assert found.roc_auc is None
    assert "labelled as an anomaly" in found.verdict


def test_a_stated_prevalence_changes_what_depends_on_it(run, found):
    natural, rare = found, evaluate(run, prevalence=0.001)
    assert (rare.prevalence, rare.prevalence_from) == (0.001, "stated")
    assert rare.at_threshold.precision.value <= natural.at_threshold.precision.value
    assert rare.roc_auc == natural.roc_auc


@pytest.mark.parametrize("share", [0, 1, -0.1, float("nan")])
def test_a_prevalence_that_cannot_be_is_refused(run, share):
    with pytest.raises(RunError, match="above 0 and below 1"):
        evaluate(run, prevalence=share)


def test_an_unknown_part_suggests_the_nearest(run):
    with pytest.raises(UnknownNameError, match="Did you mean 'test'"):
        evaluate(run, split="tset")


def test_a_table_without_labels_is_judged_by_its_alarms(tmp_path):
    path = write_rows(tmp_path / "rows.csv", labelled=False)
    run = trained(path, tmp_path / "runs", label="", epochs=2)
    found = evaluate(run)
    assert (found.roc_auc, found.curve) == (None, None)
    assert found.promise.found.value < 0.2
    assert found.unlabelled == found.rows


def test_repeated_rows_that_were_cut_apart_are_said(tmp_path):
    path = write_rows(tmp_path / "rows.csv", repeated=60)
    run = trained(path, tmp_path / "runs", epochs=1)
    alternating = ("test" if number % 2 else "train" for number in range(600))
    run.write_split((name, "", split, "by hand") for name, split in zip(list(run.split), alternating, strict=True))
    found = next(each for each in evaluate(run).findings if each.kind == "rows_on_both_sides")
    assert found.values["rows"] == 31
