"""The performance table of the docs goes on where a part cannot run, and says what has become worse."""

import importlib
import json
from pathlib import Path

import pytest


@pytest.fixture
def performance(monkeypatch, tmp_path):
    """Return the benchmark, which keeps its result in a folder of its own."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    module = importlib.import_module("performance")
    monkeypatch.setattr(module, "RESULTS", tmp_path / "results" / "performance.json")
    return module


def parts(**ratios):
    """Return parts that measure one ratio each, or raise what stands in its place."""

    def part(found):
        def measure(length, folder):
            """What it measures."""
            if isinstance(found, Exception):
                raise found
            return ["| measured |"], {"ours of theirs": found}

        return measure

    return {name: part(found) for name, found in ratios.items()}


def printed(performance, monkeypatch, capsys, *arguments, **ratios):
    monkeypatch.setattr(performance, "PARTS", parts(**ratios))
    monkeypatch.setattr("sys.argv", ["performance.py", *arguments])
    performance.main()
    return capsys.readouterr().out


def test_a_part_that_cannot_run_is_named_and_the_others_are_measured(performance, monkeypatch, capsys):
    broken = ModuleNotFoundError("No module named 'torch'")
    said = printed(performance, monkeypatch, capsys, "--save", training=broken, photos=0.9)
    assert "Not measured: No module named 'torch'" in said
    assert "| ours of theirs | 0.90 | – | – |" in said
    assert list(json.loads(performance.RESULTS.read_text())) == ["photos: ours of theirs"]


def test_ratios_stand_beside_those_that_were_kept(performance, monkeypatch, capsys):
    printed(performance, monkeypatch, capsys, "--save", training=3.0, photos=0.9)
    kept = performance.RESULTS.read_text()
    said = printed(performance, monkeypatch, capsys, training=2.4, photos=0.93)
    assert "| ours of theirs | 2.40 | 3.00 | **-20%** |" in said
    assert "| ours of theirs | 0.93 | 0.90 | +3% |" in said
    assert "More than a tenth worse than what was kept: training: ours of theirs." in said
    assert performance.RESULTS.read_text() == kept


def test_what_was_kept_of_a_part_that_did_not_run_stays(performance, monkeypatch, capsys):
    printed(performance, monkeypatch, capsys, "--save", training=3.0, photos=0.9)
    said = printed(performance, monkeypatch, capsys, "--save", training=RuntimeError("it hangs"), photos=1.0)
    kept = {what: each["ratio"] for what, each in json.loads(performance.RESULTS.read_text()).items()}
    assert kept == {"photos: ours of theirs": 1.0, "training: ours of theirs": 3.0}
    assert "Nothing is more than a tenth worse" in said
