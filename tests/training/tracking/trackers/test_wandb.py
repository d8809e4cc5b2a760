"""Weights & Biases' own client writes files on this machine, which are read here as it writes them."""

import json
import os
import subprocess
import sys

import pytest

import saccade

wandb = pytest.importorskip("wandb")

from wandb.proto.wandb_internal_pb2 import Record  # noqa: E402

from saccade.training.tracking.tracker import Begun, Ended  # noqa: E402
from saccade.training.tracking.tracker_thread import TrackerThread  # noqa: E402
from saccade.training.tracking.trackers.wandb import Tracker  # noqa: E402

pytestmark = [pytest.mark.heavy, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

HEADER, BLOCK = 7, 32768
"""Bytes: of a file and of each piece, and of the blocks in which pieces lie: LevelDB's log format."""


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    for name in [name for name in os.environ if name.startswith("WANDB")]:
        monkeypatch.delenv(name)


def records(file):
    """Yield what a file of W&B says."""
    data, at, parts = file.read_bytes(), HEADER, b""
    while at + HEADER <= len(data):
        if BLOCK - at % BLOCK < HEADER:
            at += BLOCK - at % BLOCK
            continue
        length, kind = int.from_bytes(data[at + 4 : at + 6], "little"), data[at + 6]
        parts += data[at + HEADER : at + HEADER + length]
        at += HEADER + length
        if kind in (1, 4):  # whole, or the last piece
            yield Record.FromString(parts)
            parts = b""


def test_a_training_is_written_as_a_run_that_can_be_uploaded(tmp_path, monkeypatch):
    monkeypatch.setenv("SACCADE_ONNX_AFTER_TRAINING", "1")
    trained = saccade.train("digits", epochs=2, track=f"wandb={tmp_path}", runs=tmp_path / "runs", quiet=True)
    (file,) = tmp_path.glob("wandb/offline-run-*/*.wandb")
    found = list(records(file))
    (begun,) = [each.run for each in found if each.WhichOneof("record_type") == "run"]
    assert (begun.project, begun.display_name) == ("saccade", trained.path.name)
    config = {each.key: json.loads(each.value_json) for each in begun.config.update}
    assert config["model"] == "quick"
    rows = [_items(each.history) for each in found if each.WhichOneof("record_type") == "history"]
    assert [row["epoch"] for row in rows] == [1, 2]
    assert [row["val_accuracy"] for row in rows] == pytest.approx([row["val_accuracy"] for row in trained.history])
    summary = {}
    for each in found:
        if each.WhichOneof("record_type") == "summary":
            summary |= {
                item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in each.summary.update
            }
    assert summary["best/val_accuracy"] == max(row["val_accuracy"] for row in trained.history)
    artifacts = [each.request.log_artifact.artifact for each in found if each.request.HasField("log_artifact")]
    artifacts += [each.artifact for each in found if each.WhichOneof("record_type") == "artifact"]
    assert {entry.path for each in artifacts for entry in each.manifest.contents} == {"model.onnx", "report.html"}
    assert any(each.WhichOneof("record_type") == "exit" for each in found)


def test_offline_the_folder_holds_settings_and_files(tmp_path, capfd):
    model = tmp_path / "model.onnx"
    model.write_bytes(b"network")
    thread = TrackerThread("wandb", str(tmp_path / "kept"), Tracker)
    thread.begin(Begun(name="quick-1", known="", settings={"seed": 3}, tags={"task": "classification"}))
    thread.log(1, {"val_accuracy": 0.5})
    said = thread.end(Ended(how="finished", scores={"best/val_accuracy": 0.5}, files=(model,)))
    (folder,) = (tmp_path / "kept" / "wandb").glob("offline-run-*")
    assert said == f"wandb: {folder}; upload: wandb sync {folder}"
    assert (folder / "files" / "model.onnx").read_bytes() == b"network"
    found = list(records(next(folder.glob("*.wandb"))))
    (begun,) = [each.run for each in found if each.WhichOneof("record_type") == "run"]
    assert {each.key: json.loads(each.value_json) for each in begun.config.update}["seed"] == 3
    artifacts = [each.request.log_artifact.artifact for each in found if each.request.HasField("log_artifact")]
    artifacts += [each.artifact for each in found if each.WhichOneof("record_type") == "artifact"]
    [kept] = {entry.local_path for each in artifacts for entry in each.manifest.contents}
    assert kept == str(folder / "files" / "model.onnx")  # and not in the user's own folder
    assert "WARNING" not in capfd.readouterr().err


def test_without_a_key_the_tracking_ends_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "online")
    monkeypatch.setenv("HOME", str(tmp_path))  # where keys are kept
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    thread = TrackerThread("wandb", str(tmp_path / "kept"), Tracker)
    thread.begin(Begun(name="quick-1", known="", settings={}, tags={}))
    assert not thread.end(Ended(how="finished"))
    assert "No API key" in thread.problem()


def _items(history):
    return {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in history.item}


def test_a_place_that_is_no_folder_stops_no_training(tmp_path):
    (tmp_path / "file").write_text("")
    trained = saccade.train("digits", epochs=1, track=f"wandb={tmp_path / 'file'}", runs=tmp_path / "runs", quiet=True)
    assert len(trained.history) == 1


def test_a_server_that_is_not_there_is_said_within_seconds_and_the_process_ends(tmp_path):
    script = (
        "from saccade.training.tracking.tracker import Begun, Ended\n"
        "from saccade.training.tracking.tracker_thread import TrackerThread\n"
        "from saccade.training.tracking.trackers import wandb\n"
        "wandb.SOON = 3.0\n"
        "thread = TrackerThread('wandb', '', wandb.Tracker)\n"
        "thread.begin(Begun(name='quick-1', known='', settings={}, tags={}))\n"
        "assert not thread.end(Ended(how='finished'))\n"
        "print(thread.problem())\n"
    )
    server = "http://127.0.0.1:9"  # nothing listens
    environment = {**os.environ, "WANDB_MODE": "online", "WANDB_BASE_URL": server, "WANDB_API_KEY": "0" * 40}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,  # its own client would wait for 90
    )
    assert done.stdout == (
        "wandb has nothing of this training, which does not concern the run itself: no server answers at "
        f"{server}: connection refused; WANDB_MODE=offline keeps it on this machine.\n"
    )
