import json
import re

import numpy as np
import pytest

from saccade import api
from saccade.core.backend import keras
from saccade.core.errors import RunError
from saccade.inspection import overview_page
from saccade.inspection.overview_page import render_overview, write_overview_page
from saccade.inspection.overviewing import overview, overview_of_run

pytestmark = pytest.mark.heavy

layers = keras.layers
CLASSES = ("dark <b>", "bright", "striped")


def made_images(count=90, channels=1):
    random = np.random.default_rng(0)
    labels = np.arange(count) % 3
    images = random.integers(0, 60, (count, 12, 12, channels))
    images[labels == 1] += 150
    images[labels == 2, ::2] += 150
    return images.astype(np.uint8), labels


def network(channels=1):
    keras.utils.set_random_seed(0)
    splits = [
        layers.Rescaling(1 / 255),
        layers.Conv2D(30, 3, activation="relu", name="conv"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(3, activation="softmax", name="answer"),
    ]
    return keras.Sequential([keras.Input((12, 12, channels)), *splits], name="small")


@pytest.fixture(scope="module")
def found():
    images, labels = made_images()
    return overview(network(), images, labels, CLASSES, names=np.array([f"</script>{row}.png" for row in range(90)]))


@pytest.fixture(scope="module")
def page(found, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "overview.html"
    write_overview_page(found, path)
    return path


def embedded(text):
    return json.loads(re.search(r'id="pool">(.*?)</script>', text, re.DOTALL)[1])


def loneliest(features):
    """Return the row of the point on which nothing else lies."""
    others = np.concatenate([features.points, features.means])
    distances = np.linalg.norm(features.points[:, None] - others, axis=2)
    np.fill_diagonal(distances, np.inf)
    return int(distances.min(axis=1).argmax())


def test_a_tap_on_a_point_shows_its_image_name_label_and_answer(page, found, look_at):
    browser = look_at(page)
    row = loneliest(found.features)
    browser.find_element("css selector", f'#plot circle[data-row="{row}"]').click()
    shown = browser.find_element("id", "shown")
    assert f"</script>{row}.png" in shown.text
    assert found.classes[found.images.labels[row]] in shown.text
    assert f"answered {found.classes[found.answers[row]]}" in shown.text
    image = shown.find_element("tag name", "img")
    assert image.get_property("naturalWidth") == 12
    assert image.get_attribute("src") == embedded(page.read_text("utf-8"))[str(row)]["source"]


def test_a_tap_on_a_class_shows_the_images_nearest_to_its_mean(page, found, look_at):
    browser = look_at(page, width=390, dark=True)
    browser.find_element("css selector", 'button[data-mean="2"]').click()
    shown = browser.find_element("id", "shown")
    assert "striped" in shown.text
    images = shown.find_elements("tag name", "img")
    assert len(images) == len(found.features.nearest[2])
    images[0].click()
    assert f"</script>{found.features.nearest[2][0]}.png" in shown.text
    assert len(browser.find_elements("css selector", "#plot circle.on")) == 30


def test_choosing_a_layer_shows_its_channels_with_their_images(page, look_at):
    browser = look_at(page)
    visible = "return [...document.querySelectorAll('.gallery:not([hidden]) .card img')].length"
    assert browser.execute_script(visible) >= 24 * 9
    browser.find_element("css selector", '#layer option[value="1"]').click()
    assert browser.execute_script(visible) == 3 * 9


def test_what_a_channel_saw_is_framed_and_a_tap_enlarges_it(page, found, look_at):
    browser = look_at(page)
    shown = browser.find_element("css selector", ".gallery:not([hidden]) figure")
    frame = shown.find_element("tag name", "span").rect
    assert frame["width"] == pytest.approx(shown.rect["width"] * 3 / 12, abs=0.6)  # a 3×3 kernel on 12×12 images
    small = shown.rect["width"]
    shown.click()
    assert shown.rect["width"] == 3 * small
    beside = browser.find_elements("css selector", ".gallery:not([hidden]) figure")[1]
    assert beside.rect["height"] == small  # and its frame stays where it was


def test_the_frame_is_where_the_channel_was_strongest(found):
    conv, images = found.layers["conv"], found.images.images
    channel = int(conv.statistics.std.argmax())
    top, left, bottom, right = conv.box(channel, 0, (12, 12))
    assert (bottom - top, right - left) == (3, 3)
    kernel, bias = (np.asarray(weight) for weight in network().get_layer("conv").weights)
    seen = images[conv.statistics.strongest[channel, 0], top:bottom, left:right] / 255
    value = (seen * kernel[..., channel]).sum() + bias[channel]
    assert value == pytest.approx(conv.statistics.high[channel], abs=1e-5)


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out_of_the_page(page, look_at, width):
    browser = look_at(page, width=width)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def test_names_of_classes_and_files_are_text_and_no_markup(page):
    text = page.read_text("utf-8")
    assert "dark <b>" not in text
    assert "</script>7.png" not in text
    assert embedded(text)["7"]["name"] == "</script>7.png"


def test_channels_that_are_not_shown_are_counted(page, found):
    text = page.read_text("utf-8")
    cards = text.count('<div class="card">') - 3
    assert 24 <= cards < 30
    left_out = 30 - cards - len(found.layers["conv"].dead)
    assert f"{left_out} more work but are not shown" in text


def test_a_page_stays_small_by_leaving_out_images_and_says_how_many(found, monkeypatch):
    whole = render_overview(found)
    monkeypatch.setattr(overview_page, "MOST_BYTES", 3000)
    small = render_overview(found)
    lacking = [known for known in embedded(small).values() if not known["source"]]
    assert f"{len(lacking)} images are left out" in small
    assert "images are left out" not in whole


def test_a_network_to_which_all_images_are_alike_has_a_page(tmp_path, look_at):
    images, labels = made_images(30)
    model = keras.Sequential([keras.Input((12, 12, 1)), layers.Conv2D(4, 3, activation="relu", name="conv")])
    model.add(layers.GlobalMaxPooling2D())
    model.add(layers.Dense(3))
    model.get_layer("conv").set_weights([np.zeros((3, 3, 1, 4)), np.full(4, -1.0)])
    write_overview_page(overview(model, images, labels, CLASSES), tmp_path / "dead.html")
    browser = look_at(tmp_path / "dead.html", width=390)
    text = browser.find_element("tag name", "body").text
    assert "conv: 4 of 4 channels never fire on 30 images" in text
    assert "half of its channels is enough" not in text
    assert browser.find_element("id", "plot").rect["height"] < 600


@pytest.mark.slow
def test_the_network_of_a_run_is_looked_over_on_validation_and_never_on_test(tmp_path):
    run = api.train("quick-digits", epochs=1, run=tmp_path / "run", quiet=True, check=False)
    found = overview_of_run(run, quiet=True)
    validation = [name for name, split in run.split.items() if split == "validation"]
    assert found.images.split == "validation"
    assert found.images.names.tolist() == validation
    assert not (run.path / "evaluation.json").exists()
    assert f"{len(validation)} validation images" in render_overview(found)
    few = overview_of_run(run, split="train", images=50, quiet=True)
    assert {run.split[name] for name in few.images.names.tolist()} == {"train"}
    with pytest.raises(RunError, match="the test split stays sealed"):
        overview_of_run(run, split="test", quiet=True)


def test_names_that_would_lie_on_each_other_are_left_to_the_legend():
    means = [
        {"class": 0, "name": "dark", "x": 10, "y": 10},
        {"class": 1, "name": "bright", "x": 12, "y": 11},
        {"class": 2, "name": "striped", "x": 12, "y": 20},
    ]
    assert overview_page._named_apart(means) == {0, 2}


@pytest.mark.parametrize(("are_ordered", "hues"), [(False, [0, 90, 180, 270]), (True, [0, 83, 167, 250])])
def test_groups_in_an_order_have_colours_that_do_not_come_round_again(are_ordered, hues):
    assert overview_page._hues(4, are_ordered=are_ordered) == hues
