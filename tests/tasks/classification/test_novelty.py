"""None of these: images far from those of the classes are refused, at the promised rate, by Keras and files alike."""

import csv
import io
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import saccade
from saccade import export
from saccade.cli import run as command_line
from saccade.core.run import Run
from saccade.inference import opening
from saccade.tasks import base
from saccade.tasks.classification import image_description
from saccade.tasks.classification.novelty import KnownFeatures, Novelty
from saccade.tasks.classification.novelty_fitting import fit, fit_novelty, of_each_class

pytestmark = pytest.mark.usefixtures("held_network")


def of_two_classes(count, *, seed=0, width=6):
    rng = np.random.default_rng(seed)
    spread = np.array([3.0, 1, 1, 1, 1, 0.1])
    return np.eye(width)[rng.integers(0, 2, count)] * 5 + rng.normal(size=(count, width)) * spread


def novelties(descriptions, known):
    return np.asarray(image_description.novelty(descriptions, known), np.float64)


def test_images_of_the_classes_are_refused_at_the_promised_rate():
    refused = []
    for seed in range(1, 8):
        validation = of_two_classes(400, seed=seed)
        known = fit(of_two_classes(400), validation, features=2)
        novelty = Novelty(tuple(np.sort(novelties(validation, known))), 0.05)
        refused.append(novelty.refused(novelties(of_two_classes(2000, seed=1000 + seed), known)).mean())
    assert 0.04 < np.mean(refused) < 0.06


@pytest.mark.parametrize("count", [40, 500])
@pytest.mark.parametrize("features", [0, 50])
def test_descriptions_of_more_numbers_than_images_and_of_fewer_tell_strangers_apart(count, features):
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(5, 200))
    drawn = [scale * rng.normal(size=(number, 5)) @ mixing + 3 for scale, number in ((1, count), (1, 99), (10, 99))]
    known = fit(*drawn[:2], features=features)
    assert known.kernel.shape == (200, min(64, count))
    assert np.isfinite(known.kernel).all()
    assert np.median(novelties(drawn[2], known)) > novelties(drawn[1], known).max()


def test_a_direction_of_features_and_a_size_of_statistics_both_count():
    rng = np.random.default_rng(0)
    described = np.concatenate([rng.uniform(1, 9, (600, 1)) * [[1, 1, 1, 0.1]], rng.normal(size=(600, 4))], axis=1)
    described[:, :4] += rng.normal(size=(600, 4)) * 0.1
    known = fit(described[:300], described[300:], features=4)
    turned, large = described[300:].copy(), described[300:].copy()
    turned[:, :4] = turned[:, [3, 0, 1, 2]]
    large[:, 4:] += 8
    for strange in (turned, large):
        assert np.median(novelties(strange, known)) > np.quantile(novelties(described[300:], known), 0.99)


def test_numbers_that_never_vary_do_no_harm():
    descriptions = np.concatenate([of_two_classes(100), np.ones((100, 3))], axis=1)
    for training in (descriptions, np.ones((30, 9)), np.zeros((30, 9))):
        assert np.isfinite(novelties(descriptions, fit(training, training, features=4))).all()


def test_known_features_return_from_their_arrays_and_refuse_what_does_not_fit():
    known = fit(of_two_classes(50), of_two_classes(50), features=2)
    again = KnownFeatures.from_dict(known.to_dict())
    assert all(np.array_equal(again.to_dict()[name], array) for name, array in known.to_dict().items())
    for name in ("centre", "references", "middle", "directions", "spread"):
        with pytest.raises(ValueError, match="descriptions|features"):
            KnownFeatures.from_dict({**known.to_dict(), name: np.zeros((1, 99), np.float32)})


def test_p_values_fall_with_novelty_and_never_reach_zero():
    novelty = Novelty((1.0, 2.0, 3.0), 0.25)
    assert novelty.p_values(np.array([0.5, 2.0, 2.5, 9.0])).tolist() == [1, 0.75, 0.5, 0.25]


@pytest.mark.parametrize(("rate", "images", "decides"), [(0.01, 99, True), (0.01, 98, False), (0.3, 3, True)])
def test_nothing_is_refused_at_a_rate_that_the_validation_images_cannot_promise(rate, images, decides):
    novelty = Novelty(tuple(map(float, range(images))), rate)
    assert novelty.decides is decides is bool(novelty.refused(np.array([1e9]))[0])
    assert ("No image is refused" in novelty.sentence) is not decides


def test_the_rate_that_is_advised_is_one_that_works():
    advised = float(Novelty((1.0,) * 41, 0.01).sentence.split("--none-rate ")[1].rstrip("."))
    assert Novelty((1.0,) * 41, advised).decides


def test_rare_classes_are_among_what_is_compared():
    labels = np.repeat([0, 1, 2], [500, 10, 90])
    dataset = SimpleNamespace(labels=labels, rows=lambda split: np.arange(600))
    assert np.bincount(labels[of_each_class(dataset, 60)]).tolist() == [25, 10, 25]


@pytest.mark.parametrize(
    "content",
    [{"known": [], "rate": 0.1}, {"known": [2.0, 1.0], "rate": 0.1}, {"known": [1.0], "rate": 2.0}],
)
def test_what_cannot_be_a_novelty_is_refused(content):
    with pytest.raises(ValueError, match="novelties"):
        Novelty.from_dict({"strangest": [], **content})


@pytest.fixture(scope="module")
def run(novelty_run):
    return novelty_run


@pytest.fixture(scope="module")
def strange():
    """Give images of no digit: noise, and what is lit all over."""
    rng = np.random.default_rng(0)
    return np.concatenate([rng.integers(0, 256, (20, 8, 8, 1)), np.full((2, 8, 8, 1), 255)]).astype(np.uint8)


@pytest.fixture(scope="module")
def exported(run, tmp_path_factory):
    pytest.importorskip("onnx")
    copied = shutil.copytree(run.path, tmp_path_factory.mktemp("exported") / "run")
    return export.export(Run(copied), timed=False, quiet=True).path


def test_noise_is_none_of_the_digits_and_digits_are(run, strange):
    trained = saccade.load(run.path)
    answers = trained.predict(strange)
    assert np.mean([each.none_of_these for each in answers]) > 0.8
    assert all(each.known_p_value < 0.05 for each in answers if each.none_of_these)
    digits = base.reload(run, quiet=True)
    validation = trained.predict(digits.images[digits.rows("validation")])
    assert np.mean([each.none_of_these for each in validation]) <= 0.011


def test_a_file_refuses_what_its_run_refuses(run, exported, strange):
    of_run, of_file = saccade.load(run.path).predict(strange), opening.open_file(exported).predict(strange)
    assert [each.none_of_these for each in of_run] == [each.none_of_these for each in of_file]
    for one, other in zip(of_run, of_file, strict=True):
        assert one.known_p_value == pytest.approx(other.known_p_value, abs=0.004)


@pytest.mark.filterwarnings("ignore")
def test_a_file_of_less_precision_says_nothing_of_it(run, strange):
    pytest.importorskip("onnx")
    half = export.export(run, precision="float16", timed=False, quiet=True).path
    assert all(each.known_p_value is None for each in opening.open_file(half).predict(strange))


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_the_command_line_says_none_of_these(run, strange, tmp_path, capsys, form):
    Image.fromarray(strange[-1, ..., 0]).save(tmp_path / "lit.png")
    option = [] if form == "table" else [f"--{form}"]
    assert command_line(["predict", str(run.path), str(tmp_path / "lit.png"), *option]) == 0
    said = capsys.readouterr().out
    if form == "table":
        assert said.startswith("none of these (p .0")
    elif form == "json":
        found = json.loads(said)
        assert found["class"] is None
        assert found["none_of_these"] is True
    else:
        (row,) = csv.DictReader(io.StringIO(said))
        assert row["class"] == ""
        assert float(row["none_of_these"]) == 1
        assert 0 < float(row["known_p_value"]) < 0.05


def test_none_rate_0_measures_nothing():
    asked = SimpleNamespace(recipe=SimpleNamespace(none_rate=0.0))
    assert fit_novelty(asked, SimpleNamespace(rows=lambda split: np.arange(500), image_shape=(8, 8, 1))) is None


def test_a_run_that_measured_nothing_refuses_nothing(run, strange, tmp_path):
    copied = shutil.copytree(run.path, tmp_path / "run")
    (copied / "novelty.json").unlink()
    assert all(each.known_p_value is None and not each.none_of_these for each in saccade.load(copied).predict(strange))
