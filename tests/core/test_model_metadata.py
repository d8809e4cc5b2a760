import json

import pytest

from saccade.core import model_metadata
from saccade.core.errors import RunError
from saccade.core.model_metadata import ModelMetadata, as_texts
from saccade.core.signature import Signature, TensorSpec

SIGNATURE = Signature(
    (TensorSpec("pixels", "uint8", (None, 24, 32, 3), "images"),),
    (TensorSpec("score", "float64", (None,), "score"), TensorSpec("map", "float32", (None, 24, 32), "where")),
)
WHOLE = ModelMetadata(
    name="leaves-1",
    task="sorting",
    modality="leaves",
    precision="int8",
    network_hash="ab" * 32,
    data_hash="cd" * 32,
    licence="CC0 1.0",
    recipe="name: leaves\nepochs: 3\n",
    made_by="saccade 0.1.0",
    signature=SIGNATURE,
    texts=as_texts({"kinds": ["été", "花"], "fit": "crop", "unknown": None}),
)


def test_metadata_come_back_as_they_were():
    texts = WHOLE.to_texts()
    assert all(isinstance(value, str) for value in texts.values())
    assert model_metadata.read(texts) == WHOLE


def test_what_the_task_adds_stands_beside_it_plain_or_as_json_and_readable():
    texts = WHOLE.to_texts()
    assert (texts["fit"], json.loads(texts["kinds"])) == ("crop", ["été", "花"])
    assert "花" in texts["kinds"]
    assert "unknown" not in texts


def test_a_file_of_another_program_is_said_to_be_one():
    with pytest.raises(RunError, match="Saccade did not export it"):
        model_metadata.read({"producer": "someone"})


def changed(**entries):
    tensor = {"name": "score", "dtype": "float32", "shape": [None], "meaning": "score"}
    return {"inputs": [{**tensor, "name": "pixels"}], "outputs": [{**tensor, **entries}]}


DAMAGES = {
    "no json": "{",
    "a number": "7",
    "nothing in it": "{}",
    "no output": json.dumps({**changed(), "outputs": []}),
    "two inputs": json.dumps({**changed(), "inputs": [*changed()["inputs"], *changed()["inputs"]]}),
    "a name twice": json.dumps({**changed(), "outputs": 2 * changed()["outputs"]}),
    "no name": json.dumps(changed(name=None)),
    "another type": json.dumps(changed(dtype="complex64")),
    "no batch": json.dumps(changed(shape=[3])),
    "no axis": json.dumps(changed(shape=[])),
    "an open side": json.dumps(changed(shape=[None, None])),
    "no side": json.dumps(changed(shape=[None, 0])),
    "a side of text": json.dumps(changed(shape=[None, "8"])),
    "too large": json.dumps(changed(shape=[None, 10**5, 10**5])),
    "half a meaning": json.dumps(changed(meaning=1)),
}


@pytest.mark.parametrize("text", DAMAGES.values(), ids=DAMAGES)
def test_a_signature_that_cannot_be_is_refused_in_one_sentence(text):
    with pytest.raises(RunError, match=r"^[^\n]{1,400}$"):
        model_metadata.read({**WHOLE.to_texts(), "signature": text})
