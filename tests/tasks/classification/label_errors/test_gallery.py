import re
import time

import numpy as np
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from saccade.modalities.images import label_overrides
from saccade.modalities.images.dataset import Override
from saccade.tasks.classification.label_errors import page
from saccade.tasks.classification.label_errors.page import write_page


@pytest.fixture
def gallery(three, images, tmp_path):
    write_page(three, images, tmp_path / "gallery.html")
    return tmp_path / "gallery.html"


@pytest.fixture
def opened(look_at, gallery, tmp_path):
    """The gallery in a browser that saves into a folder of the test."""
    driver = look_at(gallery)
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    return driver


def decide(driver, card, button):
    driver.find_elements(By.CLASS_NAME, "card")[card].find_elements(By.TAG_NAME, "button")[button].click()


def save(driver, folder):
    driver.find_element(By.ID, "save").click()
    file = folder / "overrides.csv"
    WebDriverWait(driver, 10).until(lambda _: file.exists())
    time.sleep(0.1)  # written after it appears
    return label_overrides.read(file)


def test_the_gallery_needs_nothing_from_outside_and_escapes_names(gallery):
    text = gallery.read_text()
    assert not re.search(r"https?://|@import|<link", text)
    assert "<b>cow</b>" not in text
    assert text.count("data:image/png;base64,") == 3


def test_the_gallery_stays_small_and_says_how_many_it_shows(make_suspects, images, tmp_path, monkeypatch):
    many = make_suspects(np.tile([[0.1, 0.8, 0.1]], (250, 1)), np.zeros(250, int))
    monkeypatch.setattr(page, "BYTES", 20_000)
    write_page(many, images, tmp_path / "few.html")
    text = (tmp_path / "few.html").read_text()
    shown = text.count("data:image/png")
    assert 10 < shown < 250
    assert f"Below are the {shown} most suspicious of 250 images" in text


def test_what_a_person_decides_is_saved_as_overrides(opened, tmp_path):
    decide(opened, 0, 0)
    decide(opened, 1, 2)
    decide(opened, 2, 1)
    assert opened.find_element(By.ID, "count").text == "3 of 3 decided: 1 corrected, 1 left out, 1 right"
    assert save(opened, tmp_path) == (Override('cat/"0",.png', "cat", "dog"), Override('dog/"1",.png', "dog", ""))


def test_a_decision_is_taken_back_by_the_same_button_and_another_class_can_be_chosen(opened, tmp_path):
    assert not opened.find_element(By.ID, "save").is_enabled()
    decide(opened, 0, 0)
    decide(opened, 0, 0)
    assert opened.find_element(By.ID, "count").text.startswith("0 of 3 decided")
    other = opened.find_elements(By.TAG_NAME, "select")[0]
    other.click()
    Select(other).select_by_visible_text("<b>cow</b>")
    assert save(opened, tmp_path) == (Override('cat/"0",.png', "cat", "<b>cow</b>"),)


def test_the_keyboard_is_enough(opened, tmp_path):
    for key in ("j", "1", "3", "2", "k", "3"):  # the third key takes the second image, the last takes that back
        opened.switch_to.active_element.send_keys(key)
    assert opened.find_element(By.ID, "count").text == "2 of 3 decided: 1 corrected, 0 left out, 1 right"
    opened.switch_to.active_element.send_keys("4")
    assert opened.switch_to.active_element.tag_name == "select"
    opened.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    assert "1 corrected, 0 left out, 1 right" not in opened.find_element(By.ID, "count").text
    assert len(save(opened, tmp_path)) == 2


def test_corrections_of_before_are_saved_too(make_suspects, images, look_at, tmp_path):
    before = [("far.png", "dog", ""), ('dog/"0",.png', "cat", "dog")]
    suspects = make_suspects([[0.9, 0.1, 0], [0.7, 0.2, 0.1]], [1, 1], overrides=before)
    write_page(suspects, images, tmp_path / "again.html")
    driver = look_at(tmp_path / "again.html")
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    decide(driver, 0, 0)  # it is a cat, as it was at first
    decide(driver, 1, 0)
    assert save(driver, tmp_path) == (Override("far.png", "dog", ""), Override('dog/"1",.png', "dog", "cat"))


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_screen(look_at, gallery, width):
    driver = look_at(gallery, width=width, dark=True)
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width
