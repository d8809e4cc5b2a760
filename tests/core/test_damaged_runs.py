"""Files of a run that are missing or damaged: one sentence that names the file and what helps, and nothing is lost."""

import json
import shutil

import numpy as np
import pytest
from each_case import each_case

from saccade.cli import run as saccade
from saccade.core import recipe as recipes
from saccade.core.errors import RunError, SaccadeError
from saccade.core.run import Run
from saccade.tasks.anomaly_detection import threshold_criterion, thresholding
from saccade.tasks.anomaly_detection.anomaly import ReferenceContributions
from saccade.tasks.anomaly_detection.anomaly_map_scale import AnomalyMapScale
from saccade.tasks.anomaly_detection.reference_rows import ReferenceRows
from saccade.tasks.anomaly_detection.threshold import Threshold
from saccade.tasks.classification.abstention import Level
from saccade.tasks.classification.calibration import Calibration

READ = {
    "run.json": lambda run: run.manifest,
    "recipe.yaml": lambda run: run.recipe,
    "data.json": lambda run: (run.data, run.modality),
    "calibration.json": lambda run: run.load(Calibration),
    "threshold.json": lambda run: run.load(Threshold),
    "reference_contributions.json": lambda run: run.load(ReferenceContributions),
    "anomaly_map_scale.json": lambda run: run.load(AnomalyMapScale),
    "evaluation.json": lambda run: run.evaluation,
    "audit.json": lambda run: run.audit,
    "split.csv": lambda run: run.split,
    "history.csv": lambda run: run.history,
    "predictions.csv": lambda run: run.read_predictions(lambda row: (row["name"], float(row["probability"]))),
    "reference.npz": lambda run: run.load(ReferenceRows),
    "export/parity.json": lambda run: run.parity,
}

JSON = [name for name in READ if name.endswith(".json")]
OPTIONAL = {
    "calibration.json",
    "threshold.json",
    "reference_contributions.json",
    "anomaly_map_scale.json",
    "history.csv",
    "reference.npz",
}
OPTIONAL |= {"export/parity.json"}

NO_TEXT = {"binary": bytes(range(256)) * 4, "a zip's beginning": b"PK\x03\x04" + bytes(100)}
NO_JSON = {
    **NO_TEXT,
    "empty": b"",
    "cut": b'{"status": "fin',
    "a list": b"[]",
    "null": b"null",
    "a number": b"1e400",
    "a text": b'"x"',
    "a million deep": b"[" * 1_000_000,
    "hundred objects deep": b'{"a":' * 100 + b"1" + b"}" * 100,
    "said twice": b'{"status": "x", "status": "y"}',
    "half a character": rb'{"status": "\ud800"}',
    "thousands of digits": b'{"seconds": ' + b"9" * 5000 + b"}",
}
NO_YAML = {
    **NO_TEXT,
    "empty": b"",
    "a hundred thousand deep": b"- " * 80_000,
    "brackets": b"[" * 8_000,
    "a bomb": b"a: &a [x]\nb: &b [*a, *a]\nname: [*b, *b]",
    "said twice": b"epochs: 1\nepochs: 2",
    "no day": b"name: 2020-99-99",
    "thousands of digits": b"seed: 0x" + b"f" * 5000,
    "a command": b"name: !!python/object/apply:os.system [id]",
    "a list": b"[]",
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run as training and evaluation leave it, made without either."""
    run = Run.create(recipes.make({"name": "whole", "data": "digits"}), runs=tmp_path_factory.mktemp("runs"))
    run.write_manifest(status="finished", seconds=1.5, monitor="val_loss", best={"epoch": 1, "val_loss": 0.5})
    run.write_data(
        {
            "modality": "images",
            "name": "x",
            "classes": ["a", "b"],
            "image_shape": [8, 8, 1],
            "counts": {"test": {"a": 1, "b": 1}},
        }
    )
    run.write_split([("1.png", "a", "train", "")])
    run.write_history([{"epoch": 1, "loss": 0.5}])
    run.save(Calibration(1.5, 10, (1, 1), (0, 0), (Level(1, 0, 10, 1, 0.4),)))
    run.save(thresholding.choose(list(range(100)), asked=threshold_criterion.parse("alarms", "20/1000")))
    run.save(ReferenceContributions(10, (0.5,), (1.5,)))
    run.save(AnomalyMapScale(0.5, 0.99, 10))
    run.write_evaluation({"when": "2026", "accesses": []})
    run.write_audit({"findings": []})
    run.write_table("predictions", ("name", "true", "predicted", "probability"), [("1.png", "a", "a", 0.5)])
    run.save(ReferenceRows(np.ones((1, 1), np.float32)))
    (run.path / "export").mkdir()
    (run.path / "export" / "parity.json").write_text('{"model.onnx": {"hash": ""}}')
    (run.path / "model.keras").write_bytes(b"what was trained")
    return run


@pytest.fixture
def run(whole, tmp_path):
    return Run(shutil.copytree(whole.path, tmp_path / "runs" / "whole-1"))


def refused(run, name, *, said="is damaged"):
    with pytest.raises(RunError) as caught:
        READ[name](run)
    message = str(caught.value)
    assert f"{run.path / name} {said}" in message
    assert "\n" not in message
    assert "Delete" not in message
    assert len(message) < 1000
    return message


def test_a_whole_run_is_read(whole):
    for read in READ.values():
        read(whole)


@pytest.mark.parametrize("name", JSON)
@each_case("damage", NO_JSON)
def test_damaged_json_is_named(run, name, damage):
    (run.path / name).write_bytes(NO_JSON[damage])
    refused(run, name)


@each_case("damage", NO_YAML)
def test_a_damaged_recipe_is_named(run, damage):
    (run.path / "recipe.yaml").write_bytes(NO_YAML[damage])
    assert "Put it back" in refused(run, "recipe.yaml")


@pytest.mark.parametrize("name", ["split.csv", "history.csv", "predictions.csv", "reference.npz"])
@each_case("content", [b"\xff\xfe\x00", b"a,b\n1,2\n", bytes(1000), b"PK\x03\x04"])
def test_damaged_tables_are_named(run, name, content):
    (run.path / name).write_bytes(content)
    refused(run, name)


@pytest.mark.parametrize("name", READ)
def test_a_folder_in_the_place_of_a_file_is_named(run, name):
    (run.path / name).unlink()
    (run.path / name).mkdir()
    refused(run, name)


@pytest.mark.parametrize("name", READ)
def test_what_is_missing_is_none_or_named_and_nothing_trained_is_to_be_deleted(run, name):
    (run.path / name).unlink()
    if name in OPTIONAL:
        READ[name](run)
        return
    with pytest.raises(RunError) as caught:
        READ[name](run)
    assert "Delete" not in str(caught.value)
    assert name in str(caught.value) or "saccade evaluate" in str(caught.value) or "saccade check" in str(caught.value)


WRONG = [
    ("run.json", "status", 7),
    ("run.json", "best", [1]),
    ("run.json", "best", {"val_loss": "low"}),
    ("run.json", "seconds", "long"),
    ("data.json", "classes", "ab"),
    ("data.json", "classes", [1, 2]),
    ("data.json", "counts", {"test": 3}),
    ("data.json", "image_shape", [8, 8]),
    ("data.json", "image_shape", [8, 8, 2**70]),
    ("calibration.json", "temperature", "1"),
    ("calibration.json", "temperature", float("nan")),
    ("calibration.json", "temperature", 0),
    ("calibration.json", "temperature", -1),
    ("calibration.json", "temperature", True),
    ("calibration.json", "temperature", 10**400),
    ("calibration.json", "levels", {"a": 1}),
    ("calibration.json", "levels", [{"coverage": 1}]),
    ("calibration.json", "loss", None),
    ("threshold.json", "value", None),
    ("threshold.json", "value", float("nan")),
    ("threshold.json", "asked", {"method": "x", "said": "y"}),
    ("threshold.json", "ranks", {"rows": 3, "scores": [1, 2], "above": [1]}),
    ("threshold.json", "ranks", []),
    ("threshold.json", "notes", [1]),
    ("reference_contributions.json", "middle", ["x"]),
    ("anomaly_map_scale.json", "reference_error", "x"),
    ("evaluation.json", "when", 3),
    ("evaluation.json", "accesses", "many"),
    ("export/parity.json", "model.onnx", "whole"),
]


@pytest.mark.parametrize(("name", "entry", "value"), WRONG)
def test_an_entry_of_another_kind_is_named(run, name, entry, value):
    content = json.loads((run.path / name).read_text())
    (run.path / name).write_text(json.dumps({**content, entry: value}))
    refused(run, name)


@pytest.mark.parametrize(
    ("name", "entry"),
    [("calibration.json", "temperature"), ("threshold.json", "ranks"), ("reference_contributions.json", "rows")],
)
def test_an_entry_that_lacks_is_named(run, name, entry):
    content = json.loads((run.path / name).read_text())
    del content[entry]
    (run.path / name).write_text(json.dumps(content))
    assert entry in refused(run, name)


def test_an_entry_that_is_asked_for_later_is_named_too(run):
    (run.path / "data.json").write_text("{}")
    with pytest.raises(RunError, match="data.json is damaged: it says nothing of its classes"):
        _ = run.data["classes"]


# What helps


def test_a_run_without_run_json_is_made_anew_by_going_on(run):
    (run.path / "run.json").unlink()
    (run.path / "checkpoint").mkdir()
    run.checkpoint_path.write_bytes(b"")
    with pytest.raises(
        RunError, match="run.json is missing; all else .* so delete nothing. Make it anew with: "
    ) as said:
        Run.open(run.path)
    assert str(said.value).endswith(f"saccade train --resume {run.path}")
    assert Run.open_to_resume(run.path).manifest["status"] == "interrupted"


def test_without_a_checkpoint_too_a_trained_network_is_not_to_be_deleted(run):
    (run.path / "run.json").unlink()
    with pytest.raises(RunError, match=r"run.json is missing. What was trained is still there \(model.keras\)"):
        Run.open_to_resume(run.path)


def test_a_run_without_a_network_but_with_the_last_one_says_where_it_is(run):
    run.model_path.unlink()
    run.last_model_path.parent.mkdir()
    run.last_model_path.write_bytes(b"")
    assert f"copy {run.last_model_path} to {run.model_path}" in str(run.no_network())


def test_a_folder_that_is_no_run_is_not_said_to_be_one(tmp_path):
    (tmp_path / "photos").mkdir()
    with pytest.raises(RunError, match="Choose another --run.$"):
        Run.create(recipes.make({}), folder=tmp_path / "photos")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"[" * 100_000, None])
def test_one_damaged_run_does_not_hide_the_others(run, capsys, content):
    broken = shutil.copytree(run.path, run.path.parent / "broken-1")
    (broken / "run.json").unlink()
    if content is not None:
        (broken / "run.json").write_bytes(content)
    assert saccade(["list", "runs", "--runs", str(run.path.parent)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert sum("finished, validation" in line for line in said) == 1
    assert sum("broken-1" in line and "run.json is" in line for line in said) == 1
    assert not list(run.siblings()) or [other.path.name for other in run.siblings()] == ["broken-1"]


def test_every_file_is_read_by_some_test(whole):
    files = {file.relative_to(whole.path).as_posix() for file in whole.path.rglob("*") if file.is_file()}
    assert files - {"model.keras"} == set(READ)
    assert issubclass(RunError, SaccadeError)
