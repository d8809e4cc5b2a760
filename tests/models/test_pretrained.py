import numpy as np
import pytest

from saccade.core.backend import keras
from saccade.core.errors import RecipeError
from saccade.inference.layer_graph import to_onnx
from saccade.models import pretrained
from saccade.tasks.network_description import with_description

pytestmark = pytest.mark.heavy

SHAPE = (64, 64, 3)


@pytest.fixture(scope="module")
def networks():
    """Give a pretrained network on the last maps of its backbone, and one on the middle."""
    made = {}
    for features in ("last", "middle"):
        made[features] = pretrained.build(SHAPE, 3, trained="head", features=features)
        pretrained.load(made[features])
    return made


def noise(count=4):
    return np.random.default_rng(0).integers(0, 256, (count, *SHAPE)).astype(np.float32)


def test_a_network_on_the_middle_ends_there_and_trains_its_last_layer_only(networks):
    names = {layer.name for layer in networks["middle"].layers}
    assert "block_11" in names and not names & {"block_12", "block_16", "head", "pool"}
    assert [weight.path for weight in networks["middle"].trainable_weights] == [
        "predictions/kernel",
        "predictions/bias",
    ]
    assert networks["middle"].get_layer("predictions").input.shape == (None, 2 * (40 + 112))
    assert networks["middle"].count_params() < networks["last"].count_params() / 4


def test_its_layers_up_to_there_have_the_weights_of_the_whole_backbone(networks):
    for name in ("stem", "block_5_project", "block_11_project"):
        ours, theirs = (networks[features].get_layer(name).get_weights() for features in ("middle", "last"))
        assert all(np.array_equal(*pair) for pair in zip(ours, theirs, strict=True))


def test_it_is_saved_and_answers_the_same(networks, tmp_path):
    networks["middle"].save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert np.array_equal(np.asarray(again(noise())), np.asarray(networks["middle"](noise())))
    assert to_onnx(again).graph.output[0].name
    names = [operation.name for operation in again.operations]
    assert [f"block_11_{each}" in names for each in ("mean", "variance", "bounded", "deviation")] == [True] * 4


def test_a_loaded_one_is_built_upon_whatever_operations_are_called(networks, tmp_path):
    networks["middle"].save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    keras.backend.clear_session()  # numbers of operations begin anew, as in another process
    looked_at = with_description(again)
    assert np.isfinite(np.asarray(looked_at(noise())[1])).all()
    assert not any(operation.name.startswith(("var", "maximum", "sqrt")) for operation in again.operations)


@pytest.mark.parametrize("side", [16, 64])
def test_gradients_of_the_pixels_are_finite_where_maps_are_the_same_everywhere(side):
    network = pretrained.build((side, side, 3), 2, trained="head", features="middle")
    tensorflow = pytest.importorskip("tensorflow")
    pixels = tensorflow.Variable(np.full((1, side, side, 3), 128, np.float32))
    with tensorflow.GradientTape() as tape:
        answer = network(pixels)[0, 0]
    assert np.isfinite(tape.gradient(answer, pixels)).all()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"features": "first"}, "'first' is none of last, middle"),
        ({"features": "middle", "trained": "last"}, "add model.trained=head"),
        ({"features": "middle"}, "add model.trained=head"),
        ({"features": "middle", "trained": "head", "backbone": "mobilenet_v3_large"}, "middle of mobilenet_v3_large"),
        ({"trained": "some"}, "none of head, last, all"),
    ],
)
def test_what_cannot_be_is_said(options, says):
    with pytest.raises(RecipeError, match=says):
        pretrained.build(SHAPE, 2, **options)
