"""The service says none of these as the run does, and has its page and its metrics say so."""

import io

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("starlette")
httpx = pytest.importorskip("httpx")

from saccade import serving  # noqa: E402  (needs what may be missing)
from saccade.modalities.images.intake import Intake  # noqa: E402
from saccade.tasks.classification.novelty import Novelty  # noqa: E402
from saccade.tasks.classification.predictor import Predictor  # noqa: E402

pytestmark = pytest.mark.heavy


def answer(images):
    """Give two probabilities and, as novelty, the brightness."""
    bright = images.reshape(len(images), -1).mean(axis=1)
    return np.stack([np.full(len(images), 0.75), np.full(len(images), 0.25), bright], axis=1).astype(np.float32)


@pytest.fixture(scope="module")
def address(running):
    novelty = Novelty(tuple(map(float, range(99))), 0.01)
    predictor = Predictor(
        name="p", answer=answer, classes=("cat", "dog"), intake=Intake((8, 8, 1), "pad"), engine="onnx", novelty=novelty
    )
    with running(serving.make_app(predictor, name="p")) as found:
        yield found


def png(level):
    file = io.BytesIO()
    Image.new("L", (8, 8), level).save(file, "PNG")
    return file.getvalue()


def test_an_image_unlike_the_classes_has_no_class_in_the_answer(address):
    files = [("file", (f"{level}.png", png(level))) for level in (50, 255)]
    usual, strange = httpx.post(f"{address}/predict", files=files).json()["predictions"]
    assert (usual["class"], usual["none_of_these"], usual["known_p_value"]) == ("cat", False, 0.5)
    assert (strange["class"], strange["none_of_these"], strange["known_p_value"]) == (None, True, 0.01)
    assert strange["probabilities"] == {"cat": 0.75, "dog": 0.25}


def test_the_inference_protocol_has_the_novelty_as_an_output(address):
    outputs = httpx.get(f"{address}/v2/models/p").json()["outputs"]
    assert [each["name"] for each in outputs] == ["probabilities", "novelty"]


def test_the_page_says_that_it_refuses(address):
    assert "What is unlike all of them is answered with none of these" in httpx.get(address).text
