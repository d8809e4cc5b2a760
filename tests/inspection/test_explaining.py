"""What is said about one number is what the layer computes, at every place."""

import itertools
import json

import numpy as np
import pytest

from saccade.core.backend import keras
from saccade.core.errors import RecipeError, RunError
from saccade.core.rendering import as_text
from saccade.inspection.explaining import explain

pytestmark = pytest.mark.heavy

layers = keras.layers


def built(layer, shape, *, seed=0):
    """A layer with random weights; variances stay positive."""
    random = np.random.default_rng(seed)
    layer.build((None, *shape))
    layer.set_weights([np.abs(random.normal(size=weight.shape)) + 0.1 for weight in layer.get_weights()])
    signs = [random.choice([-1, 1], weight.shape) for weight in layer.get_weights()]
    if not isinstance(layer, layers.BatchNormalization):
        layer.set_weights([weight * sign for weight, sign in zip(layer.get_weights(), signs, strict=True)])
    return layer


def numbers(shape, *, seed=1):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def as_lines(step):
    return as_text(step, width=80).splitlines()


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2D(3, 3, activation="relu"),
        layers.Conv2D(2, (2, 3), strides=2, padding="same", use_bias=False),
        layers.Conv2D(4, 2, dilation_rate=2, groups=2, activation="tanh"),
        layers.Conv2D(3, 1, activation="softmax"),
        layers.DepthwiseConv2D(2, depth_multiplier=2, padding="same"),
        layers.SeparableConv2D(3, 3, depth_multiplier=2, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.MaxPooling2D(3, strides=1, padding="same"),
        layers.AveragePooling2D(2, padding="same"),
        layers.GlobalAveragePooling2D(),
        layers.GlobalMaxPooling2D(keepdims=True),
        layers.Dense(3, activation="relu"),
        layers.BatchNormalization(),
        layers.BatchNormalization(scale=False, center=False),
        layers.Rescaling(1 / 255, offset=-0.5),
        layers.Activation("gelu"),
        layers.LeakyReLU(),
        layers.Softmax(),
        layers.Dropout(0.5),
        layers.Flatten(),
        layers.Permute((2, 3, 1)),
        layers.ZeroPadding2D(((1, 0), (2, 1))),
        layers.Cropping2D(1),
    ],
    ids=lambda layer: layer.name,
)
def test_every_number_is_the_one_that_the_layer_computes(layer):
    shape = (5, 4, 4)
    built(layer, shape)
    inputs = numbers(shape)
    outputs = np.asarray(keras.ops.convert_to_numpy(layer(inputs[None], training=False)))[0]
    for place in itertools.product(*(range(side) for side in outputs.shape)):
        step = explain(layer, inputs, at=place[:2] if len(place) == 3 else None, channel=place[-1])
        assert step.value == pytest.approx(float(outputs[place]), rel=1e-4, abs=1e-5)
        assert step.channel == place[-1]
    assert json.loads(json.dumps(step.to_dict(), allow_nan=False))["value"] == step.value
    assert max(map(len, as_lines(step))) <= 80


def test_a_convolution_adds_up_before_a_reader_s_eyes():
    layer = built(layers.Conv2D(2, 3, padding="same", activation="relu"), (6, 6, 5))
    step = explain(layer, numbers((6, 6, 5)), at=(0, 2), channel=1)
    assert step.products.sum() == pytest.approx(step.channel_sums.sum()) == pytest.approx(step.total)
    assert step.before == pytest.approx(step.total + step.bias)
    assert step.value == pytest.approx(max(0, step.before))
    assert step.inside.tolist() == [[False] * 3, [True] * 3, [True] * 3]
    assert not step.window[0].any()


def test_a_grouped_convolution_sees_its_group_only():
    layer = built(layers.Conv2D(4, 2, groups=2), (4, 4, 6))
    assert explain(layer, numbers((4, 4, 6)), at=(0, 0), channel=3).channels == (3, 4, 5)


def test_the_winner_of_a_pooling_is_named():
    inputs = np.arange(1.0, 10.0).reshape(3, 3, 1)
    step = explain(layers.MaxPooling2D(2, strides=1), inputs, at=(0, 1))
    assert (step.value, step.winner) == (6, (1, 2))
    assert "the largest of 4 numbers is 6, of row 1, column 2" in as_text(step, width=80)


def test_padding_never_wins():
    step = explain(layers.MaxPooling2D(3, strides=1, padding="same"), numbers((4, 4, 1)) - 9, at=(0, 0))
    assert step.value < 0
    assert step.winner in itertools.product((0, 1), (0, 1))


def test_the_inputs_of_a_dense_layer_are_ranked():
    layer = layers.Dense(2)
    layer.build((None, 3))
    layer.set_weights([np.array([[1, 0], [-5, 0], [2, 0]]), np.array([0.5, 0])])
    step = explain(layer, np.array([1, 1, 1]), channel=0)
    assert step.ranked == [1, 2, 0]
    assert step.value == -1.5


def test_a_flattened_number_says_where_it_stood():
    step = explain(layers.Flatten(), numbers((3, 4, 5)), channel=1 * 20 + 2 * 5 + 3)
    assert step.source == (1, 2, 3)
    assert "row 1, column 2, channel 3" in as_text(step, width=80)


def test_a_cell_of_padding_came_from_nowhere():
    step = explain(layers.ZeroPadding2D(1), numbers((2, 2, 1)), at=(0, 0), channel=0)
    assert (step.source, step.value) == (None, 0)


def test_what_is_not_asked_for_is_where_the_layer_answers_most():
    layer = layers.Rescaling(1)
    inputs = numbers((4, 5, 3))
    row, column, channel = np.unravel_index(inputs.argmax(), inputs.shape)
    step = explain(layer, inputs)
    assert (step.place, step.channel) == ((row, column), channel)
    assert explain(layer, inputs, at=(2, 3)).channel == inputs[2, 3].argmax()


def test_a_terminal_of_eighty_columns_shows_window_kernel_products_sum_bias_and_activation():
    layer = built(layers.Conv2D(2, 3, padding="same", activation="relu", name="conv"), (13, 13, 32))
    text = as_text(explain(layer, numbers((13, 13, 32)), at=(0, 7), channel=1), width=80)
    for expected in (
        "conv (Conv2D): row 0, column 7, channel 1 of 13×13×2 is ",
        "rows -1 to 1 and columns 6 to 8 of the 13×13×32",
        "· is padding",
        "= (13 − 3 + 1 + 1) / 1 + 1 = 13",
        "× kernel",
        "= products",
        "the 29 weaker input channels add up to",
        "all 288 products add up to",
        "plus the bias",
        "relu(",
    ):
        assert expected in text


def test_of_a_wide_window_the_strongest_channel_is_shown():
    layer = built(layers.Conv2D(2, 7, padding="same", name="conv"), (9, 9, 2))
    text = as_text(explain(layer, numbers((9, 9, 2)), at=(4, 4), channel=0), width=80)
    assert text.count("× kernel") == 1
    assert "the weaker input channel adds " in text


def test_the_shares_of_a_softmax_are_written_out():
    layer = layers.Dense(2, activation="softmax", kernel_initializer="ones")
    text = as_text(explain(layer, np.array([1.0, 1.0]), channel=0), width=80)
    assert "softmax(2) is 0.5" in text
    assert "e^2 = 7.389 of 14.78 over all channels" in text


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({"at": (9, 0)}, "conv has rows 0 to 3; there is no row 9"),
        ({"at": (0, -1)}, "conv has columns 0 to 2; there is no column -1"),
        ({"at": (0, 0), "channel": 2}, "conv has channels 0 to 1; there is no channel 2"),
    ],
)
def test_a_place_outside_says_which_there_are(place, message):
    with pytest.raises(RecipeError, match=message):
        explain(built(layers.Conv2D(2, 2, name="conv"), (5, 4, 1)), numbers((5, 4, 1)), **place)


def test_a_row_of_numbers_has_no_rows_and_columns():
    with pytest.raises(RecipeError, match="Choose a channel from 0 to 2 instead"):
        explain(built(layers.Dense(3), (4,)), numbers((4,)), at=(0, 0))


def test_a_layer_that_is_not_known_says_which_are():
    with pytest.raises(RunError, match="is a LayerNormalization, whose arithmetic is not explained here. Known: Act"):
        explain(layers.LayerNormalization(), numbers((4,)))


def test_numbers_of_another_shape_are_refused():
    with pytest.raises(RunError, match="conv does not take 4×4×2 numbers"):
        explain(built(layers.Conv2D(2, 2, name="conv"), (5, 4, 1)), numbers((4, 4, 2)))


def test_channels_first_is_refused():
    with pytest.raises(RunError, match="only channels_last"):
        explain(layers.GlobalMaxPooling2D(data_format="channels_first", name="pool"), numbers((4, 4, 2)))
