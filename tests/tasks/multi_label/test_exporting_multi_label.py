import json
import shutil

import numpy as np
import pytest

from saccade import inference, serving
from saccade.core.errors import RunError
from saccade.tasks import base

pytest.importorskip("onnxruntime")
testclient = pytest.importorskip("starlette.testclient")


def test_a_file_alone_answers_like_its_run(run, exported, tmp_path):
    alone = shutil.copy(exported.path / "export" / "model.onnx", tmp_path / "alone.onnx")
    images = base.reload(run, quiet=True).images[:20]
    ours, theirs = base.for_run(run).predictor(run), inference.open_file(alone)
    assert (ours.engine, theirs.engine) == ("keras", "onnx")
    for one, other in zip(ours.predict(images), theirs.predict(images), strict=True):
        assert one.labels == other.labels
        assert np.allclose(list(one.probabilities.values()), list(other.probabilities.values()), atol=1e-4)


def test_a_run_that_was_exported_answers_with_its_file(exported):
    assert base.for_run(exported).predictor(exported).engine == "onnx"


def test_a_file_that_says_what_cannot_be_is_refused(run, exported):
    loaded = inference.load_file(exported.path / "export" / "model.onnx")
    task, metadata = base.for_run(run), loaded.metadata
    for name, text in (("image_shape", "[0, 8, 1]"), ("thresholds", '{"images": 1, "labels": [{}]}'), ("fit", "bend")):
        texts = {**metadata.texts, name: text}
        damaged = type(metadata)(**{**vars(metadata), "texts": texts})
        with pytest.raises(RunError, match="damaged"):
            task.predictor_of_file(exported.path, damaged, loaded.outputs, engine="onnx")


def test_the_service_answers_images(exported, table):
    predictor = base.for_run(exported).predictor(exported)
    picture = (table.parent / "000.png").read_bytes()
    with testclient.TestClient(serving.make_app(predictor, name="small"), base_url="http://127.0.0.1") as client:
        answer = client.post("/predict", content=picture, headers={"Content-Type": "image/png"}).json()
        ready = client.get("/v2/models/small").json()
        page = client.get("/").text
        described = client.get("/openapi.json").json()
    (said,) = answer["predictions"]
    assert set(said["labels"]) <= {"cat", "dog", "frog"}
    assert set(said["probabilities"]) == {"cat", "dog", "frog"}
    assert [each["name"] for each in ready["outputs"]] == ["probabilities"]
    assert "which of 3 labels" in page
    assert "/predict" in json.dumps(described)
