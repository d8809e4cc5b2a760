import numpy as np
import pytest

from saccade.core.backend import keras
from saccade.core.errors import RecipeError, UnknownNameError
from saccade.models import autoencoders
from saccade.models.autoencoders import patch_memory

pytestmark = pytest.mark.heavy

SIDE = 48


@pytest.fixture(scope="module")
def stripes():
    rng = np.random.default_rng(0)
    waves = 120 + 50 * np.sin(np.arange(SIDE) * 0.6 + rng.uniform(0, 6, (12, 1, 1)))
    return (waves + rng.normal(0, 4, (12, SIDE, SIDE))).astype(np.uint8)[..., None]


@pytest.fixture(scope="module")
def memory(stripes):
    network = autoencoders.build("patch_memory", (SIDE, SIDE, 1), {"patches": 50})
    patch_memory.initialize(network, stripes, np.arange(8), seed=0, patches=50)
    return network


def scores(network, images):
    return np.asarray(network(images.astype(np.float32))).sum(axis=(1, 2))


def test_a_hole_scores_higher_than_what_was_never_seen_but_is_like_the_rest(memory, stripes):
    holed = stripes[8:].copy()
    holed[:, 20:30, 20:30] = 0
    assert scores(memory, holed).min() > scores(memory, stripes[8:]).max()


def test_the_largest_contribution_lies_at_the_hole(memory, stripes):
    holed = stripes[8:9].copy()
    holed[:, 30:40, 8:18] = 255
    where = np.asarray(memory(holed.astype(np.float32)))[0]
    row, column = np.unravel_index(where.argmax(), where.shape)
    assert 25 <= row <= 45 and 3 <= column <= 23


def test_its_distances_are_those_to_the_nearest_patch(memory, stripes):
    inner = keras.Model(memory.input, memory.get_layer("described").output)
    pixels = stripes[8:10].astype(np.float32)
    described = np.asarray(inner(pixels)).reshape(-1, inner.output_shape[-1])
    kernel, _ = memory.get_layer("memory").get_weights()
    width = described.shape[1]
    kept = kernel[0, 0].T * -width / 2
    nearest = np.square(described[:, None] - kept).mean(axis=-1).min(axis=1)
    found = np.asarray(keras.Model(memory.input, memory.get_layer("distances").input)(pixels))
    assert np.allclose(found.ravel(), nearest, rtol=1e-3, atol=1e-4)


def test_nothing_of_it_is_trained_and_it_loads_without_code_of_ours(memory, stripes, tmp_path):
    assert memory.trainable_weights == []
    memory.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    pixels = stripes[:2].astype(np.float32)
    assert (np.asarray(loaded(pixels)) == np.asarray(memory(pixels))).all()


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"patches": 0}, RecipeError, "1 to"),
        ({"neighbours": 0}, RecipeError, "1 to"),
        ({"layers": ["block_99"]}, UnknownNameError, "block_9"),
        ({"backbone": "efficientnet_lite9"}, UnknownNameError, "efficientnet_lite"),
        ({"patch": 9}, UnknownNameError, "patches"),
    ],
)
def test_what_cannot_be_built_is_said(options, error, says):
    with pytest.raises(error, match=says):
        autoencoders.build("patch_memory", (SIDE, SIDE, 3), options)
