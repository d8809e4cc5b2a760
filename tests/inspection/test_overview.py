import json

import numpy as np
import pytest
from rich.console import Console
from sklearn.datasets import load_digits

from saccade import models
from saccade.core.backend import keras
from saccade.core.errors import DataError, RunError
from saccade.inspection import ablation_extent, overviewing
from saccade.inspection.ablating import goes_around
from saccade.inspection.ablation_extent import work_after
from saccade.inspection.channel_groups import find_banks
from saccade.inspection.features import feature_space
from saccade.inspection.overview_page import render_overview
from saccade.inspection.overviewing import overview, spread
from saccade.inspection.plan import plan
from saccade.inspection.remainder import Remainder

pytestmark = pytest.mark.heavy

layers = keras.layers
CLASSES = tuple("0123456789")
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def digits():
    found = load_digits()
    return found.images[..., None].astype("float32") * 16, found.target


@pytest.fixture(scope="module")
def healthy(digits):
    """A small network that has learnt the digits."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Rescaling(1 / 127.5, offset=-1),
            layers.Conv2D(6, 3, name="conv"),
            layers.BatchNormalization(momentum=0.9, name="norm"),
            layers.ReLU(name="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(10, activation="softmax", name="answer"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
    model.optimizer.learning_rate = 0.01
    model.optimizer.build(model.trainable_variables)  # made in the first step, its variables have it traced again
    model.fit(*digits, epochs=6, batch_size=64, verbose=0)
    return model


def faulty():
    """A network with 3 dead channels, 2 that do the same, and 2 saturated units."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Rescaling(1 / 127.5, offset=-1),
            layers.Conv2D(8, 3, activation="relu", name="conv"),
            layers.Flatten(),
            layers.Dense(6, activation="sigmoid", name="bent"),
            layers.Dense(10, activation="softmax", name="answer"),
        ]
    )
    kernel, bias = (weight.numpy() for weight in model.get_layer("conv").weights)
    kernel[..., [1, 4, 6]], bias[[1, 4, 6]] = 0, -1
    kernel[..., 3] = 1.5 * kernel[..., 2]
    model.get_layer("conv").set_weights([kernel, bias])
    kernel, bias = (weight.numpy() for weight in model.get_layer("bent").weights)
    kernel[:, [0, 5]] *= 500
    model.get_layer("bent").set_weights([kernel, bias])
    return model


def branched():
    """A network with one branch that matters and one that says nearly nothing."""
    keras.utils.set_random_seed(0)
    image = keras.Input((8, 8, 1))
    pixels = layers.Rescaling(1 / 255)(image)
    loud = layers.Conv2D(8, 3, activation="relu", name="loud")(pixels)
    quiet = layers.Conv2D(8, 3, activation="relu", kernel_initializer=keras.initializers.RandomNormal(stddev=1e-6))
    quiet.name = "quiet"
    found = layers.Flatten()(layers.Add()([loud, quiet(pixels)]))
    return keras.Model(image, layers.Dense(10, activation="softmax", kernel_initializer="he_normal")(found))


def nested():
    inner = keras.Sequential(
        [keras.Input((6, 6, 4)), layers.Conv2D(5, 3, activation="relu", name="deep")], name="block"
    )
    image = keras.Input((8, 8, 1))
    found = layers.Conv2D(4, 3, activation="relu", name="first")(image)
    twice = layers.Add()([inner(found), inner(found)])
    return keras.Model(image, layers.Dense(10, activation="softmax", name="last")(layers.Flatten()(twice)))


def kinds(found):
    return {(finding.kind, finding.values["layer"]) for finding in found.findings}


def test_planted_faults_are_found_and_named(digits):
    found = overview(faulty(), *digits, CLASSES, most=500)
    assert found.layers["conv"].dead == (1, 4, 6)
    assert [pair[:2] for pair in found.layers["conv"].same] == [(2, 3)]
    assert found.layers["conv"].same[0][2] == pytest.approx(1, abs=1e-4)
    assert found.layers["bent"].saturated == (0, 5)
    assert kinds(found) >= {("dead", "conv"), ("same", "conv"), ("saturated", "bent")}
    assert "conv: 3 of 8 channels never fire on 500 images: 38% of the layer" in found.to_text(width=200)
    assert [finding.severity for finding in found.findings] == sorted(
        (finding.severity for finding in found.findings), key=["severe", "warning", "note"].index
    )


def test_faults_of_layers_that_were_not_trained_here_are_notes_without_advice_on_training(digits):
    model = faulty()
    model.get_layer("conv").trainable = False
    found = overview(model, *digits, CLASSES, most=300)
    of_conv = [finding for finding in found.findings if finding.values["layer"] == "conv"]
    assert {finding.kind for finding in of_conv} >= {"dead", "same"}
    assert {finding.severity for finding in of_conv if finding.kind in ("dead", "same")} == {"note"}
    assert all("not trained here" in finding.advice for finding in of_conv if finding.kind in ("dead", "same"))
    assert ("saturated", "bent") in kinds(found)
    assert found.layers["bent"].bank.is_frozen is False


def test_a_network_that_has_learnt_gives_no_false_findings(healthy, digits):
    found = overview(healthy, *digits, CLASSES)
    assert found.score.value > 0.9
    assert not found.findings


def test_a_layer_that_does_not_matter_is_told_from_one_that_does(digits):
    found = overview(branched(), *digits, CLASSES, most=400)
    assert found.layers["quiet"].ablation.whole.changed.value == 0
    assert found.layers["loud"].ablation.whole.changed.low > 0.3
    assert ("idle", "quiet") in kinds(found)
    assert ("idle", "loud") not in kinds(found)


def test_where_everything_goes_through_a_layer_only_halves_of_it_are_silenced(healthy, digits):
    ablation = overview(healthy, *digits, CLASSES, most=400).layers["conv"].ablation
    assert ablation.whole is None
    assert ablation.halves.changed.value > 0.1
    assert ablation.halves.drop.low <= ablation.halves.drop.value <= ablation.halves.drop.high


def test_an_ablated_channel_does_what_a_network_without_it_does(healthy, digits):
    images, labels = digits[0][:200], digits[1][:200]
    found = overview(healthy, images, labels, CLASSES, most=200)
    conv = found.layers["conv"]
    front = keras.Model(healthy.inputs[0], healthy.get_layer("relu").output)
    given = np.array(front(images))
    given[..., 2] = given[..., 2].mean(axis=0)
    rest = keras.Sequential([keras.Input((6, 6, 6)), *healthy.layers[-3:]])
    moved = np.abs(np.asarray(rest(given)) - np.asarray(healthy(images))).sum(axis=1) / 2
    assert conv.ablation.channels[2].moved.value == pytest.approx(moved.mean(), abs=1e-5)


def test_channels_are_measured_after_normalisation_and_activation(healthy):
    bank, answer = find_banks(plan(healthy))
    assert (bank.name, bank.measured_at, bank.kind, bank.activation) == ("conv", "relu", "Conv2D", "relu")
    assert answer.is_answer


def test_nested_layers_and_second_uses_are_looked_at(digits):
    found = overview(nested(), *digits, CLASSES, most=100)
    assert list(found.layers) == ["first", "block/deep", "block/deep:2", "last"]
    first, second = (found.layers[name].statistics for name in ("block/deep", "block/deep:2"))
    np.testing.assert_allclose(first.mean, second.mean)
    assert [weights.layer for weights in found.weights] == ["first"] * 2 + ["block/deep"] * 2 + ["last"] * 2


def test_a_value_replaced_in_a_nested_model_changes_what_comes_after_it_only():
    network, images = plan(nested()), RNG.random((3, 8, 8, 1)).astype("float32")
    once = next(step for step in network.steps if step.name == "block/deep")
    remainder = Remainder(network, once.outputs[0])
    values = next(dict(values) for step, values in network.walk(images) if step == once)
    here = network.with_branches(values, once.outputs[0])
    answer, every = np.asarray(network.run(images)[network.answer]), np.ones(5, bool)
    np.testing.assert_allclose(remainder.answer(here, ~every, np.zeros(5, "float32")), answer, atol=1e-6)
    other = remainder.answer(here, every, np.zeros(5, "float32"))
    assert np.abs(other - answer).max() > 1e-3
    assert goes_around(network, once.outputs[0])  # through its second use
    assert not goes_around(network, network.steps[0].outputs[0])


def test_a_walk_keeps_only_what_is_still_needed(healthy, digits):
    network = plan(healthy)
    held = [len(values) for _, values in network.walk(digits[0][:2])]
    assert max(held) == 2  # what comes in and what goes out
    *_, (_, values) = network.walk(digits[0][:2])
    np.testing.assert_allclose(values[network.answer], healthy(digits[0][:2]), atol=1e-6)


def test_of_very_large_networks_fewer_images_are_looked_at(healthy, digits, monkeypatch):
    values = 6 * 36 + 10
    monkeypatch.setattr(overviewing, "MOST_VALUES", 150 * values)
    found = overview(healthy, *digits, CLASSES)
    assert len(found.images) == 150
    assert found.about.startswith("150 of 1,797")


def test_everything_is_ablated_on_all_images_where_the_work_is_small(healthy, digits):
    ablated = overview(healthy, *digits, CLASSES, most=200).ablated
    assert (ablated.layers, ablated.of_layers, ablated.channels, ablated.of_channels) == (1, 1, 6, 6)
    assert (ablated.least, ablated.most) == (200, 200)
    assert ablated.is_whole


def test_of_a_network_that_works_much_some_images_are_ablated_and_it_is_said(healthy, digits, monkeypatch):
    whole = overview(healthy, *digits, CLASSES, most=200)
    monkeypatch.setattr(ablation_extent, "WORK", 40 * 3 * conv_work(healthy, digits))
    some = overview(healthy, *digits, CLASSES, most=200)
    assert (some.ablated.least, some.ablated.most, some.ablated.channels) == (30, 30, 2)
    assert "on 30 images" in some.to_text()
    known, sampled = (found.layers["conv"].ablation.halves.changed for found in (whole, some))
    assert sampled.low <= known.value <= sampled.high
    assert sampled.high - sampled.low > known.high - known.low


def test_a_layer_after_which_too_much_is_left_to_compute_is_left_out(healthy, digits, monkeypatch):
    monkeypatch.setattr(ablation_extent, "WORK", 29 * 2 * conv_work(healthy, digits))
    found = overview(healthy, *digits, CLASSES, most=200)
    assert found.layers["conv"].ablation is None
    assert (found.ablated.layers, found.ablated.of_layers) == (0, 1)
    assert "0 of 1 layers were silenced" in render_overview(found)
    json.dumps(found.to_dict(), allow_nan=False)


def conv_work(model, digits):
    network = plan(model)
    return work_after(network, network.run(digits[0][:1]), find_banks(network)[0].number)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["convnet", "dense", "lenet5", "quick"])
def test_our_architectures_can_be_looked_over(name):
    model = models.build(name, (20, 20, 3), 4, {})
    images, labels = RNG.integers(0, 256, (12, 20, 20, 3), dtype=np.uint8), np.arange(12) % 4
    found = overview(model, images, labels, list("abcd"))
    np.testing.assert_allclose(found.probabilities, np.asarray(model(images.astype("float32"))), atol=1e-5)
    assert [layer.bank.is_answer for layer in found.layers.values()].count(True) == 1


def test_a_single_layer_has_the_pixels_as_features(digits):
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(10, name="only")])
    found = overview(model, *digits, CLASSES, most=300)
    assert found.features.dimensions == 64
    assert found.features.layer == "only"
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1)  # it answers with logits


def test_the_feature_space_tells_how_far_the_drawing_can_be_trusted(healthy, digits):
    space = overview(healthy, *digits, CLASSES).features
    assert space.own_mean > 0.85
    assert space.own_mean_drawn < space.own_mean
    assert 0 < sum(space.explained) < 1
    assert space.nearest.shape == (10, 8)
    assert (digits[1][space.nearest] == np.arange(10)[:, None]).mean() > 0.9


def test_a_image_does_not_draw_the_mean_of_its_class_to_itself():
    labels = np.arange(50) % 10
    chance = feature_space("last", RNG.normal(size=(50, 500)), labels, 10).own_mean
    assert chance < 0.3  # it would be 1 with each image in its own mean
    features, labels = RNG.normal(size=(30, 4)), np.arange(30) % 3
    right = 0
    for row in range(30):
        others = np.arange(30) != row
        means = np.stack([features[others & (labels == label)].mean(axis=0) for label in range(3)])
        right += np.linalg.norm(means - features[row], axis=1).argmin() == labels[row]
    assert feature_space("last", features, labels, 3).own_mean == pytest.approx(right / 30)
    assert feature_space("last", features[:3], labels[:3], 3).own_mean == 0  # each is alone in its class


def test_of_very_many_classes_only_those_with_images_are_compared():
    labels = np.repeat([7, 5000, 9999], 4)
    features = RNG.normal(size=(12, 3)) + 10 * labels[:, None]
    few = feature_space("last", features, np.repeat([0, 1, 2], 4), 3)
    many = feature_space("last", features, labels, 10_000)
    assert many.compared.tolist() == [7, 5000, 9999]
    assert few.compared.tolist() == [0, 1, 2]
    np.testing.assert_allclose(many.distances, few.distances)


def test_classes_without_images_have_no_mean(healthy, digits):
    few = digits[1] < 4
    found = overview(healthy, digits[0][few], digits[1][few], CLASSES)
    assert np.isnan(found.features.means[4:]).all()
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["features"]["means"][9] == [None, None]


def test_images_are_drawn_from_each_class_in_proportion_and_repeatably():
    labels = np.repeat([0, 1, 2], [600, 300, 100])
    rows = spread(labels, 100, seed=3)
    assert np.bincount(labels[rows]).tolist() == [60, 30, 10]
    np.testing.assert_array_equal(rows, spread(labels, 100, seed=3))
    assert not np.array_equal(rows, spread(labels, 100, seed=4))
    np.testing.assert_array_equal(spread(labels, 5000), np.arange(1000))


def test_it_can_be_read_and_written(healthy, digits):
    found = overview(healthy, *digits, CLASSES, most=200)
    console = Console(width=80)
    with console.capture() as capture:
        console.print(found)
    assert "200 of 1,797 images" in capture.get()
    assert "Nothing is wrong with its channels." in capture.get()
    again = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert again["layers"]["conv"]["channels"] == 6
    assert "<pre>" in found._repr_html_()


def test_a_diverged_network_says_where(digits):
    model = faulty()
    model.get_layer("bent").set_weights([np.full_like(w, np.nan) for w in model.get_layer("bent").get_weights()])
    with pytest.raises(RunError, match="The layer 'bent' gives numbers that are not finite"):
        overview(model, *digits, CLASSES, most=20)


def test_what_does_not_fit_is_refused(healthy, digits):
    images, labels = digits
    with pytest.raises(DataError, match=r"shape \(8, 8, 1\)"):
        overview(healthy, images[:, :7], labels, CLASSES)
    with pytest.raises(DataError, match="answers for 10 classes, but 2 are named"):
        overview(healthy, images, labels, "ab")
    with pytest.raises(DataError, match="a label for each image"):
        overview(healthy, images, labels[:5], CLASSES)
    with pytest.raises(DataError, match="found 0 to 10"):
        overview(healthy, images, labels + 1 * (labels == 9), CLASSES)
