"""A search asks the task for everything: here of rows, of ratings, and of a task of another package."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("optuna")

from saccade.cli import run as command_line
from saccade.core import registry
from saccade.tuning.search_folder import SearchFolder

pytestmark = [pytest.mark.heavy, pytest.mark.slow]
SHORT = ("--budget", "2h", "--trials", "2", "--seeds", "1", "--folder", "mine", "-q")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def rows_with_anomalies(path, labels=True):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(400, 4))
    values[:80] += 4
    header = "a,b,c,d,bad\n" if labels else "a,b,c,d\n"
    lines = (",".join(f"{x:.4f}" for x in row) + (f",{int(n < 80)}" if labels else "") for n, row in enumerate(values))
    path.write_text(header + "\n".join(lines) + "\n")


def searched(*words):
    assert command_line(["tune", *words, *SHORT]) == 0
    made = SearchFolder.open(Path("mine"))
    assert [each.trial for each in made.results()] == [0, 1]
    assert all(not each.error for each in made.results())
    return made


@pytest.mark.long
def test_settings_that_look_for_anomalies_are_compared_on_the_calibration_split(tmp_path):
    rows_with_anomalies(tmp_path / "rows.csv")
    made = searched("rows.csv", "--label", "bad", "model=dense", "model.hidden=[3]", "steps=30", "calibration=0.3")
    assert made.plan.split == "calibration"
    assert made.verdict.measure == "roc_auc"
    assert made.verdict.lead.low <= made.verdict.lead.high


def test_without_labels_nobody_can_say_which_settings_find_more(tmp_path, capsys):
    rows_with_anomalies(tmp_path / "rows.csv", labels=False)
    words = ["rows.csv", "model=dense", "model.hidden=[3]", "steps=10", "calibration=0.3"]
    assert command_line(["tune", *words, *SHORT]) == 2
    assert "labels of both kinds" in capsys.readouterr().err


@pytest.mark.long
def test_recommenders_are_compared_on_ratings_that_the_search_has_not_seen():
    made = searched("films-autorec", "model.hidden=8", "epochs=1", "search={learning_rate: [1e-3, 1e-2, log]}")
    assert made.verdict.measure in ("val_rmse", "val_ranking_loss")
    assert made.results()[0].score == -made.results()[0].value


def test_a_task_of_another_package_is_searched_without_a_change_of_ours(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "toy"))
    registry._installed.cache_clear()
    try:
        made = searched("digits", "task=brightness", "model=one_number", "search={learning_rate: [1e-2, 1e-1]}")
    finally:
        registry._installed.cache_clear()
    assert made.verdict.measure == "val_loss"
