import re

import numpy as np
import pytest
from PIL import Image

import saccade
from saccade.cli import run

pytestmark = pytest.mark.heavy

SETTINGS = ["epochs=1", "model=convnet", "model.layers=[{conv: 4}, flatten]", "optimizer=adam"]


@pytest.fixture(scope="module")
def trained(run_once):
    def train(folder):
        assert run(["train", "digits", *SETTINGS, "--run", str(folder / "run"), "--quiet"]) == 0

    return run_once("inspected-digits", train).path


def name_in_test(folder):
    return next(name for name, split in saccade.load(folder).split.items() if split == "test")


def test_a_image_of_the_data_is_inspected_by_its_name(trained, capfd):
    name = name_in_test(trained)
    assert run(["inspect", str(trained), name]) == 0
    page = trained / "inspect" / name.replace("/", "-") / "index.html"
    assert str(page) in capfd.readouterr().out
    text = page.read_text(encoding="utf-8")
    assert f"<h1>{name}</h1>" in text
    assert "the data say" in text
    assert 'data-kind="patches"' in text
    nearest = text[text.index('id="nearest"') : text.index('id="classes"')]
    shown = re.findall(r"<figcaption><b>(\d)</b><br>.*?; (\d+)</small>", nearest)
    split = saccade.load(trained).split
    assert [split[name] for _, name in shown] == ["train"] * 3
    assert not list(page.parent.glob("*.png"))


def test_a_file_of_any_size_is_seen_as_prediction_sees_it(trained, tmp_path):
    file = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)).save(file)
    assert run(["inspect", str(trained), str(file), "--to", str(tmp_path / "page"), "--png", "--class", "7"]) == 0
    assert (tmp_path / "page" / "01-conv_1.png").exists()
    loaded = saccade.load(trained)
    ((_, answer),) = loaded.predict_files([file])
    assert loaded.inspect(file).probabilities == pytest.approx(answer.probabilities, rel=1e-4, abs=1e-6)


def test_images_and_classes_are_compared(trained, tmp_path, capfd):
    names = list(saccade.load(trained).split)[:2]
    assert run(["inspect", str(trained), *names, "--to", str(tmp_path / "two")]) == 0
    assert run(["inspect", str(trained), "--class", "3", "--class", "8", "--to", str(tmp_path / "classes")]) == 0
    assert "What differs: 3 | 8" in (tmp_path / "classes" / "index.html").read_text(encoding="utf-8")


def test_one_number_of_a_layer_is_explained_and_can_be_stepped_through(trained, tmp_path, capfd):
    name = name_in_test(trained)
    at = ["--layer", "conv_1", "--at", "2,3", "--channel", "1", "--to", str(tmp_path)]
    assert run(["inspect", str(trained), name, *at]) == 0
    said = capfd.readouterr().out
    assert "row 2, column 3, channel 1" in said
    assert "products" in said
    assert 'class="stepper' in (tmp_path / "conv_1.html").read_text(encoding="utf-8")
    assert run(["inspect", str(trained), name, "--layer", "predictions", "--to", str(tmp_path)]) == 0
    assert not (tmp_path / "predictions.html").exists()
    assert run(["inspect", str(trained), name, "--layer", "conv_9"]) == 2
    assert "conv_1" in capfd.readouterr().err


def test_the_page_of_a_image_steps_through_its_layers(trained, tmp_path):
    assert run(["inspect", str(trained), name_in_test(trained), "--to", str(tmp_path)]) == 0
    assert "How each number comes about" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_without_a_image_the_network_is_looked_at_over_its_data(trained, capfd):
    assert run(["inspect", str(trained)]) == 0
    assert "conv_1" in capfd.readouterr().out
    assert (trained / "inspect" / "overview" / "index.html").stat().st_size > 10_000


@pytest.mark.slow
def test_without_its_data_a_run_is_inspected_without_patches(make_images, tmp_path):
    photos = make_images({"cat": 12, "dog": 12}, size=(12, 12))
    folder = tmp_path / "run"
    assert run(["train", str(photos), *SETTINGS, "--run", str(folder), "--quiet"]) == 0
    image = next(path for path in sorted(photos.rglob("*")) if path.is_file())
    kept = image.rename(tmp_path / image.name)
    photos.rename(tmp_path / "elsewhere")
    assert run(["inspect", str(folder), str(kept), "--to", str(tmp_path / "page")]) == 0
    text = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert text.count("The data of this run cannot be used") == 2  # in place of the nearest images, and of patches
    assert 'data-kind="patches"' not in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--class", "3"], "Name a second class"),
        (["--layer", "conv_1"], "are of one image"),
        (["a.png", "--at", "1,2"], "Say of which layer"),
        (["a.png", "--layer", "conv_1", "--at", "here"], "such as 5,7"),
        (["a.png", "b.png", "--class", "3"], "either images or classes"),
        (["no/such.png"], "neither a file"),
        (["--class", "3", "--class", "eleven"], "There is no class 'eleven'"),
    ],
)
def test_wrong_input_is_one_clear_message(trained, arguments, message, capfd):
    assert run(["inspect", str(trained), *arguments]) == 2
    captured = capfd.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err


def test_a_class_that_is_not_answered_suggests_the_nearest(trained, capfd):
    assert run(["inspect", str(trained), name_in_test(trained), "--class", "33"]) == 2
    assert "There is no class '33'" in capfd.readouterr().err


@pytest.mark.parametrize("option", [["--row", "3"], ["--json"]])
def test_options_for_tables_are_refused_of_a_run_of_images(trained, option, capfd):
    assert run(["inspect", str(trained), *option]) == 2
    assert f"{option[0]} is not for" in capfd.readouterr().err
