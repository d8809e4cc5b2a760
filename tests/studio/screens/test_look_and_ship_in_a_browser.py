"""A person looks at a finished run in a real browser: a cell, an image, a drawing, an export and its parity."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

pytestmark = [pytest.mark.heavy, pytest.mark.slow]

PATIENCE = 300


def wait_for(driver, selector):
    return WebDriverWait(driver, PATIENCE).until(
        lambda found: found.find_element(By.CSS_SELECTOR, selector), message=selector
    )


def draw(driver, canvas):
    """Draw a stroke downwards with the mouse, as a 1."""
    moves = ActionChains(driver).move_to_element_with_offset(canvas, 0, -60).click_and_hold()
    for _ in range(6):
        moves = moves.move_by_offset(0, 20)
    moves.release().perform()


def test_a_run_is_looked_at_tried_and_shipped(browse, complaints):
    driver, address, _ = browse
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    )
    driver.get(f"{address}/runs/second")
    wait_for(driver, ".matrix").find_element(By.CSS_SELECTOR, "a[data-group]").click()
    tile = wait_for(driver, ".tile a.inner")
    assert driver.find_element(By.CSS_SELECTOR, "#group-title").text
    tile.click()
    frame = wait_for(driver, "iframe.document")
    driver.switch_to.frame(frame)
    assert "on its way through the network" in wait_for(driver, "body").text
    driver.switch_to.default_content()

    driver.get(f"{address}/runs/second/ship")
    wait_for(driver, "#export button.main").click()
    row = wait_for(driver, "#export tbody tr")
    assert "model.onnx" in row.text and "allowed" in row.text and "validation images" in row.text

    driver.get(f"{address}/runs/second/try")
    driver.switch_to.frame(wait_for(driver, "iframe.try"))
    draw(driver, wait_for(driver, "#canvas"))
    answer = wait_for(driver, "#answers article h3")
    assert answer.text.partition(" ·")[0] in {*"0123456789"} or "none of these" in answer.text
    assert len(driver.find_elements(By.CSS_SELECTOR, ".chances li")) == 10
    driver.switch_to.default_content()
    found = complaints(driver)
    assert not found, "\n".join(found)
