import json
import math

import pytest

from saccade.core.errors import DataError
from saccade.modalities.tables.schema import Column, Schema

SCHEMA = Schema(
    (
        Column("amount", "number", offset=1e9, missing=3, center=0.5, scale=2.0, low=-1.0, middle=0.25, high=4.0),
        Column("channel", "category", categories=("card", "ATM"), counts=(7, 2, 1)),
        Column("abroad", "boolean", center=0.1, scale=0.3, counts=(9, 1)),
    ),
    label="fraud",
    normal="no",
    time="when",
    ignored=("id",),
    rows=10,
)


def test_a_schema_survives_json():
    assert Schema.from_dict(json.loads(json.dumps(SCHEMA.to_dict()))) == SCHEMA


def test_what_a_later_version_adds_is_overlooked():
    written = SCHEMA.to_dict()
    written["colour"] = "red"
    written["columns"][0]["mode"] = 3
    assert Schema.from_dict(written) == SCHEMA


@pytest.mark.parametrize("damaged", [{}, {"columns": [{"kind": "number"}]}, {"columns": 3}])
def test_a_damaged_schema_is_an_error_that_says_so(damaged):
    with pytest.raises(DataError, match="schema of the columns is damaged"):
        Schema.from_dict(damaged)


def test_encoded_values_are_shown_as_they_were():
    amount, channel, abroad = SCHEMA.columns
    assert amount.shown(12.0) == "1000000012"
    assert [channel.shown(code) for code in (0, 1, 2)] == ["card", "ATM", "other"]
    assert [abroad.shown(value) for value in (1, 0, math.nan)] == ["yes", "no", "missing"]
