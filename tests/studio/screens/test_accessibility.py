"""No page of the studio has a serious violation that axe-core finds, in light and in the dark, wide and on a phone."""

import hashlib
import json
from pathlib import Path

import pytest

from saccade import report

pytestmark = [pytest.mark.heavy, pytest.mark.slow]

VENDOR = Path(__file__).with_name("vendor")

PAGES = (
    "/",
    "/train",
    "/train/new",
    "/searches",
    "/searches/new",
    "/compare",
    "/compare?run=first&run=second",
    "/runs/first",
    "/runs/first?split=test",
    "/runs/first/try",
    "/runs/first/ship",
    "/runs/first/browser",
    "/runs/nothing",
)

LOOKS = """
return ["body", ".card", ".card h2", ".brand"].map((each) => {
  const style = getComputedStyle(document.querySelector(each));
  return ["color", "backgroundColor", "fontFamily", "fontSize", "borderRadius", "boxShadow"].map((name) => style[name]);
});
"""
"""JavaScript: what makes a page one of ours."""


def test_what_is_vendored_for_the_tests_is_what_it_should_be():
    record = json.loads((VENDOR / "vendor.json").read_text(encoding="utf-8"))
    for name, digest in record["axe-core"]["files"].items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_page_has_a_serious_violation(browse, dark, violations):
    driver, address, _ = browse
    driver.execute_script("document.body.append(document.createElement('button'))")
    assert any("button-name" in each for each in violations(driver))  # it does find what is wrong
    wrong = []
    for width in (1280, 390):
        phone = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
        for page in PAGES:
            driver.get(f"{address}{page}")
            wide = driver.execute_script("return document.documentElement.scrollWidth")
            wrong += [f"{page} at {width}: is {wide} wide"] if wide > width else []
            wrong += [f"{page} at {width}: {each}" for each in violations(driver)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("dark", "width"), [(False, 1280), (True, 390)], ids=["light", "dark-phone"])
def test_a_report_is_a_page_like_the_others(browse, dark, width, violations):
    driver, address, studio = browse
    report.report(studio.run("first"), quiet=True)
    phone = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
    looks = []
    for page in ("/runs/first/report.html", "/runs/first"):
        driver.get(f"{address}{page}")
        assert driver.execute_script("return document.documentElement.scrollWidth") <= width
        assert not violations(driver)
        looks.append(driver.execute_script(LOOKS))
    assert looks[0] == looks[1]
