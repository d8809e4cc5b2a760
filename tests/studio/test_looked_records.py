"""Rows of a table on the page Data, filtered."""

import re
import time

import numpy as np
import pytest

from saccade.studio import data_process
from saccade.studio.looked_data import LookedData
from saccade.studio.looked_records import RecordFilter, shown_records


@pytest.fixture(scope="session")
def table():
    """Rows of numbers, names and gaps; ten stand there as normal and as an anomaly."""
    rng = np.random.default_rng(0)
    lines = [f"{rng.normal():.3f},{rng.choice(['red', 'blue'])},{'' if row % 5 else row},0" for row in range(400)]
    lines += [f"9.{tenth},red,7,{label}" for tenth in range(10) for label in (0, 1, 0)]
    return "\n".join(["size,colour,seldom,fraud", *lines]) + "\n"


@pytest.fixture
def looked(context, tmp_path, table, monkeypatch):
    (tmp_path / "t.csv").write_text(table)
    made = LookedData(context)
    monkeypatch.setattr(made, "look", lambda name: data_process.main(context.own / "data" / name))
    return made.get(made.open("t.csv", "label=fraud"))


def ask(looked, **wanted):
    return shown_records(looked, RecordFilter.of(wanted))


def column(found, name):
    at = found.columns.index(name)
    return [row["cells"][at] for row in found.rows]


def test_rows_are_shown_but_for_those_of_the_test_split(looked):
    found = ask(looked)
    test = sum(looked.view["counts"]["test"].values())
    assert test and found.count == found.all == looked.view["count"] - test
    assert len(found.rows) == 50 and found.pages == -(-found.all // 50)
    assert "test" not in {text for _, text in found.splits}
    assert {row["split"] for page in range(1, 10) for row in ask(looked, page=str(page)).rows}.isdisjoint({"test"})


def test_rows_are_found_by_split_and_label(looked):
    assert {row["split"] for row in ask(looked, split="calibration").rows} == {"calibration"}
    assert {row["label"] for row in ask(looked, label="anomaly").rows} == {"anomaly"}


def test_rows_are_found_by_what_a_column_holds(looked):
    assert min(map(float, column(ask(looked, column="size", condition="least", value="1.5"), "size"))) >= 1.5
    assert max(map(float, column(ask(looked, column="size", condition="most", value="-1"), "size"))) <= -1
    assert set(column(ask(looked, column="colour", condition="is", value="RED"), "colour")) == {"red"}
    assert set(column(ask(looked, column="seldom", condition="missing"), "seldom")) == {""}
    assert set(column(ask(looked, column="seldom", condition="is", value="7"), "seldom")) == {"7"}
    assert ask(looked, condition="missing").count == ask(looked, column="seldom", condition="missing").count


def test_rows_are_found_by_a_finding_of_the_audit(looked):
    (number,) = [at for at, title in ask(looked).findings if "with the other label" in title]
    found = ask(looked, finding=number)
    assert found.count and all(value.startswith("9") for value in column(found, "size"))
    assert {row["label"] for row in found.rows} == {"normal", "anomaly"}
    assert ask(looked, finding="99").count == 0


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"column": "size", "condition": "least", "value": "big"}, "'big' is none"),
        ({"column": "colour", "condition": "least", "value": "red"}, "Choose 'is'"),
        ({"column": "colour", "condition": "is", "value": "green"}, "It holds: "),
    ],
)
def test_what_a_column_cannot_hold_is_said(looked, wanted, said):
    found = ask(looked, **wanted)
    assert said in found.wrong and not found.rows


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 30, "²"])
def test_a_page_that_is_none_is_the_first(page):
    assert RecordFilter.of({"page": page}).page == 1


@pytest.mark.slow
def test_the_page_shows_rows_when_they_are_read(client, tmp_path, table):
    (tmp_path / "t.csv").write_text(table)
    address = client.post("/data", data={"path": "t.csv", "settings": "label=fraud"}).headers["HX-Redirect"]
    deadline = time.monotonic() + 120
    while "Show these rows" not in client.get(f"{address}/parts").text:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    page = client.get(address).text
    assert 'id="record-filter"' in page and "those of the test split are not shown" in page
    number = re.search(r'data-finding="(\d+)"', client.get(f"{address}/parts").text)[1]
    assert page.count(f'<option value="{number}"') == 1
    assert re.search(r">9\.?\d?<", client.get(f"{address}/records?finding={number}").text)
    assert "is none" in client.get(f"{address}/records?column=size&condition=is&value=%3Cb%3E").text
    assert "<b>" not in client.get(f"{address}/records?column=size&condition=is&value=%3Cb%3E").text
