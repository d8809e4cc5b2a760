"""The studio as a person uses it, in a real browser."""

import contextlib
import os
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from PIL import Image
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from saccade.core.live_pictures import LivePictures
from saccade.core.run import Run
from saccade.inspection.picture_sheets import picture
from saccade.studio.app import make_app

pytestmark = pytest.mark.slow
TOKEN = "a-token-of-the-tests"  # see conftest.py


@pytest.fixture
def browser(chromium, complaints, context, running):
    """Give a browser that has entered; an error of a script, or what the policy forbids, fails the test."""
    with running(make_app(context)) as address:
        context.jobs.keep_beginning()
        chromium.get(f"{address}/?token={TOKEN}")
        yield chromium
        found = complaints(chromium)
        chromium.get("about:blank")
    assert not found, "\n".join(found)


def until(browser, condition: Callable[[], object], seconds=30):
    return WebDriverWait(browser, seconds, ignored_exceptions=[StaleElementReferenceException, IndexError]).until(
        lambda _: condition()
    )


def all_of(browser, selector):
    return browser.find_elements(By.CSS_SELECTOR, selector)


def one(browser, selector):
    return all_of(browser, selector)[0]


def words(browser, selector="main"):
    with contextlib.suppress(StaleElementReferenceException, IndexError):
        return one(browser, selector).text
    return ""


def test_runs_are_chosen_removed_and_put_back(browser, make_run):
    for name in ("quick-1", "quick-2", "lenet-1"):
        make_run(name)
    browser.refresh()
    until(browser, lambda: len(all_of(browser, "tr[data-run]")) == 3)
    one(browser, "#choose-quick-1").click()
    assert words(browser, "#chosen .count") == "1 run chosen"
    one(browser, "#text").send_keys("lenet")
    until(browser, lambda: len(all_of(browser, "tr[data-run]")) == 1)
    assert "1 not in this list" in words(browser, "#chosen .count")  # it stays chosen
    assert browser.current_url.endswith("?text=lenet")
    browser.find_element(By.ID, "text").clear()
    browser.find_element(By.ID, "text").send_keys(" ")
    until(browser, lambda: len(all_of(browser, "tr[data-run]")) == 3)
    until(browser, lambda: one(browser, "#choose-quick-1").is_selected())
    one(browser, "#remove").click()
    until(browser, lambda: len(all_of(browser, "tr[data-run]")) == 2)
    until(browser, lambda: words(browser, "#toast .said") == "Removed quick-1.")
    one(browser, "#toast button").click()
    until(browser, lambda: len(all_of(browser, "tr[data-run]")) == 3)


def test_two_to_five_chosen_runs_can_be_compared(browser, make_run):
    for number in range(6):
        make_run(f"quick-{number}")
    browser.refresh()
    until(browser, lambda: len(all_of(browser, "tr[data-run]")) == 6)
    if not all_of(browser, "#compare"):
        pytest.skip("this studio has no screen that compares")
    addresses = []
    for number in range(6):
        choice = one(browser, f"#choose-quick-{number}")
        browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", choice)  # not below the bar
        choice.click()
        addresses.append(one(browser, "#compare").get_attribute("href"))
    assert addresses[0] is None
    assert addresses[1].endswith("/compare?run=quick-0&run=quick-1")
    assert all(addresses[1:5])
    assert addresses[5] is None


def test_a_heading_sorts_the_runs_it_keeps_the_focus_and_turns_them_when_pressed_again(browser, make_run):
    for name in ("b", "a", "c"):
        make_run(name)

    def names():
        return [row.get_attribute("data-run") for row in all_of(browser, "tr[data-run]")]

    browser.refresh()
    until(browser, lambda: len(names()) == 3)
    one(browser, "button[data-sort=name]").send_keys(Keys.ENTER)
    until(browser, lambda: names() == ["a", "b", "c"])
    until(browser, lambda: "sort=name" in browser.current_url)
    assert browser.switch_to.active_element == one(browser, "button[data-sort=name]")
    one(browser, "button[data-sort=name]").send_keys(Keys.ENTER)
    until(browser, lambda: names() == ["c", "b", "a"])


def test_a_run_that_the_command_line_makes_appears_and_what_is_looked_at_stays_the_same_element(browser, make_run):
    make_run("quick-1")
    browser.refresh()
    until(browser, lambda: all_of(browser, "tr[data-run]"))
    choice = one(browser, "#choose-quick-1")
    choice.click()
    make_run("quick-2")
    until(browser, lambda: len(all_of(browser, "tr[data-run]")) == 2)
    assert choice.is_selected()
    assert browser.switch_to.active_element == choice
    choice.click()
    assert not choice.is_selected()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", ["/", "/train", "/train/new", "/projects/removed"])
def test_no_page_is_wider_than_the_screen(browser, make_run, path, width):
    make_run("a-run-with-a-name-that-is-rather-long-1")
    phone = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    browser.get(browser.current_url.rstrip("/") + path)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_training_is_started_watched_and_found_among_the_projects(browser):
    one(browser, 'nav a[href="/train"]').click()
    one(browser, 'main a[href="/train/new"]').click()
    one(browser, "#field-data").send_keys("digits")
    one(browser, "h1").click()  # leaving the field asks for the settings that fit
    until(browser, lambda: "quick-digits" in words(browser, "#help-task"))
    for name, text in (("epochs", "2"), ("model", "dense")):
        browser.find_element(By.NAME, f"set:{name}").send_keys(text)
    assert words(browser, "#line") == "saccade train digits epochs=2 model=dense"
    one(browser, "#start").click()
    until(browser, lambda: "finished" in words(browser, "#part .pill"), 180)
    until(browser, lambda: len(all_of(browser, "#curves .uplot")) == 2)
    assert "Validation accuracy" in words(browser, "#part")
    assert "saccade train digits epochs=2 model=dense" in words(browser)
    one(browser, "nav a").click()
    until(browser, lambda: "quick-digits-1" in words(browser, "#rows"))


def test_the_form_says_what_a_training_will_do_as_its_settings_change(browser, make_images):
    make_images({"cat": 6, "dog": 6}, size=(90, 80))
    browser.get(browser.current_url.partition("?")[0] + "train/new?data=photos")
    until(browser, lambda: "12 photos: a linear layer" in words(browser, "#outlook"), 180)
    assert one(browser, "#start").is_enabled() and one(browser, "#field-data").get_attribute("value") == "photos"
    Select(browser.find_element(By.NAME, "set:pretrained")).select_by_visible_text("false")
    until(browser, lambda: not words(browser, "#outlook"))


def test_pictures_of_a_training_change_in_place(browser, make_run):
    folder = make_run("quick-1", status="running", pid=os.getpid(), updated=datetime.now(UTC).isoformat())
    run = Run(folder)
    browser.get(browser.current_url.partition("?")[0] + "runs/quick-1/live")
    until(browser, lambda: words(browser, "#pictures .said").startswith("The first pictures come"))
    until(browser, lambda: run.is_asked_for_pictures)
    run.save(_pictures("after epoch 1", "red"))
    until(browser, lambda: words(browser, "#pictures .moment") == "after epoch 1")
    until(browser, lambda: _is_loaded(browser))
    height = one(browser, "#pictures").rect["height"]
    before = one(browser, ".live img").get_attribute("src")
    run.save(_pictures("after epoch 2", "blue"))
    until(browser, lambda: one(browser, ".live img").get_attribute("src") != before)
    assert words(browser, "#pictures .moment") == "after epoch 2"
    assert one(browser, ".live img").get_attribute("alt") == "a blue square"
    assert _is_loaded(browser) and one(browser, "#pictures").rect["height"] == height  # nothing jumps


def _pictures(moment, colour):
    drawn = picture(Image.new("RGB", (60, 40), colour), title="A", caption="What it is.", alt=f"a {colour} square")
    return LivePictures(moment, (drawn,))


def _is_loaded(browser):
    return browser.execute_script("return [...document.querySelectorAll('.live img')].every(each => each.naturalWidth)")
