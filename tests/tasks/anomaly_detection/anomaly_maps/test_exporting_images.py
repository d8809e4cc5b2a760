"""An anomaly detector of images as a file: score, threshold and map travel in it, and it answers like its run."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from saccade import export
from saccade.cli import run as saccade
from saccade.core import model_metadata, registry
from saccade.core.errors import ExportError, RunError
from saccade.inference import load_model, open_file, open_run
from saccade.modalities.images.streams import Remarks
from saccade.tasks.anomaly_detection.anomaly_map_scale import AnomalyMapScale
from saccade.tasks.anomaly_detection.anomaly_maps import Locator, draw
from saccade.tasks.anomaly_detection.image_predictor import image_predictor_of_file, open_image_predictor
from saccade.tasks.anomaly_detection.threshold import Threshold

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("tf2onnx")

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("held_network")]


NEEDED = {"saved_model": "tensorflow", "litert": "ai_edge_litert", "openvino": "openvino", "onnx": "onnx"}
FORMATS = [
    pytest.param(
        name, marks=pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
    )
    for name in registry.names("formats")
]


def pixels(count, seed=5):
    return np.random.default_rng(seed).integers(0, 256, (count, 18, 18, 1), dtype=np.uint8)


def with_keras(run):
    return open_image_predictor(run, model=load_model(run))


@pytest.mark.parametrize("to", FORMATS)
def test_every_format_answers_like_the_run_in_any_batch(to, untrained_run, request):
    pytest.importorskip(NEEDED[to])
    if to == "litert":  # it has no layer that cuts a row off what was doubled, as images of 18 pixels need
        with pytest.raises(ExportError, match="its own runtime cannot run that, so it was not kept"):
            export.export(untrained_run, to=to, timed=False, quiet=True)
        return
    run = request.getfixturevalue("exported_run") if to == "onnx" else untrained_run  # whose file is not made again
    exported = export.export(run, to=to, timed=False, quiet=True)
    assert (exported.parity.split, exported.parity.count, exported.parity.agreement) == ("calibration", 20, 1)
    opened = registry.load("engines", to).load(exported.path)
    about = model_metadata.read(opened.metadata)
    found = image_predictor_of_file(exported.path, about, about.signature.named(opened.answer), engine=to)
    expected = with_keras(untrained_run).outputs(pixels(5))
    for count in (1, 5):
        answers = found.outputs(pixels(5)[:count])
        np.testing.assert_allclose(answers["score"], expected["score"][:count], rtol=1e-4)
        np.testing.assert_allclose(answers["anomaly_map"], expected["anomaly_map"][:count], rtol=1e-3, atol=1e-4)


def test_the_file_has_threshold_scale_and_named_ends(untrained, exported_images):
    metadata = registry.load("engines", "onnx").load(exported_images).metadata
    assert json.loads(metadata["threshold"])["value"] == untrained.load(Threshold).value
    assert json.loads(metadata["anomaly_map_scale"]) == untrained.load(AnomalyMapScale).to_dict()
    graph = onnx.load(exported_images).graph
    assert [end.name for end in (*graph.input, *graph.output)] == ["pixels", "score", "anomaly_map"]


def test_the_file_alone_says_the_same_of_image_files(untrained, exported_images, photos):
    expected = dict(with_keras(untrained).predict_files([photos]))
    found = dict(open_file(exported_images).predict_files([photos]))
    assert list(found) == list(expected)
    for name, verdict in found.items():
        assert (verdict.alarm, verdict.p_value) == (expected[name].alarm, expected[name].p_value)
        assert verdict.score == pytest.approx(expected[name].score, rel=1e-5)


def test_its_maps_are_those_of_the_run_but_it_rebuilds_nothing(untrained, exported_images, photos):
    for found, expected in zip(
        open_file(exported_images).map_files([photos], remarks=Remarks()),
        Locator(untrained).map_files([photos], remarks=Remarks()),
        strict=True,
    ):
        np.testing.assert_array_equal(found.image, expected.image)
        np.testing.assert_allclose(found.anomaly_map, expected.anomaly_map, rtol=1e-3, atol=1e-4)
        assert found.rebuilt is None
    assert [len(draw(each).axes) for each in (found, expected)] == [3, 4]  # with the legend


def test_predict_with_the_file_prints_and_draws(exported_images, photos, tmp_path, capfd):
    some = [str(photos / name / f"{number}.png") for name in ("good", "dent") for number in range(2)]
    command = ["predict", str(exported_images), *some, "--json", "--anomaly-maps", str(tmp_path / "maps")]
    assert saccade(command) == 0
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert len(lines) == len(list((tmp_path / "maps").iterdir())) == 4
    assert set(lines[0]) == {"file", "alarm", "score", "p_value"}


def test_a_run_answers_with_its_file_its_own_threshold_and_still_rebuilds(exported_run, photos, tmp_path, capfd):
    lower = {**exported_run.load(Threshold).to_dict(), "value": 0.0}
    exported_run.save(Threshold.from_dict(lower))
    opened = open_run(exported_run)
    assert (opened.engine, opened.threshold.value) == ("onnx", 0)
    photo = str(photos / "dent" / "0.png")
    assert saccade(["predict", str(exported_run.path), photo, "--anomaly-maps", str(tmp_path / "maps")]) == 0
    with Image.open(next((tmp_path / "maps").iterdir())) as drawn:
        assert drawn.width > 700  # three panels


def test_a_file_of_another_scale_is_not_used(exported_run):
    assert open_run(exported_run).engine == "onnx"
    exported_run.save(AnomalyMapScale(1.0, 0.95, 20))
    assert open_run(exported_run).engine == "keras"


@pytest.mark.parametrize("precision", ["float16", "int8"])
def test_smaller_precisions_are_refused_with_the_reason(untrained_run, precision):
    with pytest.raises(ExportError, match=f"float32 only, not in {precision}"):
        export.export(untrained_run, precision=precision, timed=False, quiet=True)
    assert not (untrained_run.path / "export").exists()


def test_a_network_that_answers_differently_is_refused(untrained_run, monkeypatch):
    untrained_run.save(AnomalyMapScale(1.0, 0.95, 20))
    write = registry.load("formats", "onnx").write

    def wrong(network, path, texts, **options):
        weights = network.get_weights()
        network.set_weights([1.01 * values for values in weights])
        try:
            write(network, path, texts, **options)
        finally:
            network.set_weights(weights)

    monkeypatch.setattr(registry.load("formats", "onnx"), "write", wrong)
    with pytest.raises(ExportError, match="'score' by up to .* and 'anomaly_map' by up to"):
        export.export(untrained_run, timed=False, quiet=True)
    assert not (untrained_run.path / "export").exists()


@pytest.mark.parametrize(
    ("key", "value"),
    [("threshold", "{"), ("anomaly_map_scale", "{}"), ("anomaly_map_scale", "7"), ("image_shape", "[9, 9, 1]")],
)
def test_what_cannot_be_is_said_to_be_damaged(exported_images, key, value, tmp_path):
    model = onnx.load(exported_images)
    texts = {entry.key: entry.value for entry in model.metadata_props}
    onnx.helper.set_model_props(model, {**texts, key: value})
    onnx.save(model, tmp_path / "damaged.onnx")
    with pytest.raises(RunError, match="cannot be used: it says nothing|cannot be used: what it says"):
        open_file(tmp_path / "damaged.onnx")


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


def test_a_machine_with_four_packages_is_enough(exported_images, photos):
    command = [sys.executable, "-c", ALONE, "predict", str(exported_images), str(photos), "--csv"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 13
