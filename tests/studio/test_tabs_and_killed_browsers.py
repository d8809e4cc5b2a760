"""Two tabs at once agree, and a browser that is killed takes nothing with it."""

import contextlib
import os
import shutil
import signal

import numpy as np
import psutil
import pytest
from PIL import Image
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from saccade.modalities.images.label_file import LabelFile
from saccade.studio.app import make_app
from saccade.studio.job import ENDED, FINISHED

pytestmark = [pytest.mark.heavy, pytest.mark.slow]

PATIENCE = 300
"""Seconds: the machine may be busy."""


@pytest.fixture
def photos(tmp_path):
    """Give a folder of twelve photos without labels."""
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(12):
        pixels = rng.integers(0, 255, (6, 8, 3), np.uint8)
        Image.fromarray(pixels).resize((80, 60), Image.Resampling.BICUBIC).save(folder / f"{number:02}.jpg")
    return folder


@pytest.fixture
def address(context, running):
    with running(make_app(context)) as found:
        context.jobs.keep_beginning()
        yield found


@pytest.fixture
def two_tabs(chromium, context, address):
    """Give a browser with two tabs in the studio; `tabs(0)` goes to the first."""
    chromium.get(f"{address}/?token={context.token}")
    first = chromium.current_window_handle
    chromium.switch_to.new_window("tab")
    handles = [first, chromium.current_window_handle]
    yield lambda at: chromium.switch_to.window(handles[at])
    chromium.switch_to.window(handles[1])
    chromium.close()
    chromium.switch_to.window(first)
    chromium.get("about:blank")


def until(driver, condition, what=""):
    wait = WebDriverWait(driver, PATIENCE, ignored_exceptions=[WebDriverException, IndexError])
    return wait.until(lambda _: condition(), message=what)


def one(driver, selector):
    return until(driver, lambda: driver.find_elements(By.CSS_SELECTOR, selector)[0], selector)


def label_page(driver, address, photos):
    """Open the page on which photos are labelled, and return its address."""
    driver.get(f"{address}/label/at?path={photos.name}")
    with contextlib.suppress(IndexError):
        driver.find_elements(By.CSS_SELECTOR, "form button.main")[0].click()
    one(driver, "#label[data-ready]")
    return driver.current_url


def cell(driver):
    """Return what is said of the photo at hand: "03.jpg, cat, …"."""
    return one(driver, "#grid-cell").get_attribute("textContent")


def photo_at(driver, row):
    """Return what is said of a photo by its place in the folder, whatever is shown first."""
    return driver.execute_script("return document.querySelector('#grid').grid.describe(arguments[0])", row)


def test_two_tabs_label_the_same_photos_and_agree(chromium, context, address, photos, two_tabs):
    two_tabs(0)
    page = label_page(chromium, address, photos)
    two_tabs(1)
    chromium.get(page)
    one(chromium, "#label[data-ready]")

    two_tabs(0)
    photo = cell(chromium).partition(",")[0]
    one(chromium, "#class-name").send_keys("cat", Keys.ENTER)
    file = LabelFile.beside(photos)
    until(chromium, lambda: file.read().last.get(photo) == "cat")

    two_tabs(1)
    until(chromium, lambda: "cat" in photo_at(chromium, int(photo[:2])), "the label of the other tab")
    one(chromium, "#view option[value=all]").click()
    one(chromium, "#text").send_keys(photo)
    until(chromium, lambda: cell(chromium).startswith(photo))
    one(chromium, "#class-name").send_keys("dog", Keys.ENTER)  # the newest word counts
    until(chromium, lambda: file.read().last.get(photo) == "dog")

    two_tabs(0)
    until(chromium, lambda: "dog" in photo_at(chromium, int(photo[:2])), "the newer label of the other tab")
    assert [word.label for word in file.read().words] == ["cat", "dog"]


def test_a_run_that_is_removed_in_one_tab_is_gone_in_the_other(chromium, address, make_run, two_tabs):
    for name in ("quick-1", "quick-2"):
        make_run(name)
    for tab in (0, 1):
        two_tabs(tab)
        chromium.get(f"{address}/")
        one(chromium, 'tr[data-run="quick-2"]')
    one(chromium, "#choose-quick-1").click()
    one(chromium, "#remove").click()
    two_tabs(0)
    until(chromium, lambda: not chromium.find_elements(By.CSS_SELECTOR, 'tr[data-run="quick-1"]'), "it is gone")
    assert chromium.find_elements(By.CSS_SELECTOR, 'tr[data-run="quick-2"]')


@pytest.fixture
def other(tmp_path):
    """Give a browser of its own, for being killed."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome")
    quiet = ("quic", "background-networking", "component-update", "sync", "gpu", "dev-shm-usage")
    for flag in ("headless", "no-sandbox", "no-first-run", *(f"disable-{name}" for name in quiet)):
        options.add_argument(f"--{flag}")
    options.add_argument(f"--user-data-dir={tmp_path / 'profile'}")
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    yield driver
    with contextlib.suppress(psutil.Error):  # it was, unless the test failed before
        kill(driver)


def kill(driver):
    """Kill a browser with all its processes, as `kill -9` does, and its driver."""
    service = psutil.Process(driver.service.process.pid)
    for process in [*service.children(recursive=True), service]:
        with contextlib.suppress(psutil.Error):
            os.kill(process.pid, signal.SIGKILL)
    driver.service.process.wait()


def test_a_browser_that_is_killed_loses_no_label_and_ends_no_training(chromium, context, address, photos, other):
    other.get(f"{address}/?token={context.token}")
    page = label_page(other, address, photos)
    photo = cell(other).partition(",")[0]
    one(other, "#class-name").send_keys("cat", Keys.ENTER)
    until(other, lambda: LabelFile.beside(photos).read().last.get(photo) == "cat")
    other.get(f"{address}/train/new?data=digits&set:epochs=2&set:model=dense&set:name=alone")
    one(other, "#start").click()
    until(other, lambda: context.jobs.all(kind="train"))
    kill(other)

    chromium.get(f"{address}/?token={context.token}")
    chromium.get(page)
    one(chromium, "#label[data-ready]")
    assert "cat" in photo_at(chromium, int(photo[:2]))
    (job,) = context.jobs.all(kind="train")
    chromium.get(f"{address}/train/{job.name}")
    until(chromium, lambda: job.state in ENDED, "the training ends")
    assert job.state == FINISHED, job.errors
    until(chromium, lambda: "finished" in one(chromium, "#part").get_attribute("data-state"))
    chromium.get("about:blank")
