import json

import numpy as np
import pytest

from saccade.core.backend import keras
from saccade.core.errors import DataError, RunError, UnknownNameError
from saccade.core.rendering import as_text
from saccade.tasks.recommendation.inspection import hidden_layer as layers
from saccade.tasks.recommendation.inspection import looking

UNITS = np.array([[2.0, 0.0], [1.5, 0.1], [0.8, 0.0], [-1.0, 3.0], [0.0, 2.0], [0.2, -1.0]], np.float32)
"""Of the top level; the lowest one has the opposite: space switches the first unit on, crime the second."""


def machine(levels=5):
    """Return a network with the layers of a restricted Boltzmann machine, and weights that are known."""
    codes = keras.Input((6,), name="ratings")
    ramp = np.linspace(-1, 1, levels, dtype=np.float32)
    weights = (UNITS[:, None] * ramp[None, :, None]).reshape(-1, 2)
    level = np.arange(1, levels + 1, dtype=np.float32)
    hot = keras.ops.cast(keras.ops.equal(keras.ops.expand_dims(codes, -1), level), "float32")
    zeros = keras.ops.sum(keras.ops.zeros_like(codes))
    rows = keras.ops.cast(keras.ops.reshape(zeros, (1,)), "int32") + np.arange(len(weights), dtype=np.int32)
    table = keras.layers.Embedding(len(weights), 2, name="weights")
    moved = keras.ops.matmul(keras.layers.Flatten()(hot), table(rows))
    on = keras.layers.Identity(name="hidden")(keras.ops.sigmoid(moved))
    network = keras.Model(codes, {"expected": keras.layers.Dense(6)(on), "scores": keras.layers.Dense(6)(on)})
    table.set_weights([weights])
    return network


@pytest.fixture(scope="module")
def network():
    return machine()


def test_weights_are_those_of_the_top_level_less_those_of_the_lowest(network, of_run):
    layer = layers.hidden_layer(network, of_run)
    assert np.allclose(layer.weights, 2 * UNITS)
    assert layer.meaning == "rated 5 rather than 1"
    assert [each.item for each in layer.strongest(0, 3)] == ["10", "20", "30"]
    assert [(each.item, each.weight) for each in layer.strongest(0, 3, sign=-1)] == [("40", -2.0)]


def test_units_come_in_the_order_in_which_they_tell_users_apart(network, of_run, known):
    found = looking.overview(network, of_run, known, title="films-1")
    answers = layers.hidden_layer(network, of_run).answers(known.codes.toarray())
    assert [unit.number for unit in found.units] == np.argsort(-answers.std(axis=0)).tolist()
    first = next(unit for unit in found.units if unit.number == 0)
    assert first.mean == pytest.approx(float(answers[:, 0].mean()), abs=1e-6)
    assert first.on[0].title == "Alien (1979)"


def test_neighbours_are_those_whose_weights_point_the_same_way(network, of_run, known):
    found = looking.inspect_item(network, of_run, known, "Alien (1979)", title="films-1")
    assert [each.item for each in found.neighbours[:2]] == ["30", "20"]
    assert found.neighbours[0].weight == pytest.approx(1)
    assert found.opposites[0].item == "40"
    assert (found.ratings, found.mean) == (1, 5.0)
    assert "mostly chance" in found.about
    with pytest.raises(UnknownNameError, match="Did you mean"):
        looking.inspect_item(network, of_run, known, "Alien", title="films-1")


def test_a_user_s_units_come_with_the_ratings_that_move_them(network, of_run, known):
    found = looking.inspect_user(network, of_run, known, "<ben>", title="films-1")
    crime = next(unit for unit in found.units if unit.number == 1)
    assert crime.is_on
    assert crime.because[0].title == "Heat (1995): 5"
    codes = known.codes.toarray()[[1]]
    without = codes.copy()
    without[0, 3] = 0
    layer = layers.hidden_layer(network, of_run)
    fall = layer.answers(codes)[0, 1] - layer.answers(without)[0, 1]
    assert crime.because[0].weight == pytest.approx(float(fall), abs=1e-6)
    assert found.rated == 2


def test_a_user_of_whom_nothing_is_known_has_nothing_to_show(network, of_run, known):
    with pytest.raises(DataError, match="Nothing is known of user 'carl'"):
        looking.inspect_user(network, of_run, known, "carl", title="films-1")


@pytest.mark.parametrize("what", ["units", "item", "user"])
def test_each_view_is_read_printed_and_saved_safely(network, of_run, known, tmp_path, what):
    ask = {
        "units": lambda: looking.overview(network, of_run, known, title="films-1"),
        "item": lambda: looking.inspect_item(network, of_run, known, "20", title="films-1"),
        "user": lambda: looking.inspect_user(network, of_run, known, "<ben>", title="films-1"),
    }
    found = ask[what]()
    assert json.loads(json.dumps(found.to_dict()))["title"] == found.title
    assert "Alien (1979)" in as_text(found, width=100)
    page = found.save(tmp_path / found.folder).read_text()
    assert "<ben>" not in page
    assert "Alien (1979)" in page
    assert found._repr_html_().startswith("<iframe")
    assert "/" not in found.folder


def test_a_network_without_the_layers_is_refused(of_run):
    codes = keras.Input((6,))
    with pytest.raises(RunError, match="no layer called 'hidden'"):
        layers.hidden_layer(keras.Model(codes, keras.layers.Dense(6)(codes)), of_run)


def test_of_an_autoencoder_the_kernel_of_the_hidden_layer_is_read(of_run):
    codes = keras.Input((6,))
    dense = keras.layers.Dense(2, name="hidden", activation="sigmoid")
    network = keras.Model(codes, dense(codes))
    dense.set_weights([UNITS, np.zeros(2, np.float32)])
    layer = layers.hidden_layer(network, of_run)
    assert np.allclose(layer.weights, UNITS)
    assert layer.meaning == "rated higher than usual"


def test_of_a_machine_on_what_was_rated_at_all_each_item_has_one_row(of_run):
    assert layers.hidden_layer(machine(levels=1), of_run).meaning == "rated at all"


def test_items_that_hardly_anybody_rated_are_not_named(network, of_run, monkeypatch):
    monkeypatch.setattr(layers, "FEWEST", 5)
    monkeypatch.setattr(layers, "LEFT", 1)
    layer = layers.hidden_layer(network, of_run)
    assert [layer.catalogue.counts[place] for place in layer.common] == [9, 5, 7]
