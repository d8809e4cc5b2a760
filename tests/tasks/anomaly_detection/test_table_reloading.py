from types import SimpleNamespace

import pytest

from saccade.core.recipe import make
from saccade.modalities.tables.reading import load_table
from saccade.tasks.anomaly_detection.table_preparation import _dates_as_categories, _load


@pytest.fixture
def rows(tmp_path):
    path = tmp_path / "rows.csv"
    lines = (f"{row * row % 7},{1 + row // 4:02d}.03.2026,{'red' if row % 3 else 'blue'}" for row in range(100))
    path.write_text("\n".join(["a,day,colour", *lines]) + "\n")
    return path


def test_a_run_that_took_dates_for_a_category_finds_its_columns_again(rows):
    before = load_table(rows, columns={"day": "category"})
    run = SimpleNamespace(data={"schema": before.schema.to_dict()})
    assert _dates_as_categories(run) == {"day": "category"}
    recipe = make({"task": "anomaly_detection", "data": str(rows), "model": "ae"})
    again = _load(recipe, quiet=True, kept=_dates_as_categories(run))
    assert again.schema.names == before.schema.names == ("a", "day", "colour")
    assert again.content_hash == before.content_hash
    assert _load(recipe, quiet=True).schema.names == ("a", "colour")
