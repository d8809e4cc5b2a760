"""A run of a table has its verbs in Python too."""

import csv

import numpy as np
import pytest

import saccade
from saccade.core.errors import SaccadeError
from saccade.tasks.anomaly_detection.threshold import Threshold

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("held_network")]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "rows.csv"
    rng = np.random.default_rng(0)
    first = rng.normal(size=500).round(3)
    strange = np.arange(500) % 20 == 0
    rows = np.column_stack([first, np.where(strange, -first - 3, first), rng.normal(size=500).round(3)])
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["first", "second", "third", "bad"])
        writer.writerows([*row, int(label)] for row, label in zip(rows.tolist(), strange.tolist(), strict=True))
    return path


@pytest.fixture(scope="module")
def run(source, tmp_path_factory):
    settings = {"model": {"name": "dense", "hidden": [2]}, "schedule": "constant", "learning_rate": 0.01, "steps": 300}
    runs = tmp_path_factory.mktemp("runs")
    return saccade.train("ae", data=str(source), label="bad", runs=runs, quiet=True, **settings)


def test_it_is_evaluated_at_a_prevalence(run):
    found = run.evaluate(prevalence=0.01)
    assert found.roc_auc.value > 0.8
    assert found.prevalence == 0.01


def test_its_threshold_is_chosen_anew(run):
    chosen = run.choose_threshold("budget 5/100")
    assert saccade.load(run.path).load(Threshold) == chosen
    with pytest.raises(SaccadeError):
        run.choose_threshold("as good as you can")


def test_new_rows_are_compared_with_those_it_knows(run, source, tmp_path):
    assert not run.drift(source).drifted
    moved = tmp_path / "moved.csv"
    header, *rows = source.read_text().splitlines()
    moved.write_text("\n".join([header, *(f"9{row.lstrip('-')}" for row in rows)]))
    assert run.drift(moved).drifted


def test_its_report_is_written(run):
    page = run.report()
    assert "ROC AUC" in page.read_text(encoding="utf-8")


def test_a_table_is_checked_with_its_label(source):
    assert saccade.check(source, label="bad", quiet=True).facts["counts"]["test"]["anomaly"] > 0
    with pytest.raises(SaccadeError, match="no column"):
        saccade.check(source, label="no such column", quiet=True)
