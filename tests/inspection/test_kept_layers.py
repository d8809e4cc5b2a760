"""What a network consists of is kept in its run, so that a report need not load it."""

import json

import pytest

from saccade.core.backend import keras
from saccade.core.errors import RunError
from saccade.core.recipe import make
from saccade.core.run import Run
from saccade.inspection import kept_layers
from saccade.inspection.kept_layers import KeptLayers, keep_layers, layers_of
from saccade.inspection.summary import summarize

pytestmark = pytest.mark.heavy


def network(units):
    layers = keras.layers
    pixels = layers.Input((8, 8, 1), name="pixels")
    maps = layers.Conv2D(units, 3, name="maps")(pixels)
    return keras.Model(pixels, layers.Dense(3, name="answers")(layers.Flatten(name="flat")(maps)))


@pytest.fixture
def run(tmp_path):
    """A run with a network of which nothing is kept yet."""
    made = Run.create(make({"data": "digits", "model": "dense"}), runs=tmp_path, folder=tmp_path / "run")
    made.save_model(network(4).save)
    return made


def test_kept_layers_are_those_of_the_network_and_need_no_network(run, monkeypatch):
    keep_layers(run, network(4))
    monkeypatch.setattr(kept_layers, "load_model", None)
    assert list(layers_of(run)) == summarize(network(4))


def test_where_nothing_is_kept_the_network_is_asked_once(run, monkeypatch):
    found = layers_of(run)
    assert list(found) == summarize(network(4))
    monkeypatch.setattr(kept_layers, "load_model", None)
    assert layers_of(run) == found


def test_layers_of_an_older_network_are_not_used(run):
    before = layers_of(run)
    run.save_model(network(5).save)
    assert list(layers_of(run)) == summarize(network(5)) != list(before)


@pytest.mark.parametrize("content", ["no JSON", "{}", json.dumps({"network": "", "layers": [{"name": "a"}]})])
def test_a_damaged_file_is_made_anew(run, content):
    (run.path / KeptLayers.FILE).write_text(content)
    assert list(layers_of(run)) == summarize(network(4))
    assert run.load(KeptLayers).network == run.network_hash


def test_a_run_without_a_network_says_so(tmp_path):
    empty = Run.create(make({"data": "digits", "model": "dense"}), runs=tmp_path, folder=tmp_path / "run")
    with pytest.raises(RunError, match=r"no network|missing|epoch"):
        layers_of(empty)
