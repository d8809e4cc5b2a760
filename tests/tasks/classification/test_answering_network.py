"""Each answer may be the mean of those for an image and for its mirror image, with Keras and in a file alike."""

import numpy as np
import pytest

import saccade
from saccade.inference.keras_network import Network, load_model, probabilities
from saccade.inference.layer_graph import to_onnx
from saccade.inference.opening import open_file
from saccade.inference.quick_network import QuickNetwork
from saccade.tasks import base
from saccade.tasks.classification.answering_network import answering_network
from saccade.tasks.classification.calibration import Calibration, calibrated
from saccade.tasks.classification.image_description import with_novelty
from saccade.tasks.classification.novelty import KnownFeatures
from saccade.tasks.classification.training_text import views

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def mirrored_run(run_once):
    def make(folder):
        settings = {"epochs": 2, "validation": 300, "model.width": 8, "test_time_augmentation": "mirror"}
        saccade.train("quick-digits", run=folder / "run", **settings, quiet=True, check=False)

    return saccade.load(run_once("mirrored_digits", make).path)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 255, (7, 8, 8, 1)).astype(np.float32)


def test_an_answer_is_the_mean_with_that_for_the_mirror_image(mirrored_run, images):
    network = load_model(mirrored_run)
    alone, mirrored = Network(network)(images), Network(network)(images[:, :, ::-1])
    assert np.abs(alone - mirrored).max() > 0.01
    found = Network(answering_network(network, "mirror"))(images)
    np.testing.assert_allclose(found, (alone + mirrored) / 2, atol=1e-6)


def test_or_the_mean_over_six_views(mirrored_run, images):
    network = load_model(mirrored_run)
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")
    shifted = [images, padded[:, :-2, :-2], padded[:, 2:, 2:]]
    wanted = np.mean([Network(network)(each) for view in shifted for each in (view, view[:, :, ::-1])], axis=0)
    six = answering_network(network, "mirror_and_shift")
    np.testing.assert_allclose(Network(six)(images), wanted, atol=1e-6)
    np.testing.assert_allclose(QuickNetwork(six)(images), wanted, atol=1e-5)


def test_the_image_s_own_answers_are_to_be_had_with_it(mirrored_run, images):
    network, known = load_model(mirrored_run), mirrored_run.load(KnownFeatures)
    both = answering_network(network, "mirror", known=known, alone=True)
    mean, _, alone = QuickNetwork(both).outputs(images)
    np.testing.assert_allclose(alone, Network(network)(images), atol=1e-5)
    np.testing.assert_allclose(mean, Network(answering_network(network, "mirror"))(images), atol=1e-5)


def test_without_it_the_network_stays_as_it_is(mirrored_run):
    network = load_model(mirrored_run)
    assert answering_network(network, "none") is network


def test_layer_by_layer_it_answers_the_same_and_holds_each_weight_once(mirrored_run, images):
    network = load_model(mirrored_run)
    twice = answering_network(network, "mirror")
    np.testing.assert_allclose(QuickNetwork(twice)(images), Network(twice)(images), atol=1e-5)
    once, found = to_onnx(network).ByteSize(), to_onnx(twice).ByteSize()
    assert found < 1.5 * once


def test_the_run_s_own_file_and_keras_answer_so_too(mirrored_run, images):
    network, temperature = load_model(mirrored_run), mirrored_run.load(Calibration).temperature
    mean = (Network(network)(images) + Network(network)(images[:, :, ::-1])) / 2
    wanted = calibrated(mean, temperature)
    keras = [list(each.probabilities.values()) for each in mirrored_run.predict(images)]
    np.testing.assert_allclose(keras, wanted, atol=1e-5)
    file = open_file(mirrored_run.export().path)
    np.testing.assert_allclose(
        [list(each.probabilities.values()) for each in file.predict(images.astype(np.uint8))], wanted, atol=1e-4
    )


def test_strangeness_is_that_of_the_image_itself(mirrored_run, images):
    network, known = load_model(mirrored_run), mirrored_run.load(KnownFeatures)
    _, alone = Network(with_novelty(network, known)).outputs(images)
    _, found = Network(answering_network(network, "mirror", known=known)).outputs(images)
    np.testing.assert_allclose(found, alone, atol=1e-5)


def test_the_training_says_what_it_brought(mirrored_run):
    found = mirrored_run.load(Calibration)
    assert 0 < found.accuracy < 1
    dataset = base.reload(mirrored_run, quiet=True)
    rows = dataset.rows("validation")
    alone = probabilities(load_model(mirrored_run), dataset.images, rows=rows)
    assert found.accuracy_alone == pytest.approx((alone.argmax(axis=1) == dataset.labels[rows]).mean(), abs=1e-9)
    said = views(found, "mirror")
    assert f"for the image and its mirror image: {found.accuracy:.4f} of" in said
    assert f"{found.accuracy_alone:.4f} without; it takes 2 times" in said
    assert ("Leave test_time_augmentation out." in said) == (found.accuracy < found.accuracy_alone)
    assert Calibration.from_dict(found.to_dict()) == found


def test_an_inspection_says_that_it_shows_the_image_alone(mirrored_run, images):
    assert "mean of the answers to the image and its mirror image" in mirrored_run.inspect(images[0])._repr_html_()
