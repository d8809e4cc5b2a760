"""Rows of a table: the same answers from Keras and ONNX, alone and among others, whatever the file looks like."""

import csv
import json
import subprocess
import sys
from functools import reduce
from operator import add

import numpy as np
import pandas
import polars
import pytest
from made_rows import NAMES, make_rows, write_rows

import saccade as face
from saccade.cli import run as saccade
from saccade.core.errors import DataError, RunError
from saccade.inference import load_model, open_file, open_run
from saccade.inference.keras_network import Network
from saccade.modalities.tables.streaming import encoded_batches
from saccade.tasks.anomaly_detection.anomaly import ReferenceContributions
from saccade.tasks.anomaly_detection.row_predictor import RowPredictor, for_rows
from saccade.tasks.anomaly_detection.row_streams import predict_rows, score_file, scored_file
from saccade.tasks.anomaly_detection.threshold import Threshold
from saccade.tasks.anomaly_detection.trained import TrainedRowDetector

pytestmark = [pytest.mark.heavy, pytest.mark.usefixtures("held_network")]


@pytest.fixture(params=["keras", "onnx"])
def predictor(request):
    """What answers for the run: Keras with its network, or ONNX Runtime with its file."""
    if request.param == "onnx":
        return open_file(request.getfixturevalue("exported_table"))
    run = request.getfixturevalue("made_table")
    return for_rows(run, Network(load_model(run)), "keras")


def answers(predictor, rows):
    return predict_rows(predictor, rows)


def scores(anomalies):
    return np.array([anomaly.score for anomaly in anomalies])


# A row's answer


def test_the_contributions_add_up_to_the_score_to_the_last_digit(predictor, new_rows):
    found = answers(predictor, new_rows)
    assert len(found) == 300
    for anomaly in found:
        assert reduce(add, anomaly.contributions.values()) == anomaly.score
        assert list(anomaly.contributions) == ["amount", "kind", "age", "member"]
        assert all(each >= 0 for each in anomaly.contributions.values())


def test_the_sum_survives_being_printed(made_table, new_rows, capfd):
    assert saccade(["predict", str(made_table.path), str(new_rows), "--json"]) == 0
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert len(rows) == 300
    assert all(reduce(add, row["contributions"].values()) == row["score"] for row in rows)


def test_the_reasons_are_the_largest_contributions(predictor, new_rows):
    for anomaly in answers(predictor, new_rows)[:50]:
        largest = sorted(anomaly.contributions.items(), key=lambda item: -item[1])[:3]
        assert [(reason.column, reason.contribution) for reason in anomaly.reasons] == largest
        assert anomaly.reasons[0].share == pytest.approx(largest[0][1] / anomaly.score)


def test_a_reason_says_what_is_there_and_what_is_usual(predictor, made_table):
    (anomaly,) = answers(predictor, {"amount": -5000.5, "kind": "online", "age": None, "member": "no"})
    reference = dict(zip(predictor.schema.names, made_table.load(ReferenceContributions).middle, strict=True))
    reason = anomaly.reasons[0]
    assert (reason.column, reason.value, anomaly.alarm) == ("amount", "-5000.5", True)
    assert reason.reference_contribution == reference["amount"]
    assert reason.times_usual == reason.contribution / reference["amount"]
    low = next(column for column in predictor.schema.columns if column.name == "amount").low
    assert f"amount is −5000.5 (usually {low:.4g} to " in str(reason)
    assert "of the score" in str(reason)
    assert "times its usual part" in str(reason)


def test_what_is_usual_is_that_of_normal_calibration_rows(made_table):
    table = face.load(made_table.path)  # the verbs of a table
    assert isinstance(table, TrainedRowDetector)
    data = made_table.data["counts"]["calibration"]
    assert made_table.load(ReferenceContributions).rows == data["normal"] > 20
    assert all(
        high >= middle >= 0
        for middle, high in zip(
            made_table.load(ReferenceContributions).middle, made_table.load(ReferenceContributions).high, strict=True
        )
    )


def test_p_values_and_alarms_are_those_of_the_threshold(predictor, new_rows):
    found = answers(predictor, new_rows)
    threshold = predictor.threshold
    assert [anomaly.alarm for anomaly in found] == threshold.is_alarm(scores(found)).tolist()
    assert [anomaly.p_value for anomaly in found] == threshold.p_values(scores(found)).tolist()
    assert 0 < sum(anomaly.alarm for anomaly in found) < 300


# Alone or among others, with Keras or without


@pytest.mark.parametrize("size", [1, 7, 64])
def test_a_row_is_scored_alone_as_among_others(predictor, new_rows, size):
    """Sums over a few columns: equal to the last bit here; a wider layer may be added up in another order."""
    (batch,) = encoded_batches(new_rows, predictor.schema)
    together = predictor.contributions(batch.values)
    splits = [predictor.contributions(batch.values[start : start + size]) for start in range(0, 300, size)]
    np.testing.assert_allclose(np.concatenate(splits), together, rtol=1e-6, atol=1e-9)


def test_a_row_is_scored_alike_wherever_it_stands(predictor, new_rows):
    (batch,) = encoded_batches(new_rows, predictor.schema)
    order = np.random.default_rng(0).permutation(300)
    shuffled = predictor.contributions(batch.values[order])
    np.testing.assert_allclose(shuffled, predictor.contributions(batch.values)[order], rtol=1e-6, atol=1e-9)


def test_keras_and_onnx_agree(made_table, exported_table, new_rows):
    run = for_rows(made_table, Network(load_model(made_table)), "keras")
    file = open_file(exported_table)
    assert (run.engine, file.engine) == ("keras", "onnx")
    assert (file.schema, file.threshold, file.reference_contributions) == (
        run.schema,
        run.threshold,
        run.reference_contributions,
    )
    np.testing.assert_allclose(scores(answers(file, new_rows)), scores(answers(run, new_rows)), rtol=1e-5)


@pytest.mark.slow
def test_a_run_prefers_its_onnx_file_and_its_own_threshold(table_run):
    pytest.importorskip("tf2onnx")
    run = face.load(table_run.path)
    run.export()
    lower = {**run.load(Threshold).to_dict(), "value": run.load(Threshold).value / 2}
    run.save(type(run.load(Threshold)).from_dict(lower))
    opened = open_run(table_run)
    assert (opened.engine, opened.threshold.value) == ("onnx", lower["value"])


# Files that look different


def test_reordered_and_extra_columns_change_nothing(predictor, tmp_path, new_rows):
    rows = make_rows(300, seed=7)
    order = (3, 5, 1, 0, 4, 2)
    other = write_rows(
        tmp_path / "other.csv", [[*(row[place] for place in order), "x"] for row in rows],
        names=[*(NAMES[place] for place in order), "remark"],
    )  # fmt: skip
    assert answers(predictor, other) == answers(predictor, new_rows)
    notes = [note for scored in scored_file(predictor, other) for note in scored.batch.notes]
    assert any("another order" in note for note in notes)
    assert any("remark" in note for note in notes)


def test_label_and_time_may_be_missing(predictor, tmp_path, new_rows):
    bare = write_rows(tmp_path / "bare.csv", [row[:4] for row in make_rows(300, seed=7)], names=NAMES[:4])
    assert answers(predictor, bare) == answers(predictor, new_rows)


def test_parquet_and_frames_are_answered_as_csv(predictor, tmp_path, new_rows):
    expected = answers(predictor, new_rows)
    frame = polars.read_csv(new_rows)
    frame.write_parquet(tmp_path / "new.parquet")
    assert answers(predictor, tmp_path / "new.parquet") == expected
    assert answers(predictor, frame) == expected
    assert answers(predictor, pandas.read_csv(new_rows)) == expected
    assert answers(predictor, frame.to_dict(as_series=False)) == expected
    assert answers(predictor, frame.to_dicts()) == expected


def test_an_unseen_category_and_missing_values_are_answered(predictor):
    found = answers(
        predictor,
        {
            "amount": [20, 20, None],
            "kind": ["cheque", "ATM", "ATM"],
            "age": [40, None, 40],
            "member": ["yes", None, "no"],
        },
    )
    assert np.isfinite(scores(found)).all()
    kinds = [{reason.column: reason.value for reason in anomaly.reasons}.get("kind") for anomaly in found]
    assert kinds[0] == "'cheque', not seen in training"
    assert found[0].contributions["kind"] != found[1].contributions["kind"]


def test_a_value_beyond_all_bounds_is_the_reason_and_no_fault(predictor):
    for amount in (1e12, -1e30, 3e38):
        (anomaly,) = answers(predictor, {"amount": amount, "kind": "ATM", "age": 40, "member": "yes"})
        assert anomaly.alarm
        assert np.isfinite(anomaly.score)
        assert anomaly.reasons[0].column == "amount"


def test_rows_that_cannot_be_read_are_put_aside_and_keep_their_numbers(predictor, tmp_path):
    rows = make_rows(40)
    rows[6][0] = "twelve"
    rows[30][0] = "much"
    found = score_file(predictor, write_rows(tmp_path / "bad.csv", rows))
    assert found.skipped_count == 2
    assert [row.name for row in found.skipped_items] == ["row 7", "row 31"]
    assert found.numbers.tolist() == [number for number in range(1, 41) if number not in (7, 31)]
    assert [anomaly.row for anomaly in answers(predictor, tmp_path / "bad.csv")] == found.numbers.tolist()


def test_a_program_gets_an_answer_to_each_row_or_none(predictor):
    rows = {"amount": [1.0, 2.0, "much"], "kind": ["ATM"] * 3, "age": [40] * 3, "member": ["yes"] * 3}
    with pytest.raises(DataError, match="Row 3 cannot be used: 'amount' is 'much'"):
        answers(predictor, rows)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"amount": [1.0], "kind": ["ATM"], "age": [40]}, "lacks the column 'member'"),
        ({"Amount": [1.0], "kind": ["ATM"], "age": [40], "member": ["yes"]}, "Rename 'Amount' to 'amount'"),
        ({"amount": ["x"], "kind": ["ATM"], "age": [40], "member": ["yes"]}, "expected a number, found 'x'"),
        ({"amount": [1.0, 2], "kind": ["ATM"], "age": [40], "member": ["yes"]}, "'amount' has 2 rows"),
        (np.zeros((3, 4)), "cannot say what 'kind' is, a category"),
        (np.zeros((3, 9)), r"array of numbers \(n, 4\); found an array of shape \(3, 9\)"),
        ([], "There is no row"),
        (7, "found an array of shape"),
        (
            {"amount": [[1], [2]], "kind": ["ATM"] * 2, "age": [4] * 2, "member": ["yes"] * 2},
            "'amount' has a list in a cell",
        ),
    ],
)
def test_rows_that_do_not_fit_are_refused_in_one_sentence(made_table, rows, said):
    with pytest.raises(DataError, match=said):
        face.load(made_table.path).predict(rows)


def test_cells_of_any_kind_are_read_or_put_aside(made_table):
    run = face.load(made_table.path)
    whole = {"amount": [1, 2.0, "3"], "kind": ["ATM", 12, None], "age": (40, None, "41"), "member": [True, "no", 1]}
    assert len(run.predict(whole)) == 3
    for odd in (10**400, "\ud800", b"x"):
        with pytest.raises(DataError, match="Row 2 cannot be used: 'amount' is "):
            run.predict({**whole, "amount": [1, odd, 3]})
    assert len(run.predict({**whole, "\ud800": [1, 2, 3]})) == 3


def test_arrays_of_numbers_are_taken_in_the_schemas_order(predictor, new_rows, monkeypatch):
    numbers = predictor.schema.columns[0]
    only = type(predictor.schema)(columns=(numbers,), rows=predictor.schema.rows)
    narrow = RowPredictor("x", np.abs, only, predictor.threshold, None, "anomaly_detection", "none")
    found = predict_rows(narrow, np.array([[3.0], [-4.0]]))
    assert [anomaly.score for anomaly in found] == [3, 4]
    assert found[0].reasons[0].times_usual is None
    assert scores(predict_rows(narrow, np.array([5]))) == [5]


# Without TensorFlow and Keras

ALONE = """
import sys
from importlib.abc import MetaPathFinder

allowed = {"saccade", "onnxruntime", "numpy", "click", "polars", "flatbuffers", "google", "packaging", "PIL"}

class Bare(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in allowed | set(sys.stdlib_module_names) and not top.startswith("_"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Bare())
from saccade.cli import run
sys.exit(run(sys.argv[1:]))
"""


def test_a_file_answers_on_a_machine_with_five_packages(exported_table, made_table, new_rows, capfd):
    done = subprocess.run(
        [sys.executable, "-c", ALONE, "predict", str(exported_table), str(new_rows), "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    expected = scores(answers(for_rows(made_table, Network(load_model(made_table)), "keras"), new_rows))
    np.testing.assert_allclose([row["score"] for row in found], expected, rtol=1e-5)


# Python


def test_python_answers_with_arrays_for_large_files(made_table, new_rows):
    run = face.load(made_table.path)
    found = run.scores(new_rows)
    assert (found.scores == scores(run.predict(new_rows))).all()
    assert found.numbers.tolist() == list(range(1, 301))
    assert found.alarms.dtype == np.bool_
    assert run.columns == ("amount", "kind", "age", "member")
    assert len(run.predict(new_rows, reasons=1)[0].reasons) == 1


def test_a_run_without_a_threshold_says_so(table_run, new_rows):
    (table_run.path / "threshold.json").unlink()
    with pytest.raises(RunError, match="has no threshold"):
        face.load(table_run.path).predict(new_rows)


# The command


def test_the_table_shows_the_alarms_with_their_reasons(made_table, new_rows, capfd):
    assert saccade(["predict", str(made_table.path), str(new_rows)]) == 0
    shown, said = capfd.readouterr()
    alarms = [anomaly for anomaly in face.load(made_table.path).predict(new_rows) if anomaly.alarm]
    heads = [line for line in shown.splitlines() if line.startswith("row ")]
    assert [head.partition(":")[0] for head in heads] == [f"row {anomaly.row}" for anomaly in alarms]
    assert len(shown.splitlines()) == 4 * len(alarms)
    assert str(alarms[0].reasons[0]) in shown
    assert f"300 rows, {len(alarms)} alarms" in said
    assert "Were all rows normal, " in said


def test_csv_has_a_line_a_row(made_table, new_rows, capfd):
    assert saccade(["predict", str(made_table.path), str(new_rows), "--csv"]) == 0
    rows = list(csv.DictReader(capfd.readouterr().out.splitlines()))
    expected = face.load(made_table.path).predict(new_rows)
    assert len(rows) == 300
    for row, anomaly in zip(rows, expected, strict=True):
        assert (int(row["row"]), float(row["score"])) == (anomaly.row, anomaly.score)
        assert (float(row["p_value"]), row["alarm"]) == (anomaly.p_value, str(anomaly.alarm).lower())
        named = [(row[f"reason_{place}"], float(row[f"share_{place}"])) for place in (1, 2, 3)]
        assert named == [(reason.column, pytest.approx(reason.share, abs=1e-4)) for reason in anomaly.reasons]


@pytest.mark.parametrize("form", ["--csv", "--json"])
def test_only_alarms_leaves_the_others_out(made_table, new_rows, form, capfd):
    assert saccade(["predict", str(made_table.path), str(new_rows), form, "--only-alarms"]) == 0
    lines = capfd.readouterr().out.splitlines()
    count = sum(anomaly.alarm for anomaly in face.load(made_table.path).predict(new_rows))
    assert len(lines) == count + (form == "--csv")


def test_rows_put_aside_are_named_and_counted(made_table, tmp_path, capfd):
    rows = make_rows(60)
    for place in range(0, 16, 2):
        rows[place][0] = "much"
    rows = rows[30:] + rows[:30]  # most of the first ones can be read
    assert saccade(["predict", str(made_table.path), str(write_rows(tmp_path / "bad.csv", rows)), "--csv"]) == 0
    said = capfd.readouterr().err
    assert said.count("skipped: row ") == 5
    assert "skipped: row 31: 'amount' is 'much'" in said
    assert "8 rows skipped." in said
    assert "52 rows, " in said


def test_what_is_no_table_is_refused_in_one_sentence(made_table, tmp_path, new_rows, capfd):
    image = tmp_path / "cat.png"
    image.write_bytes(b"\x89PNG")
    disguised = tmp_path / "cat.csv"
    disguised.write_bytes(b"\x89PNG\r\n")
    for inputs, said in [
        ([image], "no kind that can be read as a table"),
        ([disguised], "is no CSV but an image"),
        ([tmp_path], "is a folder, not a table"),
        ([tmp_path / "gone.csv"], "does not exist"),
        ([new_rows, new_rows], "Expected one table, found 2"),
        (["-"], "not read from standard input"),
    ]:
        assert saccade(["predict", str(made_table.path), *map(str, inputs)]) == 2
        message = capfd.readouterr().err
        assert said in message
        assert len(message.strip().splitlines()) == 1


def test_options_of_images_are_refused_for_rows(made_table, new_rows, capfd):
    assert saccade(["predict", str(made_table.path), str(new_rows), "--abstain", "1%"]) == 2
    assert "--abstain is not for" in capfd.readouterr().err
