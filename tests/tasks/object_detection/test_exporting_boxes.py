import shutil

import numpy as np
import pytest

from saccade import export, inference
from saccade.core.errors import RunError
from saccade.tasks import base

pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.slow


def test_a_file_alone_finds_what_its_run_finds(run, exported, tmp_path):
    alone = shutil.copy(exported.path / "export" / "model.onnx", tmp_path / "alone.onnx")
    dataset = base.reload(run, quiet=True)
    ours, theirs = base.for_run(run).predictor(run), inference.open_file(alone)
    assert (ours.engine, theirs.engine) == ("keras", "onnx")
    assert (ours.objects, ours.threshold) == (theirs.objects, theirs.threshold)
    rows = dataset.rows("validation")
    pairs = list(zip(ours.detections_of(dataset, rows), theirs.detections_of(dataset, rows), strict=True))
    assert sum(len(each.above(ours.threshold.value)) for each, _ in pairs) > 0
    for one, other in ((each.above(ours.threshold.value) for each in pair) for pair in pairs):
        assert one.numbers.tolist() == other.numbers.tolist()
        assert np.allclose(one.boxes, other.boxes, atol=0.01)
        assert np.allclose(one.scores, other.scores, atol=1e-4)


def test_a_file_holds_the_decoder_and_says_its_outputs(exported):
    loaded = inference.load_file(exported.path / "export" / "model.onnx")
    assert loaded.metadata.signature.names == ("boxes", "scores", "classes")
    found = loaded.outputs(np.zeros((3, *loaded.metadata.signature.input.sizes), np.uint8))
    assert {name: (each.shape, each.dtype.name) for name, each in found.items()} == {
        "boxes": ((3, 100, 4), "float32"),
        "scores": ((3, 100), "float32"),
        "classes": ((3, 100), "int32"),
    }


def test_a_run_that_was_exported_answers_with_its_file(exported):
    assert base.for_run(exported).predictor(exported).engine == "onnx"


def test_parity_is_kept_of_boxes_and_scores(exported):
    parity = exported.parity["model.onnx"]["parity"]
    assert set(parity["differences"]) == {"boxes", "scores"}
    assert parity["agreement"] == 1


def test_a_file_that_says_what_cannot_be_is_refused(run, exported):
    loaded = inference.load_file(exported.path / "export" / "model.onnx")
    texts = {**loaded.metadata.texts, "classes": "[]"}
    damaged = type(loaded.metadata)(**{**vars(loaded.metadata), "texts": texts})
    with pytest.raises(RunError, match="damaged"):
        base.for_run(run).predictor_of_file(exported.path, damaged, loaded.outputs, engine="onnx")


@pytest.mark.long
@pytest.mark.parametrize("to", ["saved_model", "litert"])
def test_other_formats_find_the_same(exported, to):
    pytest.importorskip({"saved_model": "tensorflow", "litert": "ai_edge_litert"}[to])
    found = export.export(exported, to=to, timed=False, quiet=True)
    assert found.parity.agreement == 1
    assert found.parity.largest_difference < 0.01
