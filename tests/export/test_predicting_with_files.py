"""An exported file answers like its run, and needs little to do so."""

import dataclasses
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from saccade import export, inference
from saccade.cli import run as saccade
from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError, RunError
from saccade.core.run import Run
from saccade.inference import load_model, open_file, open_run
from saccade.tasks import base
from saccade.tasks.classification.calibration import Calibration
from saccade.tasks.classification.predictor import open_predictor

pytestmark = pytest.mark.heavy

onnx = pytest.importorskip("onnx")
pytest.importorskip("tf2onnx")
pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def ready(make_run):
    """Give a calibrated run that cuts images to size, exported to ONNX."""
    run = make_run(temperature=1.8, fit="crop")
    export.export(run, timed=False, quiet=True)
    return run


@pytest.fixture
def exported(ready, tmp_path):
    return Run(shutil.copytree(ready.path, tmp_path / "run"))


@pytest.fixture
def file(exported):
    return exported.path / "export" / "model.onnx"


def altered(file, change):
    model = onnx.load(file)
    change(model)
    path = file.with_name("altered.onnx")
    onnx.save(model, path)
    return path


# The same answers


def test_a_file_answers_for_image_files_like_its_run(exported, file, photos):
    with_keras = dict(open_predictor(exported, model=load_model(exported)).predict_files([photos]))
    with_file = dict(open_file(file).predict_files([photos]))
    assert list(with_file) == list(with_keras)
    for name, answer in with_file.items():
        assert answer.label == with_keras[name].label
        assert answer.probabilities == pytest.approx(with_keras[name].probabilities, abs=1e-5)


def test_a_file_gets_the_pixels_of_training_bit_for_bit(exported, file, photos):
    dataset = base.reload(exported, quiet=True)
    predictor = open_file(file)
    for name, pixels in zip(dataset.names, dataset.images, strict=True):
        np.testing.assert_array_equal(predictor.intake.content((photos / name).read_bytes()), pixels)


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32"])
def test_arrays_of_any_number_type_are_answered_the_same(file, dtype):
    images = np.random.default_rng(0).integers(0, 256, (3, 24, 24, 3))
    predictor = open_file(file)
    answers = predictor.predict(images.astype(dtype))
    assert answers == predictor.predict(images.astype(np.uint8))
    assert predictor.predict(images[0].astype(dtype))[0].probability == pytest.approx(answers[0].probability)


def test_a_file_refuses_wrong_arrays_as_a_run_does(file):
    with pytest.raises(DataError, match="Expected images of 24×24×3"):
        open_file(file).predict(np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(DataError, match="multiply by 255"):
        open_file(file).predict(np.full((24, 24, 3), 0.5))


def test_a_file_knows_when_to_abstain(file):
    images = np.random.default_rng(0).integers(0, 256, (40, 24, 24, 3), dtype=np.uint8)
    answers = open_file(file).predict(images, abstain=0.15)
    assert [answer.decided for answer in answers] == [answer.probability >= 0.6 for answer in answers]
    with pytest.raises(RunError, match="cannot be promised"):
        open_file(file).predict(images, abstain=0.01)


def test_a_file_of_a_run_that_was_not_calibrated_cannot_abstain(make_run):
    path = export.export(make_run(), timed=False, quiet=True).path
    with pytest.raises(RunError, match=r"model\.onnx cannot abstain"):
        open_file(path).predict_files([], abstain=0.05)


# What answers for a run


def test_a_run_answers_with_its_onnx_file(exported):
    assert open_run(exported).engine == "onnx"


def test_a_file_of_an_older_network_is_not_used(exported):
    network = load_model(exported)
    network.set_weights([2 * values for values in network.get_weights()])
    exported.save_model(network.save)
    assert open_run(exported).engine == "keras"


def test_a_file_of_an_older_calibration_is_not_used(exported):
    exported.save(dataclasses.replace(exported.load(Calibration), temperature=3.0))
    assert open_run(exported).engine == "keras"


def test_a_file_that_was_changed_since_is_not_used(exported, file):
    file.write_bytes(file.read_bytes() + b" ")
    assert open_run(exported).engine == "keras"


def test_a_run_on_a_machine_without_onnx_runtime_answers_with_keras(exported, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.delitem(sys.modules, "saccade.inference.engines.onnx", raising=False)
    assert open_run(exported).engine == "keras"


# What it needs

ALONE = """
import sys
from importlib.abc import MetaPathFinder

allowed = {"saccade", "onnxruntime", "numpy", "PIL", "click", "flatbuffers", "google", "packaging"}

class Bare(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in allowed | set(sys.stdlib_module_names) and not top.startswith("_"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Bare())
from saccade.cli import run
sys.exit(run(sys.argv[1:]))
"""


def alone(*arguments):
    """Run a command on a machine that has the packages of runtime/pyproject.toml only."""
    command = [sys.executable, "-c", ALONE, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_a_machine_with_four_packages_is_enough(file, photos, tmp_path):
    moved = file.rename(tmp_path / "anything.onnx")
    done = alone("predict", moved, photos, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == 36
    assert {"花", "Äpfel & Birnen"} < set(answers[0]["probabilities"])


@pytest.mark.parametrize("arguments", [["train", "digits"], ["predict", "RUN", "a.png"], ["list", "runs"]])
def test_what_needs_more_says_how_to_get_it(arguments, exported):
    done = alone(*(exported.path if word == "RUN" else word for word in arguments))
    assert done.returncode == 2
    assert "is not installed" in done.stderr
    assert "pip install" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_archive_on_a_small_machine_says_what_to_install(file, photos, tmp_path):
    archive = shutil.make_archive(str(tmp_path / "photos"), "zip", photos)
    done = alone("predict", file, archive)
    assert (done.returncode, "pip install platformdirs filelock rich" in done.stderr) == (2, True)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("source", ["run", "file"])
def test_neither_keras_nor_tensorflow_is_loaded(source, exported, file, photos):
    code = (
        "import sys\nfrom saccade.cli import run\nstatus = run(sys.argv[1:])\n"
        "print('LOADED', *sorted({'keras', 'tensorflow', 'scipy', 'sklearn', 'matplotlib', 'rich'} & set(sys.modules)))"
    )
    what = {"run": exported.path, "file": file}[source]
    command = [sys.executable, "-c", code, "predict", str(what), str(photos), "--csv"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert len(done.stdout.splitlines()) == 1 + 36 + 1
    assert done.stdout.splitlines()[-1].split() == ["LOADED"]


# Files of others


def no_metadata(model):
    del model.metadata_props[:]


def other_input(model):
    model.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.FLOAT


def other_classes(model):
    for entry in model.metadata_props:
        if entry.key == "classes":
            entry.value = '["a", "b"]'


def other_size(model):
    for entry in model.metadata_props:
        if entry.key == "image_shape":
            entry.value = "[12, 12, 3]"


@pytest.mark.parametrize("change", [no_metadata, other_input, other_classes, other_size])
def test_a_file_that_is_not_ours_is_said_to_be_none(change, file, photos, capfd):
    path = altered(file, change)
    assert saccade(["predict", str(path), str(photos)]) == 2
    message = capfd.readouterr().err
    assert f"{path} cannot be used: " in message
    assert "Expected a file that `saccade export` wrote." in message
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize("content", [b"", b"not a network", b"\x08\x08" + bytes(100), "half", "all but the end"])
@pytest.mark.parametrize("suffix", [".onnx", ".tflite", ".xml"])
def test_a_damaged_file_is_said_to_be_one(content, suffix, file, tmp_path, photos, capfd):
    engine = inference.engines_by_suffix()[suffix]
    pytest.importorskip({"onnx": "onnxruntime", "litert": "ai_edge_litert"}.get(engine, engine))
    whole = file.read_bytes()
    splits = {"half": whole[: len(whole) // 2], "all but the end": whole[:-100]}
    path = tmp_path / f"damaged{suffix}"
    path.write_bytes(splits.get(content, content) if isinstance(content, str) else content)
    assert saccade(["predict", str(path), str(photos)]) == 2
    assert f"Error: {path} cannot be used: " in capfd.readouterr().err


def test_a_missing_file_says_how_to_make_one(tmp_path, photos, capfd):
    assert saccade(["predict", str(tmp_path / "no.onnx"), str(photos)]) == 2
    assert "saccade export RUN --to onnx" in capfd.readouterr().err


@pytest.mark.parametrize("verb", ["predict", "serve"])
def test_a_saved_model_is_said_not_to_be_run(verb, make_run, photos, capfd):
    exported = export.export(make_run(), to="saved_model", timed=False, quiet=True)
    assert saccade([verb, str(exported.path), *([str(photos)] if verb == "predict" else [])]) == 2
    said = capfd.readouterr().err.splitlines()[-1]
    assert "is a SavedModel, which is not run here" in said
    assert "saccade export RUN --to onnx" in said


def test_a_folder_of_openvino_answers_like_its_file(make_run, photos, capfd):
    pytest.importorskip("openvino")
    path = export.export(make_run(), to="openvino", timed=False, quiet=True).path
    capfd.readouterr()
    answers = []
    for source in (path, path / "model.xml"):
        assert saccade(["predict", str(source), str(photos), "--csv"]) == 0
        answers.append(capfd.readouterr().out)
    assert answers[0] == answers[1]
    assert answers[0].count("\n") == 1 + 36


def test_a_bad_image_does_not_stop_the_rest(file, tmp_path):
    Image.new("RGB", (5, 9)).save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_text("text")
    answers = dict(open_file(file).predict_files([tmp_path / "bad.png", tmp_path / "good.png"]))
    assert [isinstance(answer, SkippedItem) for answer in answers.values()] == [True, False]
