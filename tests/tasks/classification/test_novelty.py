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
from saccade.tasks.classification.novelty import KnownFeatures, Novelty
from saccade.tasks.classification.novelty_fitting import fit, of_each_class


def of_two_classes(count, *, seed=0, width=6):
    rng = np.random.default_rng(seed)
    spread = np.array([3.0, 1, 1, 1, 1, 0.1])
    return np.eye(width)[rng.integers(0, 2, count)] * 5 + rng.normal(size=(count, width)) * spread


def test_images_of_the_classes_are_refused_at_the_promised_rate():
    known, refused = fit(of_two_classes(400)), []
    for seed in range(1, 30):
        distances = np.sort(known.distances(of_two_classes(200, seed=seed)).astype(float))
        novelty = Novelty(tuple(distances), 0.05)
        refused.append(novelty.refused(known.distances(of_two_classes(300, seed=1000 + seed))).mean())
    assert 0.035 < np.mean(refused) < 0.06


@pytest.mark.parametrize("count", [40, 500])
def test_descriptions_of_more_numbers_than_images_and_of_fewer_tell_strangers_apart(count):
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(5, 200))
    known = fit(rng.normal(size=(count, 5)) @ mixing + 3)
    near, far = (known.distances(scale * rng.normal(size=(100, 5)) @ mixing + 3) for scale in (1, 10))
    assert known.kernel.shape == (200, min(64, count))
    assert np.isfinite(known.kernel).all()
    assert np.median(far) > 10 * np.median(near)


def test_numbers_that_never_vary_do_no_harm():
    descriptions = np.concatenate([of_two_classes(100), np.ones((100, 3))], axis=1)
    assert fit(descriptions).distances(descriptions[:5]).tolist() == pytest.approx([0] * 5, abs=1e-3)
    assert np.isfinite(fit(np.ones((30, 4))).distances(np.zeros((2, 4)))).all()


def test_the_nearest_reference_counts():
    known = KnownFeatures(np.zeros(2, np.float32), np.eye(2, dtype=np.float32), np.array([[0, 0], [10, 0]], np.float32))
    assert known.distances(np.array([[9, 0], [1, 0], [5, 0]])).tolist() == pytest.approx([0.5, 0.5, 12.5])


def test_p_values_fall_with_the_distance_and_never_reach_zero():
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
    [{"distances": [], "rate": 0.1}, {"distances": [2.0, 1.0], "rate": 0.1}, {"distances": [1.0], "rate": 2.0}],
)
def test_what_cannot_be_a_novelty_is_refused(content):
    with pytest.raises(ValueError, match="distances"):
        Novelty.from_dict({"farthest": [], **content})


@pytest.fixture(scope="module")
def run(run_once):
    def make(folder):
        saccade.train("quick-digits", run=folder / "run", epochs=4, validation=300, quiet=True, check=False)

    return run_once("digits_with_novelty", make)


@pytest.fixture(scope="module")
def strange():
    """Give images of no digit: noise, and what is lit all over."""
    rng = np.random.default_rng(0)
    return np.concatenate([rng.integers(0, 256, (20, 8, 8, 1)), np.full((2, 8, 8, 1), 255)]).astype(np.uint8)


@pytest.fixture(scope="module")
def exported(run, tmp_path_factory):
    pytest.importorskip("onnx")
    copied = shutil.copytree(run.path, tmp_path_factory.mktemp("exported") / "run")
    return export.export(Run(copied), quiet=True).path


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
    half = export.export(run, precision="float16", quiet=True).path
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


def test_none_rate_0_refuses_nothing(tmp_path, strange):
    trained = saccade.train("quick-digits", run=tmp_path / "run", epochs=1, none_rate=0, quiet=True, check=False)
    assert not (trained.path / "novelty.json").exists()
    assert all(each.known_p_value is None and not each.none_of_these for each in trained.predict(strange))
