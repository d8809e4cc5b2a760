import numpy as np
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from saccade.core.backend import keras
from saccade.core.errors import DataError
from saccade.inspection.contrasting import Group, contrast
from saccade.inspection.image_input import from_array

pytestmark = pytest.mark.heavy

layers = keras.layers
RANDOM = np.random.default_rng(5)


def network():
    """Return a network with two channels: the brightness, and nothing but noise of the second input channel."""
    stack = [keras.Input((8, 8, 2)), layers.Conv2D(2, 1, name="maps"), layers.GlobalAveragePooling2D(name="means")]
    made = keras.Sequential([*stack, layers.Dense(2, activation="softmax", name="answer")])
    made.get_layer("maps").set_weights([np.eye(2).reshape(1, 1, 2, 2), np.zeros(2)])
    return made


def images(brightness, count):
    made = RANDOM.normal(0, 1, (count, 8, 8, 2))
    made[..., 0] += brightness
    return tuple(from_array(each, (8, 8, 2), name=f"{brightness}-{number}") for number, each in enumerate(made))


def test_the_channel_that_differs_between_two_groups_comes_first():
    found = contrast(network(), [Group("dark", images(0, 200)), Group("bright", images(3, 200))])
    maps = next(layer for layer in found.layers if layer.key == "maps")
    assert maps.best[0] == 0
    assert maps.effect[0] == pytest.approx(3 / (1 / 8), rel=0.3)  # the mean of 64 numbers varies by 1/8
    assert maps.effect[1] < 1
    np.testing.assert_allclose(maps.means[:, 0], [0, 3], atol=0.1)


def test_single_images_are_compared_by_the_spread_of_the_layer():
    first, second = (Group(str(level), images(level, 1)) for level in (0, 3))
    found = contrast(network(), [first, second])
    layer = found.layers[0]
    values = np.array([[0, 0], [3, 0]])
    assert layer.best[0] == 0
    assert layer.effect[0] == pytest.approx(3 / values.std(), rel=0.3)


def test_the_same_image_twice_does_not_differ(tmp_path):
    group = Group("same", images(1, 1))
    found = contrast(network(), [group, group])
    assert all(not len(layer.best) for layer in found.layers)
    assert "No channel differs." in found.save(tmp_path).read_text(encoding="utf-8")


def test_one_image_cannot_differ():
    with pytest.raises(DataError, match="at least two"):
        contrast(network(), [Group("one", images(0, 1))])


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_shows_the_groups_side_by_side(look_at, tmp_path, width):
    groups = [Group("dark <1>", images(0, 3)), Group("bright", images(3, 3)), Group("white", images(9, 3))]
    browser = look_at(contrast(network(), groups, classes=("a", "b")).save(tmp_path), width=width)
    page = browser.execute_script("return document.documentElement.scrollWidth")
    assert page <= width  # beside the place of a bar to scroll with
    tiles = browser.find_elements(By.CSS_SELECTOR, "#layer-0 .tile, article .tile")
    assert [tile.text.partition(":")[0] for tile in tiles[:3]] == [
        "channel 0, dark <1>",
        "channel 0, bright",
        "channel 0, white",
    ]
    assert len({tile.rect["y"] for tile in tiles[:3]}) == 1
    tiles[1].click()
    heading = browser.find_element(By.CSS_SELECTOR, "dialog h3")
    WebDriverWait(browser, 10).until(lambda _: "channel 0, bright" in (heading.get_attribute("textContent") or ""))
