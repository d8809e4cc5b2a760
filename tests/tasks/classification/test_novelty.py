"""None of these: images far from those of the classes are refused, at the promised rate, by Keras and files alike."""

import csv
import io
import json
import shutil

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
from saccade.tasks.classification.novelty_fitting import attainable, fit


def of_two_classes(count, *, seed=0, width=6):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    spread = np.array([3.0, 1, 1, 1, 1, 0.1])
    return np.eye(width)[labels] * 5 + rng.normal(size=(count, width)) * spread, labels


def test_images_of_the_classes_are_refused_at_the_promised_rate():
    known, refused = fit(*of_two_classes(400), widths=[6]), []
    for seed in range(1, 30):
        distances = np.sort(known.distances(of_two_classes(200, seed=seed)[0]).astype(float))
        novelty = Novelty(tuple(distances), 0.05)
        new = known.distances(of_two_classes(300, seed=1000 + seed)[0])
        refused.append((novelty.p_values(new) <= novelty.rate).mean())
    assert 0.035 < np.mean(refused) < 0.06


def test_a_direction_in_which_the_classes_do_not_vary_counts_more():
    known = fit(*of_two_classes(2000), widths=[6])
    centre = np.array([[5.0, 0, 0, 0, 0, 0]])
    along, across = (known.distances(centre + 2 * np.eye(6)[[place]])[0] for place in (0, 5))
    assert across > 5 * along


def test_the_nearest_class_counts():
    known = KnownFeatures(np.zeros(2, np.float32), np.eye(2, dtype=np.float32), np.array([[0, 0], [10, 0]], np.float32))
    assert known.distances(np.array([[9, 0], [1, 0], [5, 0]])).tolist() == pytest.approx([0.5, 0.5, 12.5])


def test_p_values_fall_with_the_distance_and_never_reach_zero():
    novelty = Novelty((1.0, 2.0, 3.0), 0.25)
    assert novelty.p_values(np.array([0.5, 2.0, 2.5, 9.0])).tolist() == [1, 0.75, 0.5, 0.25]


@pytest.mark.parametrize(("rate", "images", "promised"), [(0.01, 500, 0.01), (0.01, 49, 0.02), (0.3, 3, 0.3)])
def test_no_smaller_rate_is_promised_than_the_validation_images_allow(rate, images, promised):
    assert attainable(rate, images) == pytest.approx(promised)


@pytest.mark.parametrize(
    "content",
    [{"distances": [], "rate": 0.1}, {"distances": [2.0, 1.0], "rate": 0.1}, {"distances": [1.0], "rate": 2.0}],
)
def test_what_cannot_be_a_novelty_is_refused(content):
    with pytest.raises(ValueError, match="distances"):
        Novelty.from_dict(content)


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
