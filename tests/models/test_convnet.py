import pytest

from saccade import models
from saccade.core.errors import RecipeError, UnknownNameError

SHAPE = (28, 28, 1)


def build(layers, shape=SHAPE, **options):
    return models.build("convnet", shape, 10, {"layers": layers, **options})


def test_the_default_is_the_network_of_most_first_lessons():
    network = models.build("convnet", SHAPE, 10, {})
    assert network.count_params() == 104_202
    assert network.output_shape == (None, 10)


def test_every_kind_of_layer_can_stand_in_a_recipe():
    layers = [
        {"conv": 8, "kernel_size": 3, "strides": 2, "padding": "same", "use_bias": False},
        "batch_norm",
        {"activation": "relu"},
        {"depthwise_conv": 2, "padding": "same"},
        {"separable_conv": 8, "kernel_size": 3},
        {"average_pool": 2},
        {"max_pool": 2},
        {"dropout": 0.1},
        "global_average_pool",
        {"dense": 16, "activation": "tanh"},
    ]
    network = build(layers)
    kinds = [type(layer).__name__ for layer in network.layers]
    assert kinds[2:] == [
        "Conv2D",
        "BatchNormalization",
        "Activation",
        "DepthwiseConv2D",
        "SeparableConv2D",
        "AveragePooling2D",
        "MaxPooling2D",
        "Dropout",
        "GlobalAveragePooling2D",
        "Dense",
        "Dense",
    ]


def test_layers_are_named_by_kind_and_number():
    network = build([{"conv": 4}, {"conv": 4}, "flatten", {"dense": 3}])
    names = [layer.name for layer in network.layers]
    assert names == ["pixels", "rescale", "conv_1", "conv_2", "flatten_1", "dense_1", "predictions"]


def test_a_layer_says_otherwise_than_the_network():
    network = build([{"conv": 4, "padding": "valid", "activation": "tanh"}, {"conv": 4}, "flatten"], padding="same")
    first, second = network.get_layer("conv_1"), network.get_layer("conv_2")
    assert (first.padding, first.activation.__name__) == ("valid", "tanh")
    assert (second.padding, second.activation.__name__) == ("same", "relu")


def test_initializers_reach_every_layer_with_weights():
    normal = {"class_name": "RandomNormal", "config": {"mean": 0.0, "stddev": 0.1}}
    network = build([{"conv": 4}, {"separable_conv": 4}, "flatten", {"dense": 3}], kernel_initializer=normal)
    assert network.get_layer("conv_1").kernel_initializer.stddev == 0.1
    assert network.get_layer("separable_conv_1").pointwise_initializer.stddev == 0.1
    assert network.get_layer("predictions").kernel_initializer.stddev == 0.1


def test_batch_norm_adapts_within_a_short_run():
    assert build(["batch_norm", "flatten"]).get_layer("batch_norm_1").momentum == 0.9


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (["flaten"], "no layer 'flaten'. Did you mean 'flatten'?"),
        (
            [{"conv": 3, "kernal_size": 3}],
            "layer conv 'kernal_size'. Did you mean 'kernel_size'?",
        ),
    ],
)
def test_an_unknown_name_suggests_the_nearest(layers, message):
    with pytest.raises(UnknownNameError, match=message.replace("?", r"\?")):
        build(layers)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (["conv"], "needs its filters"),
        ([{"flatten": 3}], "takes no number"),
        ([3], "3 is not a layer"),
        ([{"conv": 4}], "End the layers with flatten or global_average_pool"),
        ([{"conv": 4}, {"dense": 3}], "Layer 2, {dense: 3}, needs one row of numbers, but 26×26×4 come in"),
        (["flatten", {"conv": 4}], "Layer 2, {conv: 4}, needs an image, but a row of 784 numbers"),
        (["flatten", {"dense": -1}], "Layer 2, {dense: -1}, cannot be built"),
        (["flatten", {"dense": 3, "activation": "rellu"}], "Layer 2, .* cannot be built"),
        ([{"conv": 4, "padding": "sum"}], "Layer 1, .* cannot be built"),
        ("flatten", "'layers' is a list"),
        (
            [{"max_pool": 40}],
            r"Layer 1, {max_pool: 40}, needs at least 40×40 pixels, but only 28×28 are left",
        ),
        ([{"conv": 4, "kernel_size": 10, "dilation_rate": 4}], "needs at least 37×37"),
    ],
)
def test_a_layer_that_cannot_work_says_which_and_why(layers, message):
    with pytest.raises(RecipeError, match=message):
        build(layers)


def test_a_image_too_small_for_the_layers_says_which_layer_and_what_to_do():
    with pytest.raises(RecipeError) as caught:
        models.build("convnet", (12, 12, 1), 10, {})
    assert str(caught.value) == (
        "Layer 5, {conv: 128, kernel_size: 3}, needs at least 3×3 pixels, but only 1×1 are left of the "
        "image there. Try a larger --image-size, padding: same, or fewer pooling layers."
    )
