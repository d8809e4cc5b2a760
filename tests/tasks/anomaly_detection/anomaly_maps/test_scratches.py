"""A texture with scratches in its test split: they are found, shown where they are, and normal images do not glow."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import roc_auc_score

import saccade
from saccade import training
from saccade.cli import run as command_line
from saccade.core import recipe as recipes
from saccade.core.errors import DataError, RunError
from saccade.core.run import Run
from saccade.inference import Network, load_model
from saccade.tasks import base
from saccade.tasks.anomaly_detection import anomaly_maps, evaluating
from saccade.tasks.anomaly_detection.anomaly_map_scale import AnomalyMapScale
from saccade.tasks.anomaly_detection.anomaly_maps import Locator
from saccade.tasks.anomaly_detection.anomaly_scores import scores
from saccade.tasks.anomaly_detection.reference_rows import CalibrationScores
from saccade.tasks.anomaly_detection.threshold import Threshold
from saccade.tasks.anomaly_detection.threshold_criterion import parse
from saccade.tasks.anomaly_detection.thresholding import change

pytestmark = pytest.mark.slow  # an autoencoder of convolutions takes half a minute

SIDE = 33  # not a multiple of anything


def textures(count, seed):
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    turn = rng.uniform(0, 2 * np.pi, (count, 2, 1, 1))
    waves = 120 + 40 * np.sin(columns * 0.5 + turn[:, 0]) + 30 * np.sin(rows * 0.4 + turn[:, 1])
    return np.clip(waves + rng.normal(0, 8, waves.shape), 0, 255).astype(np.uint8)


def scratched(count, seed):
    """Return textures with a bright scratch each, and where the scratches are, (n, h, w)."""
    rng, images = np.random.default_rng(seed), textures(count, seed)
    where = np.zeros(images.shape, np.bool_)
    for number in range(count):
        row, column, angle = *rng.uniform(9, SIDE - 9, 2), rng.uniform(0, np.pi)
        steps = np.linspace(-6, 6, 50)
        places = (row + steps * np.sin(angle)).astype(int), (column + steps * np.cos(angle)).astype(int)
        where[number][places] = True
    images[where] = 250
    return images, where


def write(folder, images):
    folder.mkdir(parents=True)
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{number:03d}.png")


def trained(data, folder, *, steps=200, **changes):
    recipe = recipes.read("image-autoencoder", data=str(data), steps=steps, calibration=60, **changes)
    recipe, images = base.prepare(recipe, quiet=True)
    return training.train(recipe, images, folder=folder)


def train_on_cloth(folder):
    data = folder / "cloth"
    write(data / "train" / "good", textures(220, seed=0))
    write(data / "test" / "good", textures(30, seed=1))
    write(data / "test" / "scratch", scratched(30, seed=2)[0])
    trained(data, folder / "run")


@pytest.fixture(scope="module")
def run(run_once):
    return run_once("scratches", train_on_cloth)


@pytest.fixture(scope="module")
def texture(run):
    return Path(run.recipe.data)


@pytest.fixture(scope="module")
def judged(run):
    return base.reload(run, quiet=True)


@pytest.fixture(scope="module")
def maps(run):
    images, where = scratched(20, seed=3)
    return list(Locator(run).maps(images[..., None], [str(number) for number in range(20)])), where


def test_scratches_are_found(run, judged):
    rows = judged.rows("test")
    found = scores(Network(load_model(run)), judged.images, rows=rows)
    assert roc_auc_score(judged.labels[rows], found) > 0.9


def test_the_hottest_pixel_lies_on_the_scratch(maps):
    found, where = maps
    assert np.mean([where[number][each.peak] for number, each in enumerate(found)]) > 0.9


def test_a_scratch_is_hot_and_normal_images_are_not(run, maps):
    assert min(each.anomaly_map.max() for each in maps[0]) > 2
    normal = Locator(run).maps(textures(60, seed=4)[..., None], [""] * 60)
    assert np.mean([each.anomaly_map.max() > 1 for each in normal]) < 0.2  # 5% are to be expected


def test_the_scratch_is_gone_in_what_was_rebuilt(maps):
    found, where = maps
    for each, place in zip(found, where, strict=True):
        assert each.rebuilt[place].mean() < each.image[place].mean() - 40


def test_heat_is_a_share_of_the_score(run, maps):
    scale = run.load(AnomalyMapScale)
    for each in maps[0]:
        assert each.anomaly_map.mean() * scale.reference_error == pytest.approx(each.verdict.score, rel=1e-4)


def test_the_run_keeps_threshold_scale_and_what_it_was_chosen_from(run):
    assert run.manifest["status"] == "finished"
    assert run.load(AnomalyMapScale).images == len(run.load(CalibrationScores).scores) == 60
    assert run.load(Threshold).rows == 60
    assert run.data["normal"] == "good"


def test_the_threshold_can_be_changed_without_training(run):
    before = run.load(Threshold)
    changed = change(run, parse("alarms", "20%"))
    assert changed.value < before.value
    run.save(before)


def test_the_sealed_part_is_judged_beside_simple_detectors(run):
    found = evaluating.evaluate(run)
    assert found.roc_auc.value > 0.9
    assert {"pca", "squared_norm"} <= {each.name for each in found.rivals}
    assert found.untrained.roc_auc_gain.value > 0
    with (run.path / "predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["name"].rsplit("/", 1)[0] for row in rows} == {"test/good", "test/scratch"}


@pytest.mark.long
def test_the_same_seed_gives_the_same_numbers(texture, tmp_path):
    first, second = (trained(texture, tmp_path / name, steps=20) for name in ("first", "second"))
    for one, other in zip(load_model(first).get_weights(), load_model(second).get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert first.load(Threshold).value == second.load(Threshold).value
    assert first.load(AnomalyMapScale) == second.load(AnomalyMapScale)


@pytest.mark.long
def test_one_class_only_in_colour_is_enough(tmp_path):
    write(tmp_path / "bare" / "good", np.stack([textures(120, seed=seed) for seed in range(3)], axis=-1))
    run = trained(tmp_path / "bare", tmp_path / "run", steps=60, image_size=16)
    found = saccade.load(run.path)
    verdicts = found.predict(np.zeros((2, 16, 16, 3), np.uint8))
    assert all(verdict.alarm for verdict in verdicts)
    assert evaluating.evaluate(run).roc_auc is None  # nothing to tell apart


def test_python_says_score_alarm_and_where(run, texture, tmp_path):
    found = saccade.load(run.path)
    scratch = texture / "test" / "scratch" / "003.png"
    anomaly_map = found.anomaly_map(scratch, to=tmp_path / "where.png")
    with Image.open(scratch) as image:
        (same,) = found.predict(np.asarray(image))
    assert same == anomaly_map.verdict
    assert same.alarm
    with Image.open(tmp_path / "where.png") as drawn:
        assert drawn.width > 500
    (named,) = found.predict_files([scratch])
    assert named == (str(scratch), same)


def test_an_array_of_another_size_and_a_file_that_is_no_image_are_refused(run, tmp_path):
    found = saccade.load(run.path)
    with pytest.raises(DataError, match="33×33×1"):
        found.anomaly_map(np.zeros((10, 10), np.uint8))
    (tmp_path / "notes.txt").write_text("no image")
    with pytest.raises(DataError, match="not an image"):
        found.anomaly_map(tmp_path / "notes.txt")


def test_predict_prints_a_line_a_image_and_draws_where(run, texture, tmp_path, capfd):
    (tmp_path / "broken.png").write_bytes(b"nothing")
    write(tmp_path / "scratches", scratched(30, seed=2)[0][:6])
    inputs = [
        str(tmp_path / "scratches"),
        str(texture / "test" / "good" / "000.png"),
        str(tmp_path / "broken.png"),
    ]
    assert command_line(["predict", str(run.path), *inputs, "--json", "--anomaly-maps", str(tmp_path / "heat")]) == 2
    out, err = capfd.readouterr()
    lines = [json.loads(line) for line in out.splitlines()]
    assert len(lines) == 8
    assert set(lines[0]) == {"file", "alarm", "score", "p_value"}
    assert sum(line["alarm"] for line in lines[:6]) >= 3
    assert lines[7]["alarm"] is None
    assert "text" in lines[7]["skipped"]
    assert err.splitlines()[-1].startswith("Error: 1 of 8 files could not be read")
    drawn = {path.name for path in (tmp_path / "heat").iterdir()}
    assert drawn == {"good-000.png", *(f"scratches-{number:03d}.png" for number in range(6))}


def test_predict_without_heat_maps_says_the_same(run, texture, capfd):
    image = str(texture / "test" / "scratch" / "000.png")
    assert command_line(["predict", str(run.path), image, "--csv"]) == 0
    header, line = capfd.readouterr().out.splitlines()
    assert header == "file,alarm,score,p_value"
    anomaly_map = Locator(run).locate(image)
    assert float(line.split(",")[2]) == pytest.approx(anomaly_map.verdict.score, rel=1e-4)


def test_heat_maps_need_a_calibration_part(texture, tmp_path):
    recipe = recipes.read("image-autoencoder", data=str(texture), steps=3, calibration=0)
    recipe, images = base.prepare(recipe, quiet=True)
    bare = training.train(recipe, images, folder=tmp_path / "run")
    assert bare.load(AnomalyMapScale) is None
    with pytest.raises(RunError, match="no threshold"):
        Locator(Run.open(bare.path))


def test_a_long_name_is_cut_in_the_drawing(maps):
    found = maps[0][0]
    figure = anomaly_maps.draw(type(found)(**{**vars(found), "name": "x" * 200 + ".png"}))
    assert "…" in figure.get_suptitle()


@pytest.mark.parametrize(
    ("images", "drifted", "words"),
    [
        (lambda: textures(150, seed=11), False, "none of"),
        (lambda: textures(150, seed=12) // 2, True, "'brightness' drifted"),
        (lambda: textures(5, seed=13), False, "too few"),
    ],
    ids=["alike", "darker", "few"],
)
def test_new_images_are_compared_with_those_of_the_training(run, tmp_path, images, drifted, words):
    write(tmp_path / "new", images())
    found = base.for_run(run).drift(run, tmp_path / "new")
    assert found.drifted == drifted
    assert words in found.to_text()
    assert "row" not in found.verdict


def test_a_folder_without_images_cannot_be_compared(run, tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(DataError):
        base.for_run(run).drift(run, tmp_path)


def test_one_image_is_inspected_beside_its_copy(run, texture, tmp_path, capfd):
    image = texture / "test" / "scratch" / "000.png"
    assert command_line(["inspect", str(run.path), str(image), "--to", str(tmp_path)]) == 0
    page = (tmp_path / "index.html").read_text()
    assert "alarm" in page and "The largest error is at row" in page and "encode_1_convolution" in page


def test_the_network_is_inspected_over_its_calibration_images(run, tmp_path, capfd):
    assert command_line(["inspect", str(run.path), "--to", str(tmp_path)]) == 0
    page = (tmp_path / "index.html").read_text()
    assert "The normal images with the highest scores" in page and "threshold" in page


def test_an_image_of_the_sealed_test_is_not_inspected(run, capfd):
    name = next(name for name, split in run.split.items() if split == "test")
    assert command_line(["inspect", str(run.path), name]) == 2
    assert "stays sealed" in capfd.readouterr().err
