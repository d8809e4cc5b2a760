"""Networks from raw columns to contributions: their ends, and every autoencoder between them."""

import numpy as np
import pytest

from saccade.core import recipe as recipes
from saccade.core import registry
from saccade.core.backend import gradients, keras, seed_everything
from saccade.core.errors import RecipeError, UnknownNameError
from saccade.modalities.tables.schema import Column, Schema
from saccade.models import autoencoders

pytestmark = pytest.mark.heavy

TAKES = {name: registry.constant("autoencoders", name, "TAKES") for name in registry.names("autoencoders")}
every_autoencoder = pytest.mark.parametrize("name", [name for name in TAKES if TAKES[name] == "tables"])

MIXED = Schema(
    columns=(
        Column("amount", "number", center=10.0, scale=5.0),
        Column("colour", "category", categories=("red", "blue"), counts=(70, 30, 0)),
        Column("age", "number", center=40.0, scale=10.0, missing=20),
        Column("member", "boolean", center=0.5, scale=0.5),
    ),
    rows=100,
)

PARAMETERS = {
    "fraud-autoencoder": 2_389,
    "fraud-autoencoder-deep": 11_269,
    "fraud-autoencoder-sparse": 11_269,
    "fraud-autoencoder-denoising": 11_269,
    "fraud-autoencoder-contractive": 2_389,
}


def numbers(count):
    return Schema(columns=tuple(Column(f"V{position}", "number") for position in range(count)))


def mixed_rows(count, seed=0):
    rng = np.random.default_rng(seed)
    rows = np.column_stack(
        [rng.normal(10, 5, count), rng.integers(0, 2, count), rng.normal(40, 10, count), rng.integers(0, 2, count)]
    ).astype(np.float32)
    rows[::5, 2] = np.nan
    return rows


def features_of(network, rows):
    return np.asarray(autoencoders.featurizer(network)(rows))


@every_autoencoder
def test_every_column_adds_to_the_score_and_none_takes_away(name):
    seed_everything(0)
    answers = np.asarray(autoencoders.build(name, MIXED, {})(mixed_rows(50)))
    assert answers.shape == (50, 4)
    assert (answers >= 0).all()
    assert np.isfinite(answers).all()


@every_autoencoder
def test_a_row_is_scored_alone_as_among_others(name):
    seed_everything(0)
    network, rows = autoencoders.build(name, MIXED, {}), mixed_rows(40)
    together = np.asarray(network(rows))
    alone = np.concatenate([np.asarray(network(rows[position : position + 1])) for position in range(40)])
    np.testing.assert_allclose(alone, together, rtol=1e-4, atol=1e-5)


@every_autoencoder
def test_a_saved_autoencoder_answers_the_same_without_foreign_code(name, tmp_path):
    network, rows = autoencoders.build(name, MIXED, {}), mixed_rows(20)
    network.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    np.testing.assert_allclose(np.asarray(again(rows)), np.asarray(network(rows)), rtol=1e-5, atol=1e-6)


@every_autoencoder
def test_an_autoencoder_refuses_an_unknown_option(name):
    with pytest.raises(UnknownNameError, match=f"option of model {name}"):
        autoencoders.build(name, MIXED, {"no_such_option": 1})


@every_autoencoder
def test_an_autoencoder_takes_one_column_and_many(name):
    for count in (1, 60):
        answers = np.asarray(autoencoders.build(name, numbers(count), {})(np.ones((3, count), np.float32)))
        assert answers.shape == (3, count)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_fraud_autoencoder_has_the_published_number_of_parameters(name):
    recipe = recipes.read(name)
    network = autoencoders.build(recipe.model.name, numbers(29), recipe.model.options)
    assert network.count_params() == PARAMETERS[name]


def test_the_score_of_a_plain_autoencoder_is_the_mean_squared_error_of_the_standardised_row():
    schema = Schema(columns=tuple(Column(f"V{position}", "number", center=3.0, scale=2.0) for position in range(5)))
    network = autoencoders.build("dense", schema, {"hidden": [3]})
    rows = np.random.default_rng(0).normal(3, 2, (30, 5)).astype(np.float32)
    standardised = (rows - 3) / 2
    core = network.get_layer(autoencoders.CORE)
    rebuilt = np.asarray(keras.Model(core.input, core.get_layer("reconstruction").output)(standardised))
    expected = ((standardised - rebuilt) ** 2).mean(axis=1)
    np.testing.assert_allclose(np.asarray(network(rows)).sum(axis=1), expected, rtol=1e-5)


def test_features_are_standardised_and_a_missing_number_stands_at_the_centre():
    network = autoencoders.build("dense", MIXED, {})
    (features,) = features_of(network, np.array([[15, 0, np.nan, 1]], np.float32))
    amount, age, member, red, blue, other, gap = features
    assert (amount, age, member) == (1, 0, 1)
    np.testing.assert_allclose([red, blue], [0.3 / 0.7**0.5, -(0.3**0.5)], rtol=1e-5)
    assert other == 0
    np.testing.assert_allclose(gap, 0.8 / 0.2**0.5, rtol=1e-5)


def test_a_category_that_training_never_saw_lies_far_out():
    network = autoencoders.build("dense", MIXED, {})
    known, new = features_of(network, np.array([[10, 0, 40, 1], [10, 2, 40, 1]], np.float32))
    assert (new**2).sum() > 50 > (known**2).sum()


def test_a_missing_category_is_none_of_them():
    network = autoencoders.build("dense", MIXED, {})
    (features,) = features_of(network, np.array([[10, np.nan, 40, 1]], np.float32))
    assert (features[3:5] < 0).all()


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "linear"])
def test_the_contractive_penalty_is_the_squared_jacobian_of_the_live_layer(activation):
    seed_everything(1)
    core = registry.load("autoencoders", "dense").build(4, hidden=[3], activation=activation, contractive=1)
    layer, rows = core.get_layer("dense_1"), np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)

    def squared_jacobian():
        slopes = [
            gradients(lambda places, unit=unit: keras.ops.sum(layer(places[0])[:, unit]), [rows])[0]
            for unit in range(3)
        ]
        return sum((slope**2).sum(axis=1) for slope in slopes).mean()

    penalty = registry.load("autoencoders", "dense").penalty
    for _ in range(2):  # the second time with other weights: a frozen copy would not follow
        found = penalty(core, keras.ops.convert_to_tensor(rows), contractive=0.5, activation=activation)
        np.testing.assert_allclose(float(found), 0.5 * squared_jacobian(), rtol=1e-4)
        layer.set_weights([weights * 2 for weights in layer.get_weights()])


def test_the_sparse_penalty_is_the_same_a_row_in_batches_of_any_size():
    core = registry.load("autoencoders", "dense").build(4, hidden=[3, 2], sparse=0.1)
    row = np.ones((1, 4), np.float32)
    core(row)
    (alone,) = [float(loss) for loss in core.losses]
    core(np.repeat(row, 64, axis=0))
    (together,) = [float(loss) for loss in core.losses]
    hidden = np.asarray(core.get_layer("dense_1")(row))
    np.testing.assert_allclose([alone, together], 0.1 * np.abs(hidden).sum(), rtol=1e-5)


@pytest.mark.parametrize("corruption", ["zeros", "noise"])
def test_a_denoising_autoencoder_is_corrupted_in_training_only(corruption):
    seed_everything(0)
    core = registry.load("autoencoders", "dense").build(6, corruption=corruption, corrupted=0.4)
    rows = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
    calm = [np.asarray(core(rows, training=False)) for _ in range(2)]
    np.testing.assert_array_equal(*calm)
    assert np.abs(np.asarray(core(rows, training=True)) - calm[0]).max() > 0.01


@pytest.mark.parametrize(
    "options",
    [
        {"hidden": []},
        {"hidden": [0]},
        {"hidden": "40"},
        {"corruption": "salt"},
        {"corruption": "zeros", "corrupted": 1.0},
        {"contractive": 0.1, "activation": "gelu"},
    ],
)
def test_options_that_cannot_work_are_refused(options):
    with pytest.raises(RecipeError):
        autoencoders.build("dense", MIXED, options)
