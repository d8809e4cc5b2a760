"""Networks of plain layers answer the same by ONNX Runtime, a layer each; others are left to Keras."""

import numpy as np
import onnx
import pytest

from saccade.core import registry
from saccade.core.backend import keras
from saccade.inference.keras_network import Network
from saccade.inference.layer_graph import NotPlainError, to_onnx
from saccade.inference.quick_network import BYTES_AT_ONCE, QuickNetwork
from saccade.models import backbones
from saccade.models.backbones._map_statistics import means_and_deviations
from saccade.tasks.network_description import with_description

pytestmark = pytest.mark.heavy
layers = keras.layers

CHAINS = {
    "a strided convolution of odd sides": lambda: [layers.Conv2D(4, 3, 2, "same", activation="relu")],
    "a valid, dilated one without bias": lambda: [layers.Conv2D(4, 3, dilation_rate=2, use_bias=False)],
    "one in groups": lambda: [layers.Conv2D(6, 3, groups=3)],
    "a depthwise one, two kernels a channel": lambda: [layers.DepthwiseConv2D(5, 2, "same", depth_multiplier=2)],
    "normalisation": lambda: [layers.BatchNormalization(epsilon=0.01)],
    "pools": lambda: [layers.MaxPooling2D(3, 2, "same"), layers.MaxPooling2D(2)],
    "bounds": lambda: [layers.Conv2D(4, 1), layers.ReLU(6), layers.ReLU(), layers.Activation("tanh")],
    "rows": lambda: [layers.Flatten(), layers.BatchNormalization(), layers.Dense(3, activation="sigmoid")],
    "means of windows": lambda: [layers.AveragePooling2D(3, 2, "same"), layers.AveragePooling2D(2)],
    "a border": lambda: [layers.ZeroPadding2D(((1, 2), (0, 3))), layers.GlobalMaxPooling2D()],
    "an end": lambda: [layers.GlobalAveragePooling2D(), layers.Dropout(0.5), layers.Dense(3, activation="softmax")],
    "a scale a channel": lambda: [layers.Rescaling([1, 2, 3], offset=[0, 1, 0])],
    "smooth": lambda: [
        layers.Conv2D(4, 1, activation="silu"),
        layers.Activation("hard_silu"),
        layers.Activation("relu6"),
    ],
    "scaled": lambda: [layers.Rescaling(1 / 128, offset=-127 / 128)],
}
LEFT = {
    "another layer": lambda: [layers.UpSampling2D()],
    "another activation": lambda: [layers.Conv2D(4, 3, activation="gelu")],
    "a slope": lambda: [layers.ReLU(negative_slope=0.1)],
    "another shape": lambda: [layers.Reshape((13, 11, 3))],
}


def chained(kinds, *, seed=0):
    inputs = keras.Input((11, 13, 3))
    tensor = inputs
    for kind in kinds():
        tensor = kind(tensor)
    model, random = keras.Model(inputs, tensor), np.random.default_rng(seed)
    model.set_weights([random.uniform(0.1, 1, each.shape) for each in model.get_weights()])
    return model


def differences(model, images):
    wanted, found = Network(model).outputs(images), QuickNetwork(model).outputs(images)
    assert [each.shape for each in found] == [each.shape for each in wanted]
    return [float(np.abs(a - b).max() / max(1, np.abs(b).max())) for a, b in zip(found, wanted, strict=True)]


@pytest.mark.parametrize("name", CHAINS)
def test_a_layer_answers_as_keras_does(name):
    model = chained(CHAINS[name])
    to_onnx(model)
    assert max(differences(model, np.random.default_rng(1).integers(0, 255, (5, 11, 13, 3)))) < 1e-5


@pytest.mark.parametrize("name", LEFT)
def test_what_is_not_plain_is_left_to_keras(name):
    model = chained(LEFT[name])
    with pytest.raises(NotPlainError):
        to_onnx(model)
    assert max(differences(model, np.zeros((2, 11, 13, 3)))) == 0


def test_mean_and_deviation_of_maps_answer_as_keras_does():
    image = keras.Input((11, 13, 3))
    maps = layers.Conv2D(4, 3, name="maps")(image)
    model = keras.Model(image, means_and_deviations(keras.Model(image, maps), ["maps"]))
    to_onnx(model)
    pixels = np.random.default_rng(1).integers(0, 255, (5, 11, 13, 3)).astype(np.float32)
    assert max(differences(model, pixels)) < 1e-5


@pytest.mark.parametrize("shape", [(64, 48, 3), (40, 40, 1)])
def test_a_backbone_answers_as_keras_does_with_all_that_is_looked_at(shape):
    network = with_description(backbones.build("efficientnet_lite0", shape))
    to_onnx(network)
    assert max(differences(network, np.random.default_rng(2).integers(0, 255, (3, *shape)))) < 1e-4


@pytest.mark.parametrize("name", ["dense", "mobilenet_v2", "quick", "resnet"])
def test_networks_of_ours_answer_as_keras_does(name):
    network = registry.load("models", name).build((16, 16, 3), 4)
    to_onnx(network)
    assert max(differences(network, np.random.default_rng(3).integers(0, 255, (3, 16, 16, 3)))) < 1e-4


def test_channels_are_weighed_as_squeeze_and_excite_does():
    inputs = keras.Input((8, 8, 6))
    weights = layers.Dense(6, activation="sigmoid")(layers.GlobalAveragePooling2D()(inputs))
    weighed = layers.Multiply()([inputs, layers.Reshape((1, 1, 6))(weights)])
    network = keras.Model(inputs, weighed)
    to_onnx(network)
    assert max(differences(network, np.random.default_rng(4).normal(size=(3, 8, 8, 6)))) < 1e-5


OPERATIONS = {
    "numbers": lambda x, ops: ops.maximum(x / 3 - 1, 0.5) * 2 + ops.minimum(x, 1.0),
    "columns": lambda x, ops: x[:, 1:3] - x[:, -1:] + ops.exp(-x[:, :2]),
    "a product": lambda x, ops: ops.matmul(x - np.arange(5, dtype=np.float32), np.eye(5, 3, dtype=np.float32) + 1),
    "over rows": lambda x, ops: ops.sum(x, axis=1, keepdims=True) + ops.max(x, axis=1, keepdims=True) + x,
    "the third": lambda x, ops: ops.top_k(x, 3)[0][:, -1],
    "spread": lambda x, ops: ops.std(x, axis=-1) * ops.rsqrt(ops.mean(ops.square(x), axis=1)),
    "softmax": lambda x, ops: ops.softmax(ops.log(ops.abs(x) + 1)),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_answers_as_keras_does(name):
    inputs = keras.Input((5,))
    network = keras.Model(inputs, OPERATIONS[name](inputs, keras.ops))
    to_onnx(network)
    assert max(differences(network, np.random.default_rng(5).normal(size=(4, 5)))) < 1e-5


def test_a_network_within_a_network_takes_bytes():
    inner = chained(CHAINS["an end"])
    pixels = keras.Input((11, 13, 3), dtype="uint8")
    network = keras.Model(pixels, keras.ops.log(inner(keras.ops.cast(pixels, "float32"))))
    assert [end.type.tensor_type.elem_type for end in to_onnx(network).graph.input] == [onnx.TensorProto.UINT8]


def test_many_inputs_are_asked_in_pieces():
    model = chained(CHAINS["scaled"])
    count = 2 * BYTES_AT_ONCE // (4 * 11 * 13 * 3) + 1
    images = np.arange(count * 11 * 13 * 3, dtype=np.uint64).reshape(count, 11, 13, 3) % 251
    (found,) = QuickNetwork(model).outputs(images.astype(np.uint8))
    np.testing.assert_allclose(found, images / 128 - 127 / 128, atol=1e-6)


def test_rows_of_a_table_are_written_with_all_that_stands_for_what_is_missing():
    columns = keras.Input((4,))
    chosen = keras.ops.take(columns, [0, 2], axis=1)
    known = keras.ops.clip(keras.ops.nan_to_num(chosen, nan=0.5), -3, 3)
    gaps = keras.ops.cast(keras.ops.isnan(chosen), "float32")
    same = keras.ops.cast(
        keras.ops.equal(keras.ops.take(columns, [3], axis=1), np.arange(3, dtype=np.float32)), "float32"
    )
    first, second = keras.ops.split(layers.Concatenate()([known, gaps]), 2, axis=1)
    apart = layers.Subtract()([layers.GaussianNoise(0.1)(first), second])
    weighed = layers.EinsumDense("nf,f->nf", 2)(apart)
    total = keras.ops.sum(keras.ops.cast(layers.Concatenate()([weighed, same]), "float64"), axis=1)
    rows = np.random.default_rng(0).normal(size=(9, 4)).astype(np.float32) * 2
    rows[0, 0], rows[1, 2], rows[2, 0] = np.nan, np.inf, -np.inf
    rows[:, 3] = np.arange(9) % 4
    model = keras.Model(columns, [weighed, total])
    assert differences(model, rows) < [1e-6, 1e-6]
    assert [each.dtype for each in QuickNetwork(model).outputs(rows)] == [np.float32, np.float64]


def test_a_layer_that_is_called_twice_is_written_twice_and_its_weights_once():
    inputs, shared = keras.Input((5,)), layers.Dense(5, activation="tanh")
    model = keras.Model(inputs, shared(shared(inputs)))
    assert differences(model, np.random.default_rng(0).normal(size=(7, 5)).astype(np.float32))[0] < 1e-6
    assert len(to_onnx(model).graph.initializer) == 2


def test_a_layer_of_tensors_of_several_ranks_is_left_to_keras():
    row, image = keras.Input((4,)), layers.Dense(4)
    model = keras.Model(row, layers.Flatten()(image(layers.Reshape((1, 1, 4))(image(row)))))
    with pytest.raises(NotPlainError, match="different rank"):
        to_onnx(model)


def test_a_network_within_of_several_outputs_is_plain_also_where_their_ranks_differ():
    image = keras.Input((4, 4, 2))
    maps = layers.Conv2D(3, 3)(image)
    inner = keras.Model(image, [layers.Flatten()(maps), maps])
    outer = keras.Input((4, 4, 2))
    rows, _ = inner(outer)
    model = keras.Model(outer, layers.Dense(2)(rows))
    assert differences(model, np.random.default_rng(0).normal(size=(5, 4, 4, 2)).astype(np.float32))[0] < 1e-6
    assert to_onnx(model).graph.node
