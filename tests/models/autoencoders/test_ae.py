import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from saccade.core import registry
from saccade.core.backend import keras, seed_everything
from saccade.core.errors import RecipeError

pytestmark = pytest.mark.heavy

SMALL = {"memory": 64, "coarse_memory": 32, "hidden": (16, 8, 16)}


def normal_rows(number, width=5, seed=0):
    """Three numbers that say everything, and the rest that follow from them."""
    random = np.random.default_rng(seed)
    sources = random.normal(size=(number, 3))
    mixing = np.random.default_rng(7).normal(size=(3, width))
    rows = np.tanh(sources @ mixing) + 0.05 * random.normal(size=(number, width))
    return (rows / 0.75).astype(np.float32)


def mean_error(_, errors):
    return keras.ops.mean(errors)


def trained(width=5, seed=0, steps=300, **options):
    ae = registry.load("autoencoders", "ae")
    seed_everything(seed)
    rows = normal_rows(1500, width)
    model = ae.build(width, **{**SMALL, **options})
    ae.initialize(model, rows, np.arange(len(rows)), seed=seed)
    model.compile(keras.optimizers.Adam(0.005), loss=mean_error, jit_compile=False)
    before = np.asarray(model(rows)).mean()
    model.optimizer.build(model.trainable_variables)  # made in the first step, its variables have it traced again
    model.fit(rows, np.zeros(len(rows)), batch_size=64, epochs=max(1, steps * 64 // len(rows)), verbose=0)
    after = np.asarray(model(rows)).mean()
    ae.finish(model, rows)
    return model, before, after


@pytest.fixture(scope="module")
def model():
    return trained()[0]


@pytest.mark.parametrize("width", [1, 30])
def test_errors_are_a_number_a_column_and_not_negative(width):
    ae = registry.load("autoencoders", "ae")
    network = ae.build(width, **SMALL)
    ae.initialize(network, normal_rows(200, width), np.arange(200), seed=0)
    errors = np.asarray(network(100 * normal_rows(7, width, seed=1)))
    assert errors.shape == (7, width)
    assert (errors >= 0).all()
    assert np.isfinite(errors).all()


def test_a_row_has_the_same_errors_in_any_company(model):
    rows = normal_rows(64, seed=1)
    strange = np.concatenate([rows[:1], 50 * rows[1:]])
    alone = np.asarray(model(rows[:1]))
    np.testing.assert_allclose(np.asarray(model(strange))[:1], alone, rtol=1e-4)
    np.testing.assert_allclose(np.asarray(model(rows))[:1], alone, rtol=1e-4)


@pytest.mark.slow
def test_training_lowers_the_loss():
    _, before, after = trained()
    assert after < 0.9 * before


def test_planted_anomalies_come_first(model):
    reference = normal_rows(1000, seed=2)
    random = np.random.default_rng(3)
    # each column is of the same distribution as before: only their relations are broken
    broken = np.stack([random.permutation(column) for column in normal_rows(200, seed=4).T], axis=1)
    scores = np.asarray(model(np.concatenate([reference, broken]))).mean(axis=1)
    squared_norm = np.square(np.concatenate([reference, broken])).mean(axis=1)
    is_broken = np.repeat([0, 1], [1000, 200])
    assert roc_auc_score(is_broken, scores) > 0.9 > roc_auc_score(is_broken, squared_norm) + 0.2


def test_the_changed_column_is_the_reason(model):
    rows = normal_rows(20, seed=5)
    rows[:, 2] += 6
    assert (np.asarray(model(rows)).argmax(axis=1) == 2).all()


def test_far_away_rows_are_not_copied(model):
    rows = normal_rows(20, seed=6)
    near, far = (np.asarray(model(factor * rows)).mean(axis=1) for factor in (10, 1000))
    assert (far > 100 * near).all()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_network():
    first, again, other = (trained(seed=seed, steps=50)[0].get_weights() for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_fewer_rows_than_memory_are_enough():
    ae = registry.load("autoencoders", "ae")
    rows = normal_rows(5)
    network = ae.build(5, **SMALL)
    ae.initialize(network, rows, np.arange(len(rows)), seed=0)
    ae.finish(network, rows)
    assert np.isfinite(np.asarray(network(rows))).all()


def test_it_is_saved_and_loaded_by_plain_keras(model, tmp_path):
    model.save(tmp_path / "ae.keras")
    loaded = keras.models.load_model(tmp_path / "ae.keras", safe_mode=True, compile=False)
    rows = normal_rows(50, seed=8)
    np.testing.assert_array_equal(np.asarray(loaded(rows)), np.asarray(model(rows)))


@pytest.mark.filterwarnings("ignore::FutureWarning")  # Keras asks whether NumPy still has np.object
def test_its_onnx_file_gives_the_same_errors(model, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("tf2onnx")
    path = tmp_path / "ae.onnx"
    model.export(path, format="onnx", opset_version=17, verbose=False)
    session = onnxruntime.InferenceSession(path)
    rows = np.concatenate([normal_rows(50, seed=8), 10 * normal_rows(50, seed=9)])
    errors = session.run(None, {session.get_inputs()[0].name: rows})[0]
    np.testing.assert_allclose(errors, np.asarray(model(rows)), rtol=1e-4, atol=1e-4)


def test_the_empty_places_of_the_memory_change_no_answer():
    ae = registry.load("autoencoders", "ae")
    rows = normal_rows(50)
    answers = []
    for memory in (25, 40):
        network = ae.build(5, **{**SMALL, "memory": memory, "coarse_memory": memory})
        ae.initialize(network, rows, np.arange(len(rows)), seed=0)
        recall = keras.Model(network.input, network.get_layer("residuals").output)
        answers.append(np.asarray(recall(10 * rows))[:, :-5])  # without the denoising network's
    np.testing.assert_allclose(*answers, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("scales", [(0.5,), (0.25, 1.0, 3.0)])
def test_the_memory_answers_with_the_mean_of_its_centres_by_their_nearness(scales):
    ae = registry.load("autoencoders", "ae")
    rows = normal_rows(300)
    network = ae.build(5, **{**SMALL, "scales": scales})
    ae.initialize(network, rows, np.arange(len(rows)), seed=0, scales=scales)
    residuals = np.asarray(keras.Model(network.input, network.get_layer("residuals").output)(rows))
    for place, scale in enumerate(scales):
        centres = network.get_layer("coarse_memory" if place else "memory").get_weights()[0]
        nearness = np.exp(-np.square(rows[:, None] - centres).sum(axis=2) / (2 * scale**2))
        expected = nearness @ centres / nearness.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(residuals[:, 5 * place : 5 * place + 5] + rows, expected, atol=1e-3)


def test_a_rows_error_is_the_weighted_geometric_mean_of_the_ways(model):
    rows = normal_rows(40, seed=1)
    ae = registry.load("autoencoders", "ae")
    residuals = np.asarray(keras.Model(model.input, model.get_layer("residuals").output)(rows))
    (usual,) = model.get_layer("usual_error").get_weights()
    of_ways = (np.square(residuals) * usual + 1e-4).reshape(len(rows), 4, 5).mean(axis=2)
    weights = [ae.SHARE_OF_MEMORY / 3] * 3 + [1 - ae.SHARE_OF_MEMORY]
    expected = np.exp(np.log(of_ways) @ weights)
    np.testing.assert_allclose(np.asarray(model(rows)).mean(axis=1), expected, rtol=1e-4)


def test_rows_that_all_repeat_are_remembered():
    ae = registry.load("autoencoders", "ae")
    rows = np.repeat(normal_rows(3), 100, axis=0)
    network = ae.build(5, **SMALL)
    ae.initialize(network, rows, np.arange(len(rows)), seed=0)
    scores = np.asarray(network(np.concatenate([rows[::100], rows[::100] + 1]))).mean(axis=1)
    assert scores[:3].max() < 0.5 * scores[3:].min()


def test_noise_beyond_a_standard_deviation_is_refused():
    with pytest.raises(RecipeError, match="'noise' is from 0 to 1"):
        registry.load("autoencoders", "ae").build(5, noise=1.5)


@pytest.mark.parametrize(
    "options", [{"memory": 0}, {"coarse_memory": 0}, {"scales": []}, {"hidden": [8, 0]}, {"floor": 0}]
)
def test_options_that_cannot_work_are_refused(options):
    with pytest.raises(RecipeError, match=f"'{next(iter(options))}' needs numbers above 0"):
        registry.load("autoencoders", "ae").build(5, **options)
