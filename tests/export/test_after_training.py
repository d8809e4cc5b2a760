"""What a training leaves for the first answer: model.onnx, compared with Keras, and never in its way."""

import json
import shutil

import pytest
from click.testing import CliRunner
from each_case import each_case
from heard_progress import HeardProgress

from saccade import training
from saccade.cli.export import command
from saccade.core.errors import ExportError, RunError
from saccade.core.run import Run
from saccade.export import after_training
from saccade.inference import open_run
from saccade.tasks import base

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def switched_on(monkeypatch):
    monkeypatch.delenv(after_training.SWITCH)


def _trained(photos, folder, progress=None, **options):
    from saccade.core import recipe

    fields = {"data": str(photos), "model": "dense", "image_size": 8, "epochs": 1, "augment.flip": "none", **options}
    settled, dataset = base.prepare(recipe.read("", **fields), quiet=True)
    return training.train(settled, dataset, folder=folder, progress=progress or HeardProgress())


@pytest.fixture(scope="module")
def trained(photos, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(after_training.SWITCH, raising=False)
        return _trained(photos, tmp_path_factory.mktemp("after") / "run")


def test_a_training_ends_with_a_file_that_answers_for_the_run(trained):
    assert trained.manifest["status"] == "finished"
    assert trained.parity["model.onnx"]["parity"]["agreement"] == 1
    assert open_run(trained).engine == "onnx"


def test_export_does_not_make_it_again_but_measures_its_speed(trained, monkeypatch):
    from saccade import export

    assert trained.parity["model.onnx"]["speeds"] == {}  # seconds that a training does without

    before = trained.exported("model.onnx").stat().st_mtime_ns
    monkeypatch.setattr("saccade.export._write", lambda *_: pytest.fail("made again"))
    exported = export.export(trained, quiet=True)
    assert exported.path.stat().st_mtime_ns == before
    assert set(exported.speeds) == {"keras", "onnx float32"}
    recorded = json.loads((trained.path / "export" / "parity.json").read_text())["model.onnx"]
    assert exported.to_dict().items() >= {key: recorded[key] for key in ("bytes", "speeds", "parity")}.items()


def test_without_the_data_it_is_what_the_training_left(photos, tmp_path):
    from saccade import export

    folder = shutil.copytree(photos, tmp_path / "photos")
    run = _trained(folder, tmp_path / "run")
    shutil.rmtree(folder)
    assert export.export(run, quiet=True).speeds == {}
    found = CliRunner().invoke(command, [str(run.path)])
    assert found.exit_code == 0 and "beside Keras" in found.output and "microseconds" not in found.output


def test_a_file_that_names_the_run_otherwise_is_made_again(trained, tmp_path):
    from saccade import export

    moved = Run(shutil.copytree(trained.path, tmp_path / "renamed"))
    before = moved.exported("model.onnx").stat().st_mtime_ns
    assert export.export(moved, quiet=True).path.stat().st_mtime_ns > before


def failing(error):
    def fail(*_, **__):
        raise error

    return fail


@each_case("error", [ExportError("A layer has no counterpart."), OSError("disk"), RuntimeError("tf2onnx")])
def test_a_failure_is_a_note_with_the_reason(error, trained, monkeypatch):
    notes = []
    monkeypatch.setattr("saccade.export.export", failing(error))
    after_training.export_after_training(trained, note=notes.append)
    assert ["no model.onnx" in note and str(error) in note for note in notes] == [True]


def test_after_a_failure_the_run_is_finished(photos, tmp_path, monkeypatch):
    error = OSError("disk")
    monkeypatch.setattr("saccade.export.export", failing(error))
    heard = HeardProgress()
    run = _trained(photos, tmp_path / "run", heard)
    assert run.manifest["status"] == "finished"
    assert any("no model.onnx" in note and str(error) in note for note in heard.notes)
    assert open_run(run).engine == "keras"


def test_a_task_that_cannot_be_exported_is_not_asked(trained, monkeypatch):
    task = type(base.for_run(trained))
    monkeypatch.setattr(task, "export_subject", base.Task.export_subject)
    after_training.export_after_training(trained, note=pytest.fail)


def test_the_switch_leaves_it_out(photos, tmp_path, monkeypatch):
    monkeypatch.setenv(after_training.SWITCH, "0")
    run = _trained(photos, tmp_path / "run")
    assert run.parity == {}
    with pytest.raises(RunError):
        _ = run.evaluation
