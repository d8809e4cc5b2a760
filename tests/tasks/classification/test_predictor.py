import itertools
import warnings

import numpy as np
import pytest
from PIL import Image

from saccade import inference, models
from saccade.core import recipe
from saccade.core.backend import keras
from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError, RunError
from saccade.core.run import Run
from saccade.modalities.images.streams import BATCH_SIZE
from saccade.tasks.classification.abstention import Level
from saccade.tasks.classification.calibration import Calibration
from saccade.tasks.classification.predictor import predict_arrays, predict_files

CLASSES = ("bright", "dark")


def brightness_network(shape=(8, 8, 1)):
    """Return a network that says 'bright' of images brighter than the middle grey, surely at the ends."""
    network = models.build("dense", shape, 2, {"hidden": []})
    pixels = int(np.prod(shape))
    kernel = np.stack([np.full(pixels, 20 / pixels), np.full(pixels, -20 / pixels)], axis=1)
    network.get_layer("predictions").set_weights([kernel, np.array([-10, 10])])
    return network


@pytest.fixture(scope="module")
def network():
    return brightness_network()


@pytest.fixture(scope="module")
def run(network, tmp_path_factory):
    settings = {"data": "photos", "model": "dense", "image_size": 8, "channels": 1}
    run = Run.create(recipe.make(settings), folder=tmp_path_factory.mktemp("runs") / "photos-1")
    run.write_data({"modality": "images", "classes": list(CLASSES), "image_shape": [8, 8, 1]})
    run.save_model(network.save)
    return run


@pytest.fixture
def photos(tmp_path):
    """Images in folders, a damaged one among them, and files that are no images."""
    for name, level in (("a", 255), ("b", 0), ("deep/er/c", 255)):
        path = tmp_path / f"{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((20, 20, 3), level, np.uint8)).save(path)
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8 not much of an image")
    (tmp_path / "notes.txt").write_text("not an image")
    (tmp_path / ".hidden.jpg").write_bytes(b"")
    return tmp_path


def grey(level, count=None):
    shape = (8, 8, 1) if count is None else (count, 8, 8, 1)
    return np.full(shape, level, np.uint8)


def labels(answers):
    return [answer.label for answer in answers]


# Arrays


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32", "float64"])
def test_arrays_of_any_number_type_are_answered_the_same(run, dtype):
    images = np.concatenate([grey(255, 2), grey(0, 1)]).astype(dtype)
    answers = predict_arrays(run, images)
    assert labels(answers) == ["bright", "bright", "dark"]
    assert answers[0].probability > 0.999
    assert sum(answers[0].probabilities.values()) == pytest.approx(1)


@pytest.mark.parametrize("image", [grey(255), grey(255)[..., 0], grey(255, 1), grey(255, 1)[..., 0]])
def test_one_image_needs_no_stack_and_a_grey_one_no_channel(run, image):
    assert labels(predict_arrays(run, image)) == ["bright"]


def test_no_images_get_no_answers(run):
    assert predict_arrays(run, grey(0, 0)) == []


@pytest.mark.parametrize("shape", [(9, 8, 1), (8, 8, 3), (2, 8, 8, 3), (2, 9, 9), (64,), (1, 1, 8, 8, 1)])
def test_another_shape_says_what_was_expected_and_what_was_found(run, shape):
    with pytest.raises(DataError) as caught:
        predict_arrays(run, np.zeros(shape))
    assert "Expected images of 8×8×1" in str(caught.value)
    assert str(shape) in str(caught.value)


def test_images_that_were_scaled_already_are_refused(run):
    with pytest.raises(DataError, match="multiply by 255"):
        predict_arrays(run, grey(255) / 255)


@pytest.mark.parametrize("wrong", [-1.0, 300.0, np.nan, np.inf])
def test_values_that_are_no_pixels_are_refused(run, wrong):
    with pytest.raises(DataError, match="Expected raw pixels from 0 to 255"):
        predict_arrays(run, np.full((8, 8, 1), wrong))


def test_a_black_float_image_is_a_image(run):
    assert labels(predict_arrays(run, np.zeros((8, 8, 1)))) == ["dark"]


def test_text_is_no_image(run):
    with pytest.raises(DataError, match="as numbers"):
        predict_arrays(run, np.full((8, 8, 1), "x"))


# Calibration


@pytest.fixture
def unsure(network, tmp_path):
    """Give a run that is calibrated: its answers are right below .98 only, and to few of them it is sure."""
    settings = {"data": "photos", "model": "dense", "image_size": 8, "channels": 1}
    run = Run.create(recipe.make(settings), folder=tmp_path / "unsure-1")
    run.write_data({"modality": "images", "classes": list(CLASSES), "image_shape": [8, 8, 1]})
    run.save_model(network.save)
    levels = (Level(1, 0, 1000, 40, 0.06), Level(0.8, 0.98, 800, 4, 0.015))
    run.save(Calibration(2.0, 1000, (0.2, 0.1), (0.05, 0.01), levels))
    return run


def test_answers_are_calibrated_as_the_run_says(run, unsure):
    image = grey(140)
    before, after = (predict_arrays(one, image)[0].probability for one in (run, unsure))
    odds = before / (1 - before)
    assert after == pytest.approx(np.sqrt(odds) / (1 + np.sqrt(odds)), abs=1e-6)


def test_a_calibrated_answer_is_the_same_answer_and_sums_to_one(run, unsure):
    images = np.random.default_rng(0).integers(0, 256, (50, 8, 8, 1)).astype(np.uint8)
    assert labels(predict_arrays(run, images)) == labels(predict_arrays(unsure, images))
    for answer in predict_arrays(unsure, images):
        assert sum(answer.probabilities.values()) == pytest.approx(1)


def test_what_would_be_wrong_too_often_is_left_undecided(unsure):
    images = np.concatenate([grey(255, 1), grey(129, 1)])
    assert [answer.decided for answer in predict_arrays(unsure, images, abstain=0.02)] == [True, False]
    assert [answer.decided for answer in predict_arrays(unsure, images, abstain=0.1)] == [True, True]


def test_an_error_that_cannot_be_promised_is_refused_with_the_least_that_can(unsure):
    with pytest.raises(RunError, match="cannot be promised.*--abstain 0.015"):
        predict_arrays(unsure, grey(255), abstain=0.001)


def test_a_run_without_validation_cannot_abstain(run):
    with pytest.raises(RunError, match="without a validation split"):
        predict_arrays(run, grey(255), abstain=0.01)


@pytest.mark.parametrize("wrong", [0, 1, -0.1, 2])
def test_the_error_to_stay_below_is_a_share(unsure, wrong):
    with pytest.raises(RunError, match="between 0 and 1"):
        predict_arrays(unsure, grey(255), abstain=wrong)


# Batches


def test_answers_do_not_depend_on_the_batch():
    model = brightness_network()
    images = np.random.default_rng(0).integers(0, 256, (130, 8, 8, 1)).astype(np.uint8)
    expected = model(images.astype(np.float32)).numpy()
    for size in (1, 7, 64, 130):
        answer = inference.Network(model)
        splits = [answer(images[start : start + size]) for start in range(0, 130, size)]
        np.testing.assert_allclose(np.concatenate(splits), expected, atol=5e-6)  # float32, summed in another order


def test_a_ragged_last_batch_is_not_compiled_anew():
    model = brightness_network()
    traced = []

    class Spy(keras.layers.Layer):
        def call(self, inputs):
            traced.append(inputs.shape)
            return inputs

    spied = keras.Sequential([keras.Input((8, 8, 1)), Spy(), model])
    answer = inference.Network(spied)
    answer(grey(0, 64))
    before = len(traced)
    for count in (3, 1, 64, 17):
        assert answer(grey(0, count)).shape == (count, 2)
    assert len(traced) == before


def test_chosen_rows_are_answered_in_their_order(network):
    images = np.concatenate([grey(0, 1), grey(255, 1), grey(0, 1)])
    found = inference.probabilities(network, images, rows=np.array([1, 0, 1]))
    assert found.argmax(axis=1).tolist() == [0, 1, 0]


# Files


def test_folders_are_walked_and_a_bad_file_does_not_stop_the_stream(run, photos):
    found = dict(predict_files(run, [photos]))
    names = [str(photos / name) for name in ("a.jpg", "b.jpg", "broken.jpg", "deep/er/c.jpg")]
    assert list(found) == names
    assert [found[names[place]].label for place in (0, 1, 3)] == ["bright", "dark", "bright"]
    assert isinstance(found[names[2]], SkippedItem)


def test_a_file_that_is_not_there_is_set_aside(run, photos):
    missing = photos / "missing.jpg"
    ((name, answer),) = predict_files(run, [missing])
    assert (name, answer) == (str(missing), SkippedItem(str(missing), "No such file or directory"))


def test_a_named_file_is_tried_whatever_its_ending(run, photos):
    ((_, answer),) = predict_files(run, [photos / "notes.txt"])
    assert "text" in answer.reason


def test_more_files_than_a_batch_come_in_order(run, photos):
    order = [photos / "a.jpg", photos / "b.jpg"] * 50
    found = [answer.label for _, answer in predict_files(run, order)]
    assert found == ["bright", "dark"] * 50


def test_an_endless_stream_is_answered_while_it_is_read(run, photos):
    asked = []

    def endless():
        for number in itertools.count():
            asked.append(number)
            yield photos / "a.jpg"

    answers = predict_files(run, endless())
    assert next(answers)[1].label == "bright"
    assert len(asked) == 1
    assert len(list(itertools.islice(answers, 200))) == 200
    assert len(asked) <= 201 + 2 * BATCH_SIZE


def test_nothing_to_predict_is_said(run, tmp_path):
    (tmp_path / "empty").mkdir()
    for paths in ([], [tmp_path / "empty"]):
        with pytest.raises(DataError, match="nothing to predict"):
            list(predict_files(run, paths))


# Loading


def test_a_run_without_a_network_says_how_to_go_on(run, tmp_path):
    empty = Run.create(run.recipe, folder=tmp_path / "empty")
    with pytest.raises(RunError, match="saccade train --resume"):
        inference.load_model(empty)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", b"\x89HDF\r\n\x1a\n"])
def test_a_damaged_file_is_said_to_be_no_network(run, tmp_path, content):
    damaged = Run.create(run.recipe, folder=tmp_path / "damaged")
    damaged.model_path.write_bytes(content)
    with pytest.raises(RunError, match=r"model\.keras is not a network that can be read"):
        inference.load_model(damaged)


def test_a_file_cut_short_is_said_to_be_no_network(run, tmp_path):
    whole = run.model_path.read_bytes()
    path = tmp_path / "model.keras"
    for length in (100, len(whole) // 2, len(whole) - 10):
        path.write_bytes(whole[:length])
        with pytest.raises(RunError, match="is not a network"):
            inference.read_model(path)


def test_a_network_with_code_in_it_is_refused(tmp_path):
    network = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda values: values * 2)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network.save(tmp_path / "model.keras")
    with pytest.raises(RunError, match="without Lambda layers"):
        inference.read_model(tmp_path / "model.keras")


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    with pytest.raises(RunError, match="There is no file"):
        inference.read_model(tmp_path / "model.keras")
