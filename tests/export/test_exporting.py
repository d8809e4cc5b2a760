import json
import logging
import signal
import subprocess
import sys

import numpy as np
import pytest

from saccade import export, inference, models
from saccade.cli import run as saccade
from saccade.core import registry
from saccade.core.backend import keras, seed_everything
from saccade.core.errors import ExportError, MissingPackageError, RunError, UnknownNameError
from saccade.core.signature import Signature, TensorSpec
from saccade.export.parity import Criterion, OtherAnswersError, Tolerance, compare
from saccade.inference import open_file, open_run
from saccade.modalities.images.intake import Intake
from saccade.tasks import base
from saccade.tasks.classification.predictor import signature
from saccade.tasks.classification.probability_parity import TOLERANCES, criterion
from saccade.tasks.classification.shipped_network import as_shipped

pytestmark = pytest.mark.heavy

onnx = pytest.importorskip("onnx")
pytest.importorskip("tf2onnx")
pytest.importorskip("onnxruntime")

NEEDED = {"saved_model": "tensorflow", "litert": "ai_edge_litert", "openvino": "openvino", "onnx": "onnx"}
FORMATS = [
    pytest.param(
        name, marks=pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
    )
    for name in registry.names("formats")
]

DEEP = {"googlenet", "mobilenet_v1", "vgg"}
"""Networks whose conversion takes a while."""


def files(folder):
    return {path.name for path in folder.rglob("*") if path.is_file()}


def images_of(run, split="validation"):
    dataset = base.reload(run, quiet=True)
    return dataset.images[dataset.rows(split)]


def compared(answer, expected, images, *, precision):
    named = [lambda images, each=each: {"probabilities": each(images)} for each in (answer, expected)]
    return compare(*named, images, criterion=criterion(precision), split="train", noun="images")


# What every file promises


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("temperature", [None, 2.5])
def test_every_format_answers_like_the_calibrated_run(to, temperature, make_run):
    pytest.importorskip(NEEDED[to])
    run = make_run(temperature=temperature)
    exported = export.export(run, to=to, timed=False, quiet=True)
    opened = registry.load("engines", to).load(exported.path)
    images = images_of(run, "train")
    logits = np.log(inference.probabilities(inference.load_model(run), images)) / (temperature or 1)
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    for batch in (images, images[:1], images[:5]):
        np.testing.assert_allclose(opened.answer(batch)[0], expected[: len(batch)], atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("to", FORMATS)
def test_every_format_carries_its_metadata(to, make_run):
    pytest.importorskip(NEEDED[to])
    run = make_run(temperature=1.5)
    exported = export.export(run, to=to, timed=False, quiet=True)
    found = dict(registry.load("engines", to).load(exported.path).metadata)
    assert json.loads(found["classes"]) == list(run.data["classes"])
    assert "花" in json.loads(found["classes"])
    assert json.loads(found["image_shape"]) == [24, 24, 3]
    assert found["fit"] == "pad"
    assert found["colour_order"] == "rgb"
    assert json.loads(found["temperature"]) == 1.5
    assert [level["threshold"] for level in json.loads(found["calibration"])["levels"]] == [0.0, 0.6]
    assert found["recipe"] == run.recipe.changed(data=run.data["name"]).to_yaml()
    assert not [value for value in found.values() if str(run.path.parent) in value]  # no one else's business
    assert found["data_hash"] == run.data["content_hash"]
    assert found["licence"] == run.data["licence"]
    assert found["network_hash"] == run.network_hash
    assert found["precision"] == "float32"


def test_every_format_has_an_engine_that_reads_it_back():
    assert registry.names("formats") == registry.names("engines")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "precision"),
    [
        pytest.param(name, precision, marks=[pytest.mark.long] if name in DEEP or precision != "float32" else [])
        for name in registry.names("models")
        for precision in ("float32", "float16", "int8")
    ],
)
def test_every_architecture_answers_the_same_in_onnx(name, precision, tmp_path, slim):
    """On random weights, where answers lie close together, what is rounded is held to its difference only."""
    seed_everything(0)
    network = models.build(name, (28, 28, 1), 4, slim(name))
    samples = np.random.default_rng(0).integers(0, 256, (64, 28, 28, 1), dtype=np.uint8)
    settle_normalisation(network, samples)
    form = registry.load("formats", "onnx")
    ends = signature(Intake((28, 28, 1), "pad"), ("a", "b", "c", "d"))
    shipped, path = as_shipped(network, 1.0), tmp_path / "model.onnx"
    form.write(shipped, path, {}, signature=ends, precision=precision, samples=samples)
    answer = registry.load("engines", "onnx").load(path).answer
    parity = compared(lambda images: answer(images)[0], inference.Network(network), samples, precision=precision)
    assert parity.largest_difference <= parity.tolerance.difference
    assert precision != "float32" or parity.agreement >= parity.tolerance.agreement


def settle_normalisation(network, images):
    """Give batch normalisation the means and variances of these images, without which deep sums grow out of range."""
    for layer in network._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.5
    for _ in range(8):
        network(images, training=True)


def test_sums_of_int8_never_overflow(tmp_path):
    """With signed weights, processors with AVX2 but without VNNI stop at 2^15: about 2 instead of 4."""
    pixels = keras.Input((4, 4, 1), dtype="uint8", name="pixels")
    scaled = keras.ops.cast(pixels, "float32") / 255
    sums = keras.layers.Conv2D(8, 2, kernel_initializer="ones", use_bias=False)(scaled)
    ends = Signature(
        (TensorSpec("pixels", "uint8", (None, 4, 4, 1), "grey images"),),
        (TensorSpec("sums", "float32", (None, 3, 3, 8), "of four neighbours"),),
    )
    path, samples = tmp_path / "sums.onnx", np.full((8, 4, 4, 1), 255, np.uint8)
    form = registry.load("formats", "onnx")
    form.write(keras.Model(pixels, sums), path, {}, signature=ends, precision="int8", samples=samples)
    assert "DequantizeLinear" in {node.op_type for node in onnx.load(path).graph.node}
    np.testing.assert_allclose(registry.load("engines", "onnx").load(path).answer(samples)[0], 4, rtol=0.01)


# Several outputs


@pytest.fixture
def pair(tmp_path):
    """A network with a sum and a map as its outputs, which differ in shape and type, as an .onnx file."""
    pixels = keras.Input((4, 4, 1), dtype="uint8", name="pixels")
    halves = keras.ops.cast(pixels, "float32")[..., 0] / 2
    total = keras.ops.sum(keras.ops.cast(halves, "float64"), axis=(1, 2))
    ends = Signature(
        (TensorSpec("pixels", "uint8", (None, 4, 4, 1), "grey images"),),
        (
            TensorSpec("total", "float64", (None,), "half the sum"),
            TensorSpec("halves", "float32", (None, 4, 4), "half of each pixel"),
        ),
    )
    network, path = keras.Model(pixels, [total, halves]), tmp_path / "pair.onnx"
    samples = np.zeros((1, 4, 4, 1), np.uint8)
    registry.load("formats", "onnx").write(network, path, {}, signature=ends, precision="float32", samples=samples)
    return path, ends


def test_every_output_has_its_name_and_comes_for_any_batch(pair):
    path, ends = pair
    assert [end.name for end in onnx.load(path).graph.output] == ["total", "halves"]
    outputs = ends.named(registry.load("engines", "onnx").load(path).answer)
    images = np.random.default_rng(0).integers(0, 256, (5, 4, 4, 1), dtype=np.uint8)
    for count in (1, 5):
        found = outputs(images[:count])
        np.testing.assert_array_equal(found["halves"], images[:count, ..., 0] / 2)
        np.testing.assert_array_equal(found["total"], images[:count].sum(axis=(1, 2, 3)) / 2)
    assert found["total"].dtype == np.float64
    ends.refuse_other_outputs(outputs)


def test_each_output_is_compared_by_its_name(pair):
    path, ends = pair
    outputs = ends.named(registry.load("engines", "onnx").load(path).answer)
    off = {"total": 0.0, "halves": 0.25}
    parity = compare(
        outputs,
        lambda images: {name: values + off[name] for name, values in outputs(images).items()},
        np.full((5, 4, 4, 1), 8, np.uint8),
        criterion=Criterion(largest, lambda found, expected: 1.0, Tolerance(0.1, 1)),
        split="train",
        noun="images",
    )
    assert parity.differences == {"total": 0, "halves": 0.25}
    with pytest.raises(ExportError, match="'total' by up to 0 and 'halves' by up to 0.25"):
        parity.refuse_other_answers("onnx")


def largest(found, expected):
    return {name: float(np.abs(found[name] - expected[name]).max()) for name in found}


# ONNX


@pytest.mark.parametrize("precision", ["float32", "float16", "int8"])
def test_an_onnx_file_says_its_opset_and_takes_bytes_in_any_batch(run, precision):
    exported = export.export(run, precision=precision, timed=False, quiet=True)
    model = onnx.load(exported.path)
    onnx.checker.check_model(model, full_check=True)
    assert [entry.version for entry in model.opset_import if entry.domain == ""] == [exported.details["opset"]]
    (pixels,), (probabilities,) = model.graph.input, model.graph.output
    assert (pixels.name, probabilities.name) == ("pixels", "probabilities")
    assert pixels.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    assert probabilities.type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    batch, *shape = pixels.type.tensor_type.shape.dim
    assert batch.dim_param == "batch"
    assert [side.dim_value for side in shape] == [24, 24, 3]


@pytest.mark.slow
def test_smaller_precisions_make_smaller_files(run):
    names = ["float32", "float16", "int8"]
    exports = [export.export(run, precision=precision, quiet=True) for precision in names]
    sizes = [exported.bytes for exported in exports]
    assert sizes[1] < 0.6 * sizes[0]
    assert sizes[2] < 0.4 * sizes[0]
    assert files(run.path / "export") == {"model.onnx", "model-float16.onnx", "model-int8.onnx", "parity.json"}
    assert set(exports[2].speeds) == {"keras", "onnx float32", "onnx int8"}


@pytest.mark.parametrize("precision", ["float16", "int8"])
def test_small_probabilities_survive_calibration_in_small_precisions(precision, make_run):
    run = make_run(temperature=3.0)
    parity = export.export(run, precision=precision, timed=False, quiet=True).parity
    assert parity.largest_difference < 0.05


# What was measured


def test_parity_json_says_what_was_measured(run):
    exported = export.export(run, quiet=True)
    found = run.parity["model.onnx"]
    assert found["parity"]["split"] == "validation"
    assert found["parity"]["images"] == len(images_of(run))
    assert found["parity"]["largest_difference"] == exported.parity.largest_difference <= 1e-5
    assert found["parity"]["agreement"] == 1
    assert found["bytes"] == exported.path.stat().st_size
    assert "path" not in found
    assert found["details"] == {"opset": 17}
    assert found["speeds"]["onnx float32"]["alone"] > 0


def test_the_sealed_test_part_is_not_opened(run):
    export.export(run, timed=False, quiet=True)
    with pytest.raises(RunError, match="has not been evaluated"):
        _ = run.evaluation


def test_a_second_format_keeps_the_record_of_the_first(run):
    export.export(run, timed=False, quiet=True)
    export.export(run, precision="float16", timed=False, quiet=True)
    assert set(run.parity) == {"model.onnx", "model-float16.onnx"}


def test_answers_with_no_numbers_are_no_parity():
    nothing = compared(
        lambda images: np.full((len(images), 2), np.nan),
        lambda images: np.full((len(images), 2), 0.5),
        np.zeros((3, 4, 4, 1), np.uint8),
        precision="int8",
    )
    with pytest.raises(OtherAnswersError, match="answers differently") as refused:
        nothing.refuse_other_answers("onnx")
    assert refused.value.in_short == "not kept: 100.0% the same answer of 98% needed, differs by nan of 0.25 allowed"


@pytest.mark.parametrize("precision", TOLERANCES)
def test_more_than_the_tolerance_is_refused_and_less_is_not(precision):
    images = np.zeros((200, 4, 4, 1), np.uint8)

    def right(images):
        return np.tile([0.8, 0.2], (len(images), 1))

    def refused(by):
        shift = np.array([-by, by])
        parity = compared(lambda images: right(images) + shift, right, images, precision=precision)
        try:
            parity.refuse_other_answers("onnx")
        except ExportError:
            return True
        return False

    allowed = TOLERANCES[precision].difference
    assert (refused(0.9 * allowed), refused(1.1 * allowed)) == (False, True)


# What is refused leaves nothing


def tampered(form, monkeypatch):
    """Let a format write another network than it was given."""
    write = form.write

    def wrong(network, path, metadata, **options):
        weights = network.get_weights()
        network.set_weights([1.01 * values for values in weights])
        try:
            write(network, path, metadata, **options)
        finally:
            network.set_weights(weights)

    monkeypatch.setattr(form, "write", wrong)


def test_a_file_that_answers_differently_is_refused_and_not_kept(run, monkeypatch, capfd):
    tampered(registry.load("formats", "onnx"), monkeypatch)
    assert saccade(["export", str(run.path)]) == 2
    message = capfd.readouterr().err
    assert "answers differently from the run" in message
    assert "allowed: 0.0001" in message
    assert not (run.path / "export").exists()


def test_a_refused_export_leaves_the_good_one_before_it(run, monkeypatch):
    good = export.export(run, timed=False, quiet=True).path.read_bytes()
    tampered(registry.load("formats", "onnx"), monkeypatch)
    monkeypatch.setattr(export, "_kept", lambda *_: None)  # as when the network is another one since
    with pytest.raises(ExportError):
        export.export(run, timed=False, quiet=True)
    assert run.exported("model.onnx").read_bytes() == good


def test_a_network_that_a_format_cannot_hold_is_said_in_one_line(run, monkeypatch):
    def refuse(*arguments, **options):
        raise ValueError("Op type GeluExact is not supported\nand a page of graph")

    monkeypatch.setattr(registry.load("formats", "onnx"), "write", refuse)
    with pytest.raises(
        ExportError, match="cannot be written as model.onnx: Op type GeluExact is not supported"
    ) as said:
        export.export(run, timed=False, quiet=True)
    assert "page of graph" not in str(said.value)
    assert not (run.path / "export").exists()


KILLED_WHILE_SAVING = """
import os, shutil, signal, sys
from saccade import export
from saccade.core.run import Run

copy = shutil.copyfile
def half(source, target):
    target.write_bytes(source.read_bytes()[:100])
    os.kill(os.getpid(), signal.SIGKILL)
shutil.copyfile = half
export.export(Run.open(sys.argv[1]), timed=False, quiet=True)
"""


@pytest.mark.slow
def test_a_killed_export_leaves_nothing_that_is_used(run):
    done = subprocess.run([sys.executable, "-c", KILLED_WHILE_SAVING, str(run.path)], timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL
    assert "model.onnx" not in files(run.path / "export")
    assert run.exported("model.onnx") is None
    assert open_run(run).engine == "keras"
    export.export(run, timed=False, quiet=True)
    assert open_run(run).engine == "onnx"


def test_a_folder_that_cannot_be_written_keeps_nothing_half_done(run, monkeypatch):
    def full(source, target):
        target.mkdir()
        (target / "half").write_text("")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("saccade.core.run.shutil.copytree", full)
    with pytest.raises(RunError, match="disk is full"):
        export.export(run, to="saved_model", timed=False, quiet=True)
    assert list((run.path / "export").iterdir()) == []


# What the user got wrong


def test_unknown_formats_and_precisions_are_named(run):
    with pytest.raises(UnknownNameError, match="There is no format 'onx'. Did you mean 'onnx'"):
        export.export(run, to="onx")
    with pytest.raises(UnknownNameError, match="no precision of onnx 'int4'"):
        export.export(run, precision="int4")
    with pytest.raises(UnknownNameError, match="precision of saved_model 'int8'. Known: float32"):
        export.export(run, to="saved_model", precision="int8")


@pytest.mark.parametrize("package", ["onnx", "tf2onnx", "onnxruntime"])
def test_a_missing_package_is_said_with_what_to_install(package, run, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not there
    for name in ("saccade.export.formats.onnx", "saccade.inference.engines.onnx"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(MissingPackageError, match=f"{package} is not installed. Try: pip install .*{package}"):
        export.export(run)


def test_another_backend_is_told_to_use_tensorflow(run, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ExportError, match="KERAS_BACKEND=tensorflow"):
        export.export(run)


def test_a_run_whose_data_have_moved_says_where_to_name_them(run, photos, tmp_path, capfd):
    moved = run.recipe.changed(data=str(tmp_path / "gone"))
    run.write_recipe(moved)
    assert saccade(["export", str(run.path)]) == 2
    assert str(tmp_path / "gone") in capfd.readouterr().err
    assert saccade(["export", str(run.path), "--data", str(photos)]) == 0
    assert "the same answer" in capfd.readouterr().out


# The command


@pytest.mark.slow
def test_export_says_what_was_measured_and_what_is_next(run, capfd):
    assert saccade(["export", str(run.path), "--precision", "int8"]) == 0
    shown = capfd.readouterr().out
    assert "opset 17" in shown
    assert "validation images: largest difference" in shown
    assert f"saccade predict {run.path}/export/model-int8.onnx IMAGES" in shown
    assert saccade(["export", str(run.path), "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["parity"]["agreement"] == 1


@pytest.mark.slow
def test_the_python_face_exports_too(run):
    import saccade as face

    exported = face.load(run.path).export(precision="float16")
    assert exported.path == run.path / "export" / "model-float16.onnx"
    assert open_file(exported.path).classes == tuple(run.data["classes"])
    assert exported.path.stat().st_size == exported.bytes


def test_what_the_library_logs_of_each_layer_is_not_shown_while_it_computes_integers(run, monkeypatch, caplog):
    form = registry.load("formats", "onnx")
    once = form.quantize_static

    def talking(*arguments, **options):
        logging.warning("Quantized bias exceeds the range")
        once(*arguments, **options)

    monkeypatch.setattr(form, "quantize_static", talking)
    export.export(run, precision="int8", timed=False, quiet=True)
    logging.warning("something else")
    assert [each.message for each in caplog.records] == ["something else"]
