"""A table that a run was not trained on: scored by the run's own threshold, called so, and the test stays sealed."""

import csv
import re

import numpy as np
import pytest

from saccade.core import recipe as recipes
from saccade.core.errors import SaccadeError
from saccade.tasks import base
from saccade.tasks.anomaly_detection.evaluating import evaluate
from saccade.tasks.anomaly_detection.evaluation import Detection
from saccade.tasks.anomaly_detection.threshold import Threshold
from saccade.training import train

pytestmark = pytest.mark.heavy


def write(path, *, words=("0", "1"), column="kind", seed=1, which=lambda strange: strange >= 0, unsaid=0):
    """Write 240 rows of three columns, or some; in 40 anomalies the last does not follow from the first.

    The last `unsaid` rows have the third word as their label.
    """
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(240, 3)).round(3)
    strange = (np.arange(240) % 6 == 0).astype(int)
    rows[:, 2] = np.where(strange, -rows[:, 0] - 2, rows[:, 0])
    kinds = np.where(np.arange(240) < 240 - unsaid, strange, 2)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "c", *([column] if column else [])])
        for row, kind in zip(rows[which(strange)].tolist(), kinds[which(strange)].tolist(), strict=True):
            writer.writerow([*row, *([words[kind]] if column else [])])
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("table")
    settings = {
        "task": "anomaly_detection",
        "data": str(write(folder / "rows.csv", seed=0)),
        "label": "kind",
        "model": {"name": "dense", "hidden": [2], "activation": "linear"},
        "learning_rate": 0.05,
        "batch_size": 32,
        "epochs": 3,
    }
    recipe, table = base.prepare(recipes.make(settings), quiet=True)
    return train(recipe, table, runs=folder / "runs")


def test_another_table_is_judged_at_the_frozen_threshold_and_called_so(run, tmp_path):
    found = evaluate(run, data=str(write(tmp_path / "new.csv")))
    assert (found.split, found.rows, found.anomalies) == ("other", 240, 40)
    assert found.at_threshold.threshold == run.load(Threshold).value
    assert found.prevalence == pytest.approx(1 / 6)
    assert "that of these data" in found.verdict
    assert found.verdict.startswith("On other data: new (240 rows). These are not the data that")
    assert not run.has_evaluation
    assert Detection.from_dict(run.other_evaluations[0]) == found


SAID = {
    "other words": ({"words": ("ok", "bad")}, {"normal": "ok"}, ""),
    "another column": ({"column": "verdict"}, {"label": "verdict"}, ""),
    "no word for normal": ({"words": ("fine", "1"), "which": lambda strange: strange == 1}, {}, ""),
    "a row without a label": ({"words": ("0", "1", ""), "unsaid": 3}, {}, "The label of 3 rows is missing: they count"),
    "a word not understood": ({"words": ("0", "1", "x"), "unsaid": 3}, {}, r"or not understood \('x'\): they count"),
    "rarer": ({"which": lambda strange: (strange == 0) | (np.arange(240) < 60)}, {}, "of the run's own 16.7%"),
}


@pytest.mark.parametrize(("made", "options", "sentence"), SAID.values(), ids=SAID)
def test_what_is_particular_is_said(run, tmp_path, made, options, sentence):
    table, other = base.own_or_other(run, data=str(write(tmp_path / "new.csv", **made)), **options)
    assert (table.labels[table.rows("other")] == 1).sum() in (10, 40)
    assert re.search(sentence, "\n".join(other.notes))


def test_of_anomalies_alone_there_is_the_recall(run, tmp_path):
    found = evaluate(run, data=str(write(tmp_path / "new.csv", which=lambda strange: strange == 1)))
    assert found.other_data.recall.low <= found.other_data.recall.value <= found.other_data.recall.high
    assert "All 40 rows are anomalies, and at the run's threshold recall is" in found.verdict
    assert found.promise is None


REFUSED = {
    "no labels": ({"column": ""}, {}, "no column 'kind': without labels .* saccade predict"),
    "a name misspelt": ({"column": "kinds"}, {}, "Did you mean 'kinds'?"),
    "an input": ({}, {"label": "a"}, "is what .* is asked about, and no label"),
    "foreign words": ({"words": ("BENIGN", "DDoS")}, {}, "found 'BENIGN', 'DDoS'.*--normal NAME"),
    "one foreign word": ({"words": ("0", "attack")}, {}, "found '0', 'attack'.*--normal NAME"),
    "no such word": ({}, {"normal": "ok"}, "No label in .* is 'ok'; found '0', '1'"),
    "a split": ({}, {"split": "test"}, "another one is scored as a whole"),
    "the run's own": ({"seed": 0}, {"label": "kind"}, "holds the run's own data"),
}


@pytest.mark.parametrize(("made", "options", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_judged_is_refused(run, tmp_path, made, options, message):
    with pytest.raises(SaccadeError, match=message):
        evaluate(run, data=str(write(tmp_path / "new.csv", **made)), **options)


def test_a_folder_is_no_data_for_rows(run, tmp_path):
    with pytest.raises(SaccadeError, match="is no table"):
        evaluate(run, data=str(tmp_path))


def test_options_for_other_data_need_other_data(run):
    with pytest.raises(SaccadeError, match="name them with --data"):
        evaluate(run, label="kind")


def test_rows_that_the_run_has_seen_are_left_out_of_the_honest_score(run, tmp_path):
    found = evaluate(run, data=str(write(tmp_path / "new.csv", seed=0, which=lambda s: np.arange(240) < 239)))
    assert sum(found.other_data.seen.values()) == 239
    assert found.other_data.without_seen["roc_auc"].value is not None
