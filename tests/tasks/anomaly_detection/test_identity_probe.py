"""A network that copies what it is given is found; one that has learnt how columns hang together is left alone."""

import numpy as np
import pytest

from saccade.core.backend import keras, seed_everything
from saccade.core.metric_value import MetricValue
from saccade.tasks.anomaly_detection.evaluation import Rival
from saccade.tasks.anomaly_detection.identity_probe import findings, fresh, probes

pytestmark = pytest.mark.heavy


def rows_of_a_plane(count, seed=0):
    """Eight columns that two hidden numbers make up."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(99).normal(size=(2, 8)) / np.sqrt(2)
    return (rng.normal(size=(count, 2)) @ mixing + 0.1 * rng.normal(size=(count, 8))).astype(np.float32)


TRAINING, NORMAL = rows_of_a_plane(600), rows_of_a_plane(400, seed=1)


def plane_error(features):
    """Return the squared distance from the plane: what a good bottleneck learns."""
    _, axes = np.linalg.eigh(np.cov(TRAINING.T))
    return np.square(features @ axes[:, :-2]).sum(axis=1)


def copy_error(features):
    return 1e-6 * np.square(features).sum(axis=1)


def squared_norm(features):
    return np.square(features).sum(axis=1)


def probed(score, **options):
    return probes(score, TRAINING, NORMAL, untrained=squared_norm, squared=True, **options)


def kinds(found):
    return [finding.kind for finding in found]


def test_a_network_that_knows_the_plane_is_left_alone():
    found = probed(plane_error)
    assert kinds(findings(found, None)) == []
    by_name = {each.name: each for each in found}
    assert list(by_name) == ["shuffled", "3 deviations", "10 deviations", "30 deviations"]
    assert by_name["shuffled"].roc_auc.value > 0.9
    assert by_name["30 deviations"].copied < 0.5


def test_a_network_that_copies_is_found():
    found = probed(copy_error)
    assert kinds(findings(found, None)) == ["copies_its_input", "no_better_than_untrained"]
    assert all(each.copied > 0.999 for each in found)


def test_a_network_whose_score_does_not_grow_is_severe():
    (worst, *_) = findings(probed(lambda features: np.random.default_rng(0).random(len(features))), None)
    assert (worst.kind, worst.severity) == ("blind_far_away", "severe")
    assert "copies" in worst.title


def test_what_is_no_squared_error_is_not_called_a_copy():
    found = probes(copy_error, TRAINING, NORMAL, squared=False)
    assert all(each.copied is None and each.untrained is None for each in found)
    assert kinds(findings(found, None)) == []


@pytest.mark.slow
def test_the_same_probes_are_drawn_again():
    assert probed(plane_error) == probed(plane_error)
    assert probed(plane_error) != probed(plane_error, seed=1)


@pytest.mark.parametrize(("low", "said"), [(-0.01, True), (0.01, False)])
def test_with_labels_the_anomalies_say_whether_training_helped(low, said):
    gain = MetricValue(0.02, low, 0.04)
    untrained = Rival("untrained", MetricValue(0.9), MetricValue(0.3), gain, gain)
    assert kinds(findings((), untrained)) == (["no_better_than_untrained"] if said else [])


def network():
    rows = keras.Input((8,))
    scaled = keras.layers.Normalization(mean=np.full(8, 2.0), variance=np.full(8, 4.0))(rows)
    adapted = keras.layers.Normalization()
    adapted.adapt(5 + TRAINING)
    rebuilt = keras.layers.Dense(8, name="out")(keras.layers.Dense(3, "relu", name="in")(adapted(scaled)))
    return keras.Model(rows, keras.ops.square(scaled - rebuilt))


def test_a_fresh_network_has_new_weights_and_the_old_scaling():
    seed_everything(0)
    trained = network()
    trained.compile("adam", "mse", jit_compile=False)
    again = fresh(trained, seed=1)
    old, new = ({layer.name: layer.get_weights() for layer in each.layers} for each in (trained, again))
    assert all(
        (before == after).all() for before, after in zip(old["normalization"], new["normalization"], strict=True)
    )
    adapted = next(name for name in old if name.startswith("normalization") and len(old[name]) == 3)
    np.testing.assert_array_equal(old[adapted][0], new[adapted][0])
    assert not np.allclose(old["in"][0], new["in"][0])
    assert np.asarray(again(NORMAL)).shape == (400, 8)


def test_a_fresh_network_leaves_the_trained_one_as_it_was():
    seed_everything(0)
    trained = network()
    before = np.asarray(trained(NORMAL))
    fresh(trained)
    np.testing.assert_array_equal(np.asarray(trained(NORMAL)), before)
