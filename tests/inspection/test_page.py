import numpy as np
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

import saccade
from saccade import models
from saccade.core.backend import keras
from saccade.inspection import page, tiling
from saccade.inspection.image_input import from_array
from saccade.inspection.inspection import Examples, Inspection

pytestmark = pytest.mark.heavy

RANDOM = np.random.default_rng(3)


@pytest.fixture(scope="module")
def inspection():
    keras.utils.set_random_seed(1)
    images = RANDOM.integers(0, 256, (20, 16, 16, 1)).astype(np.uint8)
    options = {"layers": [{"conv": 6}, {"max_pool": 2}, {"conv": 70}, "flatten"]}
    network = models.build("convnet", (16, 16, 1), 3, options)
    return Inspection(
        network, from_array(images[0], (16, 16, 1)), classes=("a", "b", "c"), examples=Examples(images, np.arange(20))
    )


@pytest.fixture(scope="module")
def written(inspection, tmp_path_factory):
    return inspection.save(tmp_path_factory.mktemp("page"), png=False)


def said(browser):
    return browser.find_element(By.CSS_SELECTOR, "dialog output").text


def heading(browser):
    return browser.find_element(By.CSS_SELECTOR, "dialog h3").text


def open_tile(browser, number):
    tile = browser.find_elements(By.CSS_SELECTOR, "#layer-1 .tiles[data-kind=maps] .tile")[number]
    browser.execute_script("arguments[0].scrollIntoView()", tile)
    tile.click()
    WebDriverWait(browser, 10).until(lambda driver: driver.find_element(By.ID, "enlarged").is_displayed())


@pytest.mark.parametrize("width", [390, 1280])
def test_a_map_is_enlarged_and_the_number_under_the_pointer_is_that_of_keras(look_at, written, inspection, width):
    browser = look_at(written, width=width)
    open_tile(browser, 2)
    assert heading(browser).endswith("channel 2")
    canvas = browser.find_element(By.CSS_SELECTOR, "dialog canvas")
    for row, column in ((0, 0), (3, 9), (13, 13)):
        left = (column + 0.5) / 14 * canvas.size["width"] - canvas.size["width"] / 2
        down = (row + 0.5) / 14 * canvas.size["height"] - canvas.size["height"] / 2
        ActionChains(browser).move_to_element_with_offset(canvas, left, down).perform()
        place, _, value = said(browser).partition(": ")
        assert place == f"row {row}, column {column}"
        assert float(value) == pytest.approx(float(inspection.activations["conv_1"][0, row, column, 2]), rel=1e-5)


def test_the_keyboard_goes_to_the_next_channel_and_closes(look_at, written):
    browser = look_at(written)
    open_tile(browser, 0)
    for key, name in ((Keys.ARROW_RIGHT, "channel 1"), (Keys.ARROW_LEFT, "channel 0"), (Keys.ARROW_LEFT, "channel 5")):
        ActionChains(browser).send_keys(key).perform()
        WebDriverWait(browser, 10).until(lambda driver, name=name: heading(driver).endswith(name))
    ActionChains(browser).send_keys(Keys.ESCAPE).perform()
    assert not browser.find_element(By.ID, "enlarged").is_displayed()
    WebDriverWait(browser, 10).until(
        lambda driver: driver.switch_to.active_element.get_attribute("data-name") == "channel 5"
    )


def test_the_frame_shows_what_the_number_sees(look_at, written):
    browser = look_at(written)
    open_tile(browser, 0)
    canvas = browser.find_element(By.CSS_SELECTOR, "dialog canvas")
    ActionChains(browser).move_to_element_with_offset(canvas, -canvas.size["width"] / 2 + 2, 0).perform()
    frame = browser.find_element(By.CSS_SELECTOR, "dialog .field b")
    assert frame.value_of_css_property("display") != "none"
    style = frame.get_attribute("style")
    assert "left: 0%" in style
    assert "width: 18.75%" in style  # 3 of 16 pixels


def test_its_filter_and_what_excites_it_stand_beside_a_map(look_at, written):
    browser = look_at(written)
    open_tile(browser, 1)
    beside = browser.find_element(By.CSS_SELECTOR, "dialog .others")
    assert "Its filter" in beside.text
    assert len(beside.find_elements(By.TAG_NAME, "i")) == 2


def test_another_class_is_explained_when_chosen(look_at, written, inspection):
    browser = look_at(written)
    views = browser.find_elements(By.CSS_SELECTOR, ".views")
    assert [view.is_displayed() for view in views] == [True, False, False]
    Select(browser.find_element(By.ID, "class")).select_by_index(2)
    assert [view.is_displayed() for view in views] == [False, False, True]


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_cut_off_on_a_phone(look_at, written, dark):
    browser = look_at(written, width=390, dark=dark)
    assert browser.execute_script("return document.documentElement.scrollWidth") == 390


def test_many_channels_are_folded_until_asked_for(look_at, written):
    browser = look_at(written)
    tiles = browser.find_elements(By.CSS_SELECTOR, "#layer-3 .tiles[data-kind=maps] .tile")
    assert [len(tiles), sum(tile.is_displayed() for tile in tiles)] == [70, 64]
    browser.find_element(By.CSS_SELECTOR, "#layer-3 .unfold").click()
    assert all(tile.is_displayed() for tile in tiles)


def test_a_page_that_would_be_too_large_shows_the_most_active_channels_and_says_so(inspection, monkeypatch):
    whole = page.page(inspection)
    monkeypatch.setattr(page, "MOST_BYTES", int(0.8 * len(whole.encode())))
    monkeypatch.setattr(page, "NUMBERS", 8000)
    smaller = page.page(inspection)
    assert len(smaller.encode()) <= page.MOST_BYTES
    assert "most active of 70 channels" in smaller
    active = np.abs(inspection.activations["conv_2"][0]).mean(axis=(0, 1)).argmax()
    layer = smaller[smaller.index('id="layer-3"') :]
    assert f'data-name="channel {active}"' in layer


def test_numbers_of_large_pages_are_rounded_to_a_65535th_of_the_range(look_at, inspection, tmp_path, monkeypatch):
    monkeypatch.setattr(tiling, "EXACT_NUMBERS", 10)
    browser = look_at(inspection.save(tmp_path, png=False))
    open_tile(browser, 4)
    canvas = browser.find_element(By.CSS_SELECTOR, "dialog canvas")
    ActionChains(browser).move_to_element_with_offset(canvas, 1, 1).perform()
    values = inspection.activations["conv_1"]
    assert float(said(browser).partition(": ")[2]) == pytest.approx(
        float(values[0, 7, 7, 4]), abs=float(np.ptp(values)) / 65535
    )


def test_a_scale_starts_at_zero_or_lies_around_it():
    assert (tiling.scale_of(np.array([0.0, 1, 2])).low, tiling.scale_of(np.array([0.0, 1, 2])).high) == (0, 2)
    around = tiling.scale_of(np.array([-3.0, 1, 2]))
    assert (around.low, around.high) == (-3, 3)
    assert around.shades(np.array([-3.0, 0, 3])).tolist() == [0, 128, 255]
    assert tiling.scale_of(np.zeros(4)).shades(np.zeros(4)).tolist() == [0] * 4


def test_one_outlier_does_not_leave_all_others_in_the_dark():
    values = np.append(np.linspace(0, 1, 999), 100)
    scale = tiling.scale_of(values)
    assert scale.high < 1.1
    assert scale.largest == 100


def test_data_that_are_gone_are_said_to_be_missing():
    network = models.build("convnet", (16, 16, 1), 3, {"layers": [{"conv": 4}, "flatten"]})
    text = page.page(saccade.inspect(network, RANDOM.integers(0, 256, (16, 16, 1))))
    assert "No data were given" in text
    assert 'data-kind="patches"' not in text
