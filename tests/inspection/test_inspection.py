import numpy as np
import pytest
from PIL import Image

import saccade
from saccade import models
from saccade.core import recipe as recipes
from saccade.core.backend import keras
from saccade.core.errors import DataError, RunError
from saccade.inspection import page

pytestmark = pytest.mark.heavy

layers = keras.layers
RANDOM = np.random.default_rng(0)


def of_layers(*stack, shape=(8, 8, 3), **options):
    network = keras.Sequential([keras.Input(shape), *stack])
    return saccade.inspect(network, RANDOM.random(shape), **options)


def classifier():
    return layers.Dense(2, activation="softmax")


@pytest.fixture(scope="module")
def fashion():
    recipe = recipes.read("fashion-convnet")
    network = models.build(recipe.model.name, (28, 28, 1), 10, recipe.model.options)
    return network, saccade.inspect(network, RANDOM.integers(0, 256, (28, 28, 1)))


def test_the_seven_layers_of_the_published_example_have_their_shapes(fashion):
    _, found = fashion
    shapes = {layer.key: found.activations[layer.key].shape for layer in found.layers if layer.number}
    assert list(shapes.values()) == [
        (1, 26, 26, 64),
        (1, 13, 13, 64),
        (1, 11, 11, 64),
        (1, 5, 5, 64),
        (1, 1600),
        (1, 128),
        (1, 10),
    ]
    assert [layer.number for layer in found.layers] == list(range(8))  # what scales the pixels is no layer of the seven
    assert {key: kernel.shape for key, kernel in found.filters.items()} == {
        "conv_1": (3, 3, 1, 64),
        "conv_2": (3, 3, 64, 64),
    }


def test_activations_are_those_that_keras_computes(fashion):
    network, found = fashion
    for layer in ("conv_1", "max_pool_2", "dense_1"):
        split = keras.Model(network.input, network.get_layer(layer).output)
        np.testing.assert_allclose(
            found.activations[layer], np.asarray(split(found.image.values)), rtol=1e-4, atol=1e-5
        )
    answer = np.asarray(network(found.image.values))[0]
    np.testing.assert_allclose(list(found.probabilities.values()), answer, rtol=1e-4, atol=1e-6)


def test_every_layer_says_what_it_is_and_does(fashion):
    _, found = fashion
    for layer in found.layers:
        assert layer.sentence.endswith(".")
        assert layer.seconds > 0
    convolution = found.layers[1]
    assert convolution.settings == "64 filters, kernel 3×3, padding valid, relu, with bias"
    assert "64 filters of 3×3" in convolution.sentence
    assert (convolution.summary.parameters, convolution.summary.multiply_adds) == (640, 26 * 26 * 9 * 64)


@pytest.mark.parametrize("name", ["MobileNetV2", pytest.param("ResNet50", marks=pytest.mark.long)])
@pytest.mark.slow
def test_networks_of_others_are_opened(name, tmp_path):
    network = getattr(keras.applications, name)(weights=None, input_shape=(64, 64, 3), classes=5)
    found = saccade.inspect(network, RANDOM.random((64, 64, 3)))
    assert len(found.activations) == len(network.layers) - 1
    text = page.page(found)
    assert len(text.encode()) <= page.MOST_BYTES
    assert "most active of" in text


def test_nested_models_and_layers_used_twice_keep_their_own_activations():
    inner = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(3, 3, padding="same", name="conv")], name="block")
    image = keras.Input((8, 8, 3))
    answer = layers.Dense(2, activation="softmax")(layers.Flatten()(inner(inner(image))))
    network = keras.Model(image, answer)
    found = saccade.inspect(network, RANDOM.random((8, 8, 3)))
    first, second = found.activations["block/conv"], found.activations["block/conv:2"]
    assert first.shape == second.shape == (1, 8, 8, 3)
    assert not np.allclose(first, second)
    np.testing.assert_allclose(second, inner(first), rtol=1e-4, atol=1e-5)
    assert found.gradcam(layer="block/conv").shape == (8, 8)


def test_normalisation_activation_and_pooling_layers_have_maps_too():
    found = of_layers(
        layers.Conv2D(4, 3, use_bias=False),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.Dropout(0.5),
        layers.GlobalAveragePooling2D(),
        classifier(),
    )
    kinds = [values.ndim for values in found.activations.values()]
    assert kinds == [4, 4, 4, 4, 2, 2]
    assert [layer.unchanged for layer in found.layers] == [False, False, False, True, False, False]
    assert found.last_maps == found.layers[3].key
    text = page.page(found)
    assert text.count('data-kind="maps"') == 3  # what passes on what it gets is not shown again


def test_a_channel_by_itself_a_transposed_and_a_separable_convolution_show_their_filters(tmp_path):
    found = of_layers(
        layers.DepthwiseConv2D(3, depth_multiplier=2, name="depthwise"),
        layers.SeparableConv2D(5, 3, name="separable"),
        layers.Conv2DTranspose(7, 2, strides=2, name="transposed"),
        layers.Flatten(),
        classifier(),
    )
    assert found.filters["depthwise"].shape == (3, 3, 3, 2)
    assert found.filters["separable"].shape == (3, 3, 6, 1)
    assert found.filters["transposed"].shape == (2, 2, 7, 5)
    assert found.save(tmp_path).stat().st_size > 10_000
    assert (tmp_path / "02-transposed-filters.png").exists()


def test_a_network_that_gives_a_image_is_shown_without_an_answer(tmp_path):
    found = of_layers(layers.Conv2D(3, 3, padding="same"))
    assert found.probabilities == {}
    with pytest.raises(RunError, match="no answer to explain"):
        found.gradcam()
    assert "no answer to explain" in found.save(tmp_path).read_text(encoding="utf-8")


def test_a_row_of_numbers_with_places_is_one_map():
    found = of_layers(layers.Reshape((64, 3)), layers.Dense(4), layers.Flatten(), classifier())
    assert 'data-height="64" data-width="4"' in page.page(found)


def test_a_whole_folder_of_plain_images_is_written(fashion, tmp_path):
    _, found = fashion
    found.save(tmp_path)
    assert {path.name for path in tmp_path.glob("*.png")} == {
        "00-rescale.png",
        "01-conv_1.png",
        "01-conv_1-filters.png",
        "02-max_pool_1.png",
        "03-conv_2.png",
        "03-conv_2-filters.png",
        "04-max_pool_2.png",
        "gradcam.png",
        "integrated-gradients.png",
        "occlusion.png",
    }
    with Image.open(tmp_path / "01-conv_1.png") as grid:
        assert grid.size == (8 * (2 * 26 + 1), 8 * (2 * 26 + 1))


def test_a_notebook_shows_the_page_in_a_frame(fashion):
    _, found = fashion
    shown = found._repr_html_()
    assert shown.startswith("<iframe srcdoc=")
    assert shown.count('"') == 4  # nothing of the page ends the attribute


def test_names_of_classes_and_images_are_written_as_they_are(tmp_path):
    found = of_layers(layers.Conv2D(3, 3), layers.Flatten(), classifier(), classes=("<b>", "&"))
    assert "<b> (" not in found.save(tmp_path, png=False).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((7, 8, 3)), "Expected one image of 8×8×3"),
        (np.zeros((2, 8, 8, 3)), "Expected one image of 8×8×3"),
        (np.full((8, 8, 3), np.nan), "not finite"),
        (np.array([["a"]]), "Expected one image"),
        ("no/such.png", "No such file"),
    ],
)
def test_a_image_that_does_not_fit_is_refused(image, message):
    network = keras.Sequential([keras.Input((8, 8, 3)), layers.Flatten(), classifier()])
    with pytest.raises(DataError, match=message):
        saccade.inspect(network, image)


def test_several_inputs_are_refused():
    left, right = keras.Input((4, 4, 1)), keras.Input((4, 4, 1))
    with pytest.raises(DataError, match="takes 2 inputs"):
        saccade.inspect(keras.Model([left, right], layers.Add()([left, right])), np.zeros((4, 4, 1)))


def test_texts_are_refused():
    network = keras.Sequential([keras.Input((100,)), layers.Dense(3)])
    with pytest.raises(DataError, match="images of one size"):
        saccade.inspect(network, np.zeros(100))


def test_another_number_of_classes_than_answers_is_refused():
    with pytest.raises(RunError, match="answers for 2 classes, but 3"):
        of_layers(layers.Flatten(), classifier(), classes=("a", "b", "c"))


def test_channels_first_are_refused_wherever_they_are():
    inner = keras.Sequential([keras.Input((3, 8, 8)), layers.Flatten(data_format="channels_first")])
    image = keras.Input((3, 8, 8))
    with pytest.raises(RunError, match="channels last"):
        saccade.inspect(keras.Model(image, inner(image)), np.zeros((3, 8, 8)))


def test_whole_numbers_have_no_gradient_and_the_page_says_so(tmp_path):
    image = keras.Input((8, 8, 1), dtype="uint8")
    answer = classifier()(layers.Flatten()(layers.Rescaling(1 / 255)(image)))
    found = saccade.inspect(keras.Model(image, answer), RANDOM.integers(0, 256, (8, 8, 1)))
    with pytest.raises(RunError, match="no gradient"):
        found.integrated_gradients()
    assert "no gradient" in found.save(tmp_path).read_text(encoding="utf-8")
    assert not (tmp_path / "integrated-gradients.png").exists()


def test_a_network_for_grey_images_without_a_channel_is_looked_into():
    model = keras.Sequential([keras.Input((6, 5)), layers.Flatten(), layers.Dense(3, activation="softmax")])
    image = np.random.default_rng(0).random((6, 5))
    found = saccade.inspect(model, image)
    expected = np.asarray(model(image[None]))[0]
    np.testing.assert_allclose(list(found.probabilities.values()), expected, rtol=1e-5)


def test_a_network_for_any_size_is_looked_into_at_the_size_of_the_array():
    model = keras.Sequential(
        [keras.Input((None, None, 3)), layers.Conv2D(4, 3), layers.GlobalAveragePooling2D(), layers.Dense(2)]
    )
    image = np.random.default_rng(0).random((9, 7, 3))
    found = saccade.inspect(model, image)
    assert found.activations[found.layers[0].key].shape == (1, 7, 5, 4)
    np.testing.assert_allclose(found.activations[found.layers[-1].key][0], np.asarray(model(image[None]))[0], rtol=1e-4)


@pytest.mark.parametrize("wrong", [None, 3, "no/such.keras"])
def test_what_is_no_network_is_refused(wrong):
    with pytest.raises(RunError):
        saccade.inspect(wrong, np.zeros((4, 4, 1)))


def test_several_outputs_are_refused_with_what_to_do():
    image = keras.Input((4, 4, 1))
    flat = layers.Flatten()(image)
    model = keras.Model(image, [layers.Dense(2)(flat), layers.Dense(3)(flat)])
    with pytest.raises(RunError, match=r"gives 2 outputs.*model.outputs\[0\]"):
        saccade.inspect(model, np.zeros((4, 4, 1)))
