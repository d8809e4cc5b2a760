import csv
import io
import json
from pathlib import Path

import pytest

from saccade.cli import run
from saccade.core import recipe as recipes
from saccade.core import registry
from saccade.core.metric_value import MetricValue
from saccade.core.run import Run
from saccade.report.run_listing import ListedRun, list_runs, to_csv


def trained(runs, **changes):
    made = Run.create(recipes.read("mnist-dense", **changes), runs=runs)
    made.write_history(
        [{"epoch": 1, "seconds": 2.5, "val_accuracy": 0.5}, {"epoch": 2, "seconds": 2, "val_accuracy": 1}]
    )
    best = {"epoch": 2, "val_accuracy": 1.0}
    made.write_manifest(status="finished", seconds=4.5, monitor="val_accuracy", best=best)
    return made


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_a_run_is_a_row_with_its_state_its_scores_and_its_settings(tmp_path, capsys):
    first, second = trained(tmp_path, seed=3), trained(tmp_path, learning_rate=0.5)
    assert run(["list", "runs", "--runs", str(tmp_path), "--csv"]) == 0
    found = rows(capsys.readouterr().out)
    assert [row["run"] for row in found] == [str(first.path), str(second.path)]
    assert [row["seed"] for row in found] == ["3", "0"]
    assert found[1]["learning_rate"] == "0.5"
    assert found[0]["model"] == "dense"
    known = {"status": "finished", "seconds": "4.5", "epochs_done": "2", "test_value": ""}
    known |= {"validation_measure": "val_accuracy", "validation_value": "1.0", "best_epoch": "2"}
    assert {name: found[0][name] for name in known} == known


def test_the_test_score_has_its_interval(tmp_path):
    score = MetricValue(0.9, 0.8, 0.95)
    row = rows(to_csv([ListedRun(path=tmp_path, status="finished", test=("accuracy", score), settings={})]))[0]
    assert [row[f"test_{end}"] for end in ("measure", "value", "low", "high")] == ["accuracy", "0.9", "0.8", "0.95"]


@pytest.mark.parametrize("task", registry.names("tasks"))
def test_no_setting_is_called_like_a_result(task):
    results = set(ListedRun(path=Path(), status="", settings={}).cells())
    assert results.isdisjoint(recipes.recipe_class(task).model_fields)


def test_a_damaged_run_has_a_row_that_says_what_helps(tmp_path):
    whole, broken = trained(tmp_path), trained(tmp_path)
    (broken.path / "run.json").write_text("{")
    first, second = list_runs(tmp_path)
    assert (first.path, first.status) == (whole.path, "finished")
    assert second.status == "damaged"
    assert "run.json" in rows(to_csv([first, second]))[1]["problem"]


def test_a_name_with_commas_quotes_and_lines_comes_back_whole(tmp_path):
    name = 'photos, "mine"\nold'
    assert rows(to_csv([ListedRun(path=tmp_path, status="finished", settings={"data": name})]))[0]["data"] == name


def test_an_empty_folder_is_a_header_without_rows(tmp_path, capsys):
    assert run(["list", "runs", "--runs", str(tmp_path), "--csv"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("run,status,started")
    assert rows(text) == []


def test_other_kinds_are_tables_of_names_and_descriptions(capsys):
    assert run(["list", "formats", "--csv"]) == 0
    assert {row["name"] for row in rows(capsys.readouterr().out)} == set(registry.names("formats"))


@pytest.mark.parametrize(
    "words", [["list", "--csv"], ["list", "runs", "--csv", "--json"], ["list", "data", "digits", "--csv"]]
)
def test_csv_is_of_one_kind(words, capsys):
    assert run(words) == 2
    assert "saccade list runs --csv" in capsys.readouterr().err


def test_json_says_a_line_a_run(tmp_path, capsys):
    made = trained(tmp_path)
    assert run(["list", "runs", "--runs", str(tmp_path), "--json"]) == 0
    line = json.loads(capsys.readouterr().out)["runs"][str(made.path)]
    assert line.startswith("finished, validation accuracy 1.0000, started")
