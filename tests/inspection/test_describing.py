import pytest

from saccade.core.backend import keras
from saccade.inspection.describing import sentence, settings

layers = keras.layers
MAPS = (8, 8, 6)


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (layers.Conv2D(4, 3, activation="relu"), "Slides 4 filters of 3×3 over what comes in, through all 6 maps"),
        (layers.Conv2D(1, 3, strides=2), "Slides 1 filter of 3×3 over what comes in, through all 6 maps at once, 2 p"),
        (layers.Conv2D(9, 1), "Mixes the 6 maps anew at every place: each of 9 filters"),
        (layers.DepthwiseConv2D(3), "of its own over each of the 6 maps"),
        (layers.SeparableConv2D(5, 3), "then mixes them anew into 5"),
        (layers.Conv2DTranspose(5, 2, strides=2), "8×8 become 16×16"),
        (layers.MaxPooling2D(2), "Keeps the largest number of every 2×2 window: 6 maps of 8×8 shrink to 4×4."),
        (layers.AveragePooling2D(2), "Keeps the mean of every 2×2 window"),
        (layers.GlobalMaxPooling2D(), "its largest number"),
        (layers.GlobalAveragePooling2D(), "its mean"),
        (layers.Flatten(), "Lays the 8×8×6 numbers out in one row of 384"),
        (layers.Reshape((64, 6)), "Arranges the 8×8×6 numbers as 64×6"),
        (layers.BatchNormalization(), "by what was usual for it in training"),
        (layers.LayerNormalization(), "by their own mean and spread"),
        (layers.Activation("tanh"), "brings each between −1 and 1"),
        (layers.Softmax(), "sum to 1"),
        (layers.ReLU(max_value=6), "large ones 6"),
        (layers.Dropout(0.5), "Works in training only"),
        (layers.Rescaling(1 / 255), "pixels from 0 to 255 become numbers from 0 to 1"),
        (layers.ZeroPadding2D(1), "8×8 become 10×10"),
        (layers.Cropping2D(1), "8×8 become 6×6"),
        (layers.UpSampling2D(2), "8×8 become 16×16"),
        (layers.Permute((3, 1, 2)), "Makes 6×8×8 numbers of 8×8×6 (Permute)"),
    ],
)
def test_a_layer_says_in_one_sentence_what_it_does(layer, expected):
    shape = tuple(layer(keras.Input(MAPS)).shape[1:])
    said = sentence(layer, [MAPS], shape)
    assert expected in said
    assert said.endswith(".")


def test_branches_that_meet_are_counted():
    assert "Adds 3 branches" in sentence(layers.Add(), [MAPS] * 3, MAPS)
    assert "of 2 branches one behind the other: 12 channels" in sentence(layers.Concatenate(), [MAPS] * 2, (8, 8, 12))
    assert "number by number" in sentence(layers.Multiply(), [MAPS] * 2, MAPS)


def test_a_function_written_as_an_operation_is_described_too():
    image = keras.Input(MAPS)
    network = keras.Model(image, keras.ops.relu(image + 1))
    said = [sentence(layer, [MAPS], MAPS) for layer in network.operations[1:]]
    assert "negative numbers become 0" in said[-1]


def test_a_deviation_of_maps_is_described_step_by_step():
    image = keras.Input(MAPS)
    spread = keras.ops.sqrt(keras.ops.maximum(keras.ops.var(image, axis=(1, 2)), 1e-6))
    said = [sentence(layer, [MAPS], (6,)) for layer in keras.Model(image, spread).operations[1:]]
    assert ["variance" in said[0], "below a bound" in said[1], "square root" in said[2]] == [True] * 3


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (
            layers.Conv2D(4, 3, strides=2, use_bias=False),
            "4 filters, kernel 3×3, stride 2×2, padding valid, without bias",
        ),
        (layers.Dense(5, activation="relu"), "5 units, relu, with bias"),
        (layers.MaxPooling2D(2, padding="same"), "window 2×2, stride 2×2, padding same"),
        (layers.Dropout(0.25), "rate 0.25"),
        (layers.Flatten(), ""),
    ],
)
def test_settings_are_told_in_words(layer, expected):
    layer(keras.Input(MAPS))
    assert settings(layer) == expected
