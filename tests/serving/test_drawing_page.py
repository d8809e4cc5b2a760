"""The page for people, in a real browser: images are chosen or drawn, and answers come with probabilities."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait


@pytest.fixture
def page(chromium, serve):
    """Give a function that opens the page of a service on a phone."""

    def look(**options):
        phone = {"width": 390, "height": 900, "deviceScaleFactor": 1, "mobile": True}
        chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
        chromium.get(str(serve(**options).base_url))
        return chromium

    yield look
    chromium.get("about:blank")
    chromium.get_log("browser")  # refusals stand there as errors; the next test's pages have none


def wait_for(page, text):
    status = page.find_element(By.ID, "status")
    WebDriverWait(page, 10).until(lambda _: text in status.text, message=f"status: {status.text}")


def test_chosen_images_are_answered_with_probabilities(page, png, tmp_path):
    for name, level in (("a", 255), ("<b>", 0)):
        (tmp_path / f"{name}.png").write_bytes(png(level))
    opened = page()
    opened.find_element(By.ID, "files").send_keys(f"{tmp_path / 'a.png'}\n{tmp_path / '<b>.png'}")
    wait_for(opened, "2 images answered")
    first, second = opened.find_elements(By.CSS_SELECTOR, "#answers article")
    assert first.text.split("\n") == ["bright · a.png", "bright", "1.000", "dark <b>", "0.000"]
    assert second.text.split("\n")[0] == "dark <b> · <b>.png"
    assert opened.execute_script("return document.documentElement.scrollWidth") <= 390


def test_what_is_no_image_is_said(page, tmp_path):
    (tmp_path / "a.png").write_text("hello")
    opened = page()
    opened.find_element(By.ID, "files").send_keys(str(tmp_path / "a.png"))
    wait_for(opened, "looks like text")


def test_a_image_is_drawn_by_pointer_or_by_keys(page):
    opened = page()
    canvas = opened.find_element(By.ID, "canvas")
    canvas.send_keys(Keys.ENTER)
    wait_for(opened, "dark <b>, probability 1.000")  # nothing is drawn yet
    ActionChains(opened, duration=20).move_to_element(canvas).click_and_hold().move_by_offset(
        60, 60
    ).release().perform()
    WebDriverWait(opened, 10).until(lambda _: "1.000" not in opened.find_element(By.ID, "status").text)
    opened.find_element(By.ID, "clear").click()
    canvas.send_keys(*[Keys.ARROW_LEFT] * 9, Keys.ENTER)
    wait_for(opened, "dark <b>, probability 0.9")


def test_the_token_is_asked_for(page, png, tmp_path):
    (tmp_path / "a.png").write_bytes(png())
    opened = page(token="correct-horse")
    opened.find_element(By.ID, "files").send_keys(str(tmp_path / "a.png"))
    wait_for(opened, "Send the token")
    opened.find_element(By.ID, "token").send_keys("correct-horse")
    opened.find_element(By.ID, "files").send_keys(str(tmp_path / "a.png"))
    wait_for(opened, "bright, probability 1.000")


def test_the_page_loads_nothing_from_anywhere(page):
    opened = page()
    loaded = opened.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert [name for name in loaded if not name.endswith("/favicon.ico")] == []
