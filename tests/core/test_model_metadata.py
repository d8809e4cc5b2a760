import dataclasses
import json

import pytest

from saccade.core import model_metadata
from saccade.core.errors import RunError
from saccade.core.model_metadata import ModelMetadata
from saccade.tasks.classification.calibration import Calibration, Level

CALIBRATION = Calibration(1.25, 90, (0.2, 0.1), (0.05, 0.01), (Level(1, 0.0, 90, 4, 0.1), Level(0.5, 0.9, 45, 0, 0.08)))
PASSPORT = ModelMetadata(
    name="leaves-1",
    task="classification",
    classes=("été", "花", 'a "b", c'),
    image_shape=(24, 32, 3),
    fit="crop",
    precision="int8",
    network_hash="ab" * 32,
    data_hash="cd" * 32,
    licence="CC0 1.0",
    recipe="name: leaves\nepochs: 3\n",
    made_by="saccade 0.1.0",
)


@pytest.mark.parametrize("calibration", [None, CALIBRATION])
def test_a_passport_comes_back_as_it_was(calibration):
    given = dataclasses.replace(PASSPORT, calibration=calibration)
    metadata = given.to_metadata()
    assert all(isinstance(value, str) for value in metadata.values())
    assert ("calibration" in metadata) == (calibration is not None)
    assert json.loads(metadata["temperature"]) == (1.25 if calibration else 1)
    assert model_metadata.read(metadata) == given


def test_names_are_kept_readable_in_the_file():
    assert json.loads(PASSPORT.to_metadata()["classes"]) == ["été", "花", 'a "b", c']
    assert "花" in PASSPORT.to_metadata()["classes"]


@pytest.mark.parametrize(("channels", "order"), [(1, "grey"), (3, "rgb")])
def test_the_colour_order_is_said(channels, order):
    given = dataclasses.replace(PASSPORT, image_shape=(8, 8, channels))
    assert given.to_metadata()["colour_order"] == order


def test_a_file_of_another_program_is_said_to_be_one():
    with pytest.raises(RunError, match="Saccade did not export it"):
        model_metadata.read({"producer": "someone"})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("classes", "[1, 2"),
        ("classes", "7"),
        ("classes", '["same", "same"]'),
        ("classes", '["alone"]'),
        ("image_shape", "[28, 28]"),
        ("image_shape", "[1000000, 1000000, 3]"),
        ("image_shape", "[28, 28, 2]"),
        ("image_shape", "[0, 28, 1]"),
        ("image_shape", '["wide", 28, 1]'),
        ("fit", "squeeze"),
        ("calibration", "{"),
        ("calibration", "[1]"),
    ],
)
def test_what_cannot_be_is_said_to_be_damaged(key, value):
    with pytest.raises(RunError, match="what it says of itself is damaged"):
        model_metadata.read({**PASSPORT.to_metadata(), key: value})
