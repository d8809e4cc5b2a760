"""What a file of a stranger says of itself: whatever does not fit is refused in one sentence."""

import json

import pytest

from saccade.core import model_metadata
from saccade.core.errors import RunError
from saccade.core.model_metadata import ModelMetadata, TableModelMetadata
from saccade.modalities.tables.schema import numbers_only
from saccade.tasks.anomaly_detection import threshold_criterion, thresholding

ORIGIN = {"name": "x", "precision": "float32", "network_hash": "", "data_hash": "", "licence": "", "recipe": ""}
IMAGES = ModelMetadata(
    **ORIGIN, made_by="", task="classification", classes=("a", "b"), image_shape=(8, 8, 1), fit="pad"
)
ROWS = TableModelMetadata(
    **ORIGIN,
    made_by="",
    task="anomaly_detection",
    schema=numbers_only(3),
    threshold=thresholding.choose(list(range(100)), asked=threshold_criterion.parse("alarms", "20/1000")),
)
DAMAGES = ["", "x", "[]", "null", "{}", "5", "-5", "1e400", "NaN", "true", "[[1],[2],[3]]", "[1, 2]", "[-1, 8, 3]"]
DAMAGES += ["[NaN, 8, 3]", "[1e400, 8, 3]", '["8", "8", "3"]', '["a", "a"]', "[null, null]", "[" * 100_000]
DAMAGES += ['{"a":' * 900 + "1" + "}" * 900, '["\\ud800", "b"]', "[" + "9" * 5000 + ", 8, 3]", "[0.5, 8, 3]"]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage[:15])
@pytest.mark.parametrize("entry", ["image_shape", "classes", "schema", "threshold"])
def test_a_damaged_entry_is_refused_in_one_sentence(entry, damage):
    metadata = (ROWS if entry in {"schema", "threshold"} else IMAGES).to_metadata()
    with pytest.raises(RunError) as caught:
        model_metadata.read({**metadata, entry: damage})
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("known", [IMAGES, ROWS], ids=["images", "rows"])
def test_what_is_whole_is_read(known):
    assert model_metadata.read(known.to_metadata()) == known


@pytest.mark.parametrize(
    ("name", "value"), [("scale", "x"), ("kind", "colour"), ("categories", [1]), ("missing", None), ("offset", 10**400)]
)
def test_a_column_of_another_kind_is_refused(name, value):
    schema = ROWS.schema.to_dict()
    schema["columns"][1][name] = value
    with pytest.raises(RunError, match=f"damaged.*{name} should be"):
        model_metadata.read({**ROWS.to_metadata(), "schema": json.dumps(schema)})
