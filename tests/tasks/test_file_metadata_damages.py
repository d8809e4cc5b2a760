"""What a file of a stranger says of itself: whatever does not fit is refused in one sentence."""

import json
from pathlib import Path

import pytest
from each_case import each_case

from saccade.core import model_metadata
from saccade.core.errors import RunError
from saccade.core.model_metadata import ModelMetadata, as_texts
from saccade.modalities.images.intake import Intake
from saccade.modalities.ratings.scale import RatingScale
from saccade.modalities.tables.schema import numbers_only
from saccade.tasks import base
from saccade.tasks.anomaly_detection import threshold_criterion, thresholding
from saccade.tasks.anomaly_detection.row_predictor import row_signature
from saccade.tasks.classification.abstention import Level
from saccade.tasks.classification.calibration import Calibration
from saccade.tasks.classification.predictor import signature
from saccade.tasks.recommendation import predictor as recommending
from saccade.tasks.recommendation.catalogue import Catalogue

ORIGIN = {"name": "x", "precision": "float32", "network_hash": "", "data_hash": "", "licence": "", "recipe": ""}
INTAKE, SCHEMA = Intake((8, 8, 1), "pad"), numbers_only(3)
CALIBRATION = Calibration(1.25, 90, (0.2, 0.1), (0.05, 0.01), (Level(1, 0.0, 90, 4, 0.1), Level(0.5, 0.9, 45, 0, 0.08)))
THRESHOLD = thresholding.choose(list(range(100)), asked=threshold_criterion.parse("alarms", "20/1000"))
IMAGES = ModelMetadata(
    **ORIGIN,
    made_by="",
    task="classification",
    modality="images",
    signature=signature(INTAKE, ("a", "b")),
    texts=as_texts({"classes": ["a", "b"], **INTAKE.to_dict(), "calibration": CALIBRATION.to_dict()}),
)
ROWS = ModelMetadata(
    **ORIGIN,
    made_by="",
    task="anomaly_detection",
    modality="tables",
    signature=row_signature(SCHEMA),
    texts=as_texts({"schema": SCHEMA.to_dict(), "threshold": THRESHOLD.to_dict()}),
)
FILMS = Catalogue(("1", "2", "3", "4"), ("A", "B", "C", "D"), (5, 3, 2, 1), RatingScale((1.0, 2.0, 3.0)))
RATINGS = ModelMetadata(
    **ORIGIN,
    made_by="",
    task="recommendation",
    modality="ratings",
    signature=recommending.signature(FILMS),
    texts=as_texts(FILMS.to_dict()),
)
DAMAGES = ["", "x", "[]", "null", "{}", "5", "-5", "1e400", "NaN", "true", "[[1],[2],[3]]", "[1, 2]", "[-1, 8, 3]"]
DAMAGES += ["[NaN, 8, 3]", "[1e400, 8, 3]", '["8", "8", "3"]', '["a", "a"]', "[null, null]", "[" * 100_000]
DAMAGES += ['{"a":' * 900 + "1" + "}" * 900, '["\\ud800", "b"]', "[" + "9" * 5000 + ", 8, 3]", "[0.5, 8, 3]"]

OF_ROWS, OF_RATINGS = ("schema", "threshold", "signature"), ("items", "titles", "counts")


def opened(texts):
    """Return what answers with a file that says this of itself."""
    about = model_metadata.read(texts)
    task = base.named(about.task, about.modality)
    return task.predictor_of_file(Path("x.onnx"), about, dict, engine="onnx")


@each_case("damage", DAMAGES)
@each_case("entry", ["image_shape", "classes", "schema", "threshold", "signature", *OF_RATINGS])
def test_a_damaged_entry_is_refused_in_one_sentence(entry, damage):
    texts = (RATINGS if entry in OF_RATINGS else ROWS if entry in OF_ROWS else IMAGES).to_texts()
    with pytest.raises(RunError) as caught:
        opened({**texts, entry: damage})
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_what_is_whole_is_read():
    images, rows = opened(IMAGES.to_texts()), opened(ROWS.to_texts())
    assert (images.classes, images.image_shape, images.intake.fit) == (("a", "b"), (8, 8, 1), "pad")
    assert images.calibration == CALIBRATION
    assert opened(RATINGS.to_texts()).catalogue == FILMS
    assert (rows.schema, rows.threshold, rows.reference_contributions) == (SCHEMA, THRESHOLD, None)


@each_case(
    ("key", "value"),
    [
        ("classes", '["alone"]'),
        ("image_shape", "[1000000, 1000000, 3]"),
        ("image_shape", "[8, 8, 2]"),
        ("image_shape", "[0, 8, 1]"),
        ("image_shape", "[12, 12, 1]"),
        ("classes", '["a", "b", "c"]'),
        ("fit", "squeeze"),
        ("calibration", "{"),
        ("calibration", "[1]"),
    ],
)
def test_what_cannot_be_is_said_to_be_damaged(key, value):
    with pytest.raises(RunError, match="what it says of itself is damaged"):
        opened({**IMAGES.to_texts(), key: value})


@pytest.mark.parametrize(("task", "modality"), [("sorting", "images"), ("classification", "smells"), ("", "")])
def test_a_task_that_does_not_exist_is_refused(task, modality, tmp_path):
    with pytest.raises(Exception, match="no task|takes images"):
        opened({**IMAGES.to_texts(), "task": task, "modality": modality})


@each_case(
    ("name", "value"), [("scale", "x"), ("kind", "colour"), ("categories", [1]), ("missing", None), ("offset", 10**400)]
)
def test_a_column_of_another_kind_is_refused(name, value):
    schema = SCHEMA.to_dict()
    schema["columns"][1][name] = value
    with pytest.raises(RunError, match=f"damaged.*{name} should be"):
        opened({**ROWS.to_texts(), "schema": json.dumps(schema)})


@pytest.mark.parametrize(("channels", "order"), [(1, "grey"), (3, "rgb")])
def test_the_colour_order_is_said(channels, order):
    assert Intake((8, 8, channels), "pad").to_dict()["colour_order"] == order
