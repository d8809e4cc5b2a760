"""MLflow's own client writes, and reads back, a file on this machine."""

import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

import saccade
from saccade.core.errors import TrainingInterrupted
from saccade.training.tracking.tracker import Begun, Ended
from saccade.training.tracking.tracker_thread import TrackerThread

mlflow = pytest.importorskip("mlflow")
pytest.importorskip("sqlalchemy")

from saccade.training.tracking.trackers.mlflow import Tracker  # noqa: E402

pytestmark = [pytest.mark.heavy, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # they warn of each other

BEGUN = {"name": "quick-1", "settings": {"seed": 3, "data": "x" * 9000}, "tags": {"task": "classification"}}


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME"):
        monkeypatch.delenv(name, raising=False)


def runs_in(folder):
    client = mlflow.MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("saccade")
    return client, client.search_runs([experiment.experiment_id])


def test_a_training_is_a_run_with_its_settings_epochs_scores_and_files(tmp_path, monkeypatch):
    monkeypatch.setenv("SACCADE_ONNX_AFTER_TRAINING", "1")
    trained = saccade.train("digits", epochs=2, track=f"mlflow={tmp_path}", runs=tmp_path / "runs", quiet=True)
    client, (run,) = runs_in(tmp_path)
    assert run.info.status == "FINISHED"
    assert run.info.run_name == trained.path.name
    assert run.data.params["model"] == "quick"
    assert run.data.params["epochs"] == "2"
    assert run.data.tags["saccade.data"] == "digits"
    epochs = client.get_metric_history(run.info.run_id, "val_accuracy")
    assert [(each.step, each.value) for each in epochs] == [
        (int(row["epoch"]), pytest.approx(row["val_accuracy"], abs=1e-6)) for row in trained.history
    ]
    assert run.data.metrics["best/val_accuracy"] == max(row["val_accuracy"] for row in trained.history)
    files = {each.path: each for each in client.list_artifacts(run.info.run_id)}
    assert set(files) == {"model.onnx", "report.html"}
    assert files["model.onnx"].file_size == (trained.path / "export" / "model.onnx").stat().st_size


def test_an_interrupted_training_goes_on_in_the_same_run(tmp_path):
    class Stop(saccade.api.keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise TrainingInterrupted("stop")

    with pytest.raises(TrainingInterrupted):
        saccade.train(
            "digits", epochs=2, track=f"mlflow={tmp_path}", run=tmp_path / "run", quiet=True, callbacks=[Stop()]
        )
    assert runs_in(tmp_path)[1][0].info.status == "KILLED"
    saccade.resume(tmp_path / "run", quiet=True)
    client, (run,) = runs_in(tmp_path)
    assert run.info.status == "FINISHED"
    assert {each.step for each in client.get_metric_history(run.info.run_id, "loss")} == {1, 2}


def test_long_values_are_cut_and_the_environment_says_where(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "mine")
    tracker = Tracker("")
    tracker.begin(Begun(known="", **BEGUN))
    tracker.end(Ended(how="failed"))
    client = mlflow.MlflowClient(tracker.uri)
    (run,) = client.search_runs([client.get_experiment_by_name("mine").experiment_id])
    assert run.info.status == "FAILED"
    assert len(run.data.params["data"]) == 6000


def test_a_folder_that_cannot_be_written_stops_no_training(tmp_path):
    (tmp_path / "file").write_text("")
    trained = saccade.train("digits", epochs=1, track=f"mlflow={tmp_path / 'file'}", runs=tmp_path / "runs", quiet=True)
    assert trained.path.is_dir()
    assert len(trained.history) == 1


def test_a_server_that_is_not_there_is_said_within_seconds(monkeypatch):
    monkeypatch.setattr("saccade.training.tracking.trackers.mlflow.PAUSE", 0.1)
    thread = TrackerThread("mlflow", "http://127.0.0.1:9", Tracker)  # port 9: nothing listens
    began = time.monotonic()
    thread.begin(Begun(known="", **BEGUN))
    thread.log(1, {"loss": 1.0})
    assert not thread.end(Ended(how="finished"))
    assert time.monotonic() - began < 30
    assert thread.problem() == (
        "mlflow has nothing of this training, which does not concern the run itself: "
        "no server answers at http://127.0.0.1:9: Connection refused."
    )


def test_a_server_that_dies_on_the_way_ends_the_tracking_and_no_more(monkeypatch):
    monkeypatch.setattr("saccade.training.tracking.trackers.mlflow.PAUSE", 0.1)
    monkeypatch.setattr("saccade.training.tracking.trackers.mlflow.KNOWN_FOR", 0.0)
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        answering = threading.Thread(target=server.handle_request, daemon=True)
        answering.start()
        tracker = Tracker(f"http://127.0.0.1:{server.server_port}")
        assert tracker._client()  # it is there, whatever it says: here that it knows no such request
        answering.join()
    with pytest.raises(ConnectionError, match="no server answers at"):
        tracker.log(1, {"loss": 1.0})
