import json

import numpy as np
import pytest
from rich.console import Console

from saccade import models
from saccade.core import recipe as recipes
from saccade.core import registry
from saccade.core.backend import keras
from saccade.core.errors import RunError
from saccade.inspection.summary import as_dict, as_table, summarize, total

layers = keras.layers


def of_recipe(name, shape):
    recipe = recipes.read(name)
    return summarize(models.build(recipe.model.name, shape, 10, recipe.model.options))


def of_layers(*stack, shape=(8, 8, 3)):
    return summarize(keras.Sequential([keras.Input(shape), *stack]))


def test_mnist_convnet_is_counted_to_the_last_parameter():
    found = of_recipe("mnist-convnet", (28, 28, 1))
    counted = {row.name: row.parameters for row in found if row.parameters}
    assert counted == {"conv_1": 320, "conv_2": 18_496, "conv_3": 73_856, "predictions": 11_530}
    assert total(found).parameters == total(found).trainable == 104_202


def test_fashion_convnet_is_counted_to_the_last_parameter():
    found = of_recipe("fashion-convnet", (28, 28, 1))
    assert [row.parameters for row in found if row.parameters] == [640, 36_928, 204_928, 1_290]


def test_mnist_convnet_shows_shapes_work_and_what_each_layer_sees():
    rows = {row.name: row for row in of_recipe("mnist-convnet", (28, 28, 1))}
    assert rows["conv_1"].output_shape == (26, 26, 32)
    assert rows["conv_1"].multiply_adds == 26 * 26 * 9 * 32
    assert rows["conv_2"].multiply_adds == 11 * 11 * 9 * 32 * 64
    assert rows["predictions"].multiply_adds == 1152 * 10
    fields = [rows[name].receptive_field for name in ("conv_1", "max_pool_1", "conv_2", "max_pool_2", "conv_3")]
    assert fields == [(3, 3), (4, 4), (8, 8), (10, 10), (18, 18)]
    assert [rows[name].stride for name in ("conv_1", "max_pool_1", "max_pool_2")] == [(1, 1), (2, 2), (4, 4)]
    assert rows["flatten_1"].receptive_field is None
    assert rows["conv_1"].activation_bytes == 26 * 26 * 32 * 4


@pytest.mark.parametrize(
    ("layer", "parameters", "multiply_adds"),
    [
        (layers.Conv2D(4, 3, padding="same"), 3 * 9 * 4 + 4, 64 * 3 * 9 * 4),
        (layers.Conv2D(4, 3, strides=2, padding="same"), 112, 16 * 3 * 9 * 4),
        (layers.Conv2D(6, 3, groups=3, padding="same"), 9 * 6 + 6, 64 * 9 * 6),
        (layers.DepthwiseConv2D(3, padding="same"), 9 * 3 + 3, 64 * 9 * 3),
        (layers.SeparableConv2D(4, 3, padding="same"), 9 * 3 + 3 * 4 + 4, 64 * (9 * 3 + 3 * 4)),
        (layers.Conv2DTranspose(4, 2, strides=2), 2 * 2 * 3 * 4 + 4, 64 * 2 * 2 * 3 * 4),
        (layers.Dense(5), 3 * 5 + 5, 64 * 3 * 5),
        (layers.BatchNormalization(), 12, 0),
        (layers.MaxPooling2D(2), 0, 0),
    ],
)
def test_the_work_of_a_layer_is_that_of_its_kernel(layer, parameters, multiply_adds):
    row = of_layers(layer)[-1]
    assert (row.parameters, row.multiply_adds) == (parameters, multiply_adds)


DEEP = ("googlenet", "mobilenet_v1", "mobilenet_v2")


@pytest.mark.heavy
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow, pytest.mark.long] if name in DEEP else [])
        for name in registry.names("models")
    ],
)
def test_every_network_has_as_many_parameters_as_keras_counts_and_training_says(name, slim):
    network = models.build(name, (32, 32, 3), 4, slim(name))
    trainable = sum(int(np.prod(weight.shape)) for weight in network.trainable_weights)
    found = total(summarize(network))
    assert (found.parameters, found.trainable) == (network.count_params(), trainable)


def test_weights_that_are_not_trained_are_parameters_all_the_same():
    row = of_layers(layers.BatchNormalization())[-1]
    assert (row.parameters, row.trainable) == (12, 6)


def test_work_that_cannot_be_counted_is_not_guessed():
    found = of_layers(layers.Flatten(), layers.Reshape((4, 48)), layers.LSTM(3))
    assert found[-1].multiply_adds is None
    assert total(found).multiply_adds is None


def test_dilation_widens_what_is_seen():
    assert of_layers(layers.Conv2D(2, 3, dilation_rate=2))[-1].receptive_field == (5, 5)


def test_unequal_windows_are_told_apart():
    row = of_layers(layers.Conv2D(2, (1, 5), strides=(2, 1)))[-1]
    assert (row.receptive_field, row.stride) == ((1, 5), (2, 1))


def test_enlarging_makes_neighbours_closer():
    found = of_layers(layers.MaxPooling2D(2), layers.UpSampling2D(2))
    assert [row.stride for row in found] == [(1, 1), (2, 2), (1, 1)]


def test_of_two_branches_the_larger_field_counts():
    inputs = keras.Input((16, 16, 3))
    near = layers.Conv2D(4, 1)(inputs)
    far = layers.Conv2D(4, 5, padding="same")(inputs)
    added = layers.Add(name="added")([near, far])
    found = summarize(keras.Model(inputs, layers.Conv2D(4, 3, name="last")(added)))
    fields = {row.name: row.receptive_field for row in found}
    assert (fields["added"], fields["last"]) == ((5, 5), (7, 7))


def test_after_a_squeeze_over_the_whole_image_everything_sees_it_all():
    inputs = keras.Input((8, 8, 4))
    squeezed = layers.GlobalAveragePooling2D(keepdims=True)(inputs)
    scaled = layers.Multiply(name="scaled")([inputs, squeezed])
    assert summarize(keras.Model(inputs, scaled))[-1].receptive_field is None


def test_nested_models_are_opened():
    block = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(3, 3, padding="same", name="conv")], name="block")
    inputs = keras.Input((8, 8, 3))
    network = keras.Model(inputs, layers.Conv2D(2, 3, name="last")(block(inputs)))
    found = summarize(network)
    assert [row.name for row in found][1:] == ["block/conv", "last"]
    assert [row.receptive_field for row in found][1:] == [(3, 3), (5, 5)]
    assert total(found).parameters == network.count_params()


def test_a_block_used_twice_counts_its_work_twice_and_its_weights_once():
    block = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(3, 3, padding="same", name="conv")], name="block")
    inputs = keras.Input((8, 8, 3))
    network = keras.Model(inputs, block(block(inputs)))
    found = summarize(network)
    assert [row.parameters for row in found] == [0, 84, 0]
    assert [row.multiply_adds for row in found] == [0, 64 * 81, 64 * 81]
    assert found[-1].receptive_field == (5, 5)
    assert total(found).parameters == network.count_params()


def test_a_network_that_was_never_built_says_how_to_build_it():
    with pytest.raises(RunError, match=r"build\(\(None, height, width, channels\)\)"):
        summarize(keras.Sequential([layers.Dense(3)]))


def test_images_of_any_size_cannot_be_counted():
    with pytest.raises(RunError, match="has no fixed size"):
        of_layers(layers.Conv2D(3, 3), shape=(None, None, 3))


def test_it_can_be_written_as_json():
    found = as_dict(of_recipe("mnist-convnet", (28, 28, 1)))
    again = json.loads(json.dumps(found, allow_nan=False))
    assert again == found
    assert again["totals"]["parameters"] == 104_202
    assert again["layers"][2]["output_shape"] == [26, 26, 32]


def test_it_can_be_read_on_a_terminal_of_eighty_columns():
    console = Console(width=80)
    with console.capture() as capture:
        console.print(as_table(of_recipe("mnist-convnet", (28, 28, 1)), title="mnist-convnet"))
    text = capture.get()
    for expected in (
        "parameters",
        "MaxPooling2D",
        "predictions",
        "26×26×32",
        "104,202",
        "3,100,032",
        "18×18",
    ):
        assert expected in text
    assert len(text.splitlines()) == 13  # title, two of header, nine layers, sums: nothing is wrapped


@keras.saving.register_keras_serializable()
class Averaging(layers.Layer):
    """A layer of a user: what its numbers depend on is not known."""

    def call(self, images):
        return images - keras.ops.mean(images, axis=(1, 2), keepdims=True)


@pytest.mark.parametrize("layer", [Averaging(), layers.LayerNormalization(axis=[1, 2, 3]), layers.Resizing(4, 4)])
def test_of_layers_that_may_see_the_whole_image_no_smaller_field_is_claimed(layer):
    found = of_layers(layers.Conv2D(4, 3, padding="same"), layer)
    assert [row.receptive_field for row in found][-1] is None


def test_the_work_of_a_users_own_layer_is_not_known():
    assert of_layers(Averaging())[-1].multiply_adds is None


@pytest.mark.parametrize(
    ("size", "stride", "padding"), [(2, 2, "valid"), (4, 2, "same"), (3, 1, "same"), (3, 2, "valid")]
)
def test_a_transposed_convolution_sees_what_reaches_it(size, stride, padding):
    model = keras.Sequential(
        [
            keras.Input((16, 16, 1)),
            layers.Conv2D(1, 3, strides=2, padding="same", use_bias=False, kernel_initializer="ones"),
            layers.Conv2DTranspose(1, size, strides=stride, padding=padding, use_bias=False, kernel_initializer="ones"),
        ]
    )
    images = np.eye(256, dtype=np.float32).reshape(256, 16, 16, 1)
    reached = np.asarray(model(images))[..., 0] != 0  # (pixel, row, column)
    rows = reached.reshape(16, 16, *reached.shape[1:]).any(axis=(1, 3))  # (pixel row, row of the output)
    middle = rows.shape[1] // 2
    inner = rows[:, middle - 2 : middle + 2].sum(axis=0)
    assert inner.max() == summarize(model)[-1].receptive_field[0]
