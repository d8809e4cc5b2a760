"""Boxes by a person's mouse, fingers and keys: drawn, moved, undone, and a small detector trained on them."""

import json
import re

import numpy as np
import pytest
from PIL import Image
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.pointer_input import PointerInput
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from saccade.modalities.images.label_file import LabelFile
from saccade.studio.app import make_app

pytestmark = [pytest.mark.heavy, pytest.mark.slow]

HIGH, WIDE, SQUARE = 96, 128, 28
PHOTOS = 8
SETTINGS = {"epochs": "2", "image_size": "64", "test": "0.2"}


def squares():
    """Return the sides of the square of each photo, by its name."""
    rng = np.random.default_rng(3)
    places = [(int(rng.integers(8, WIDE - SQUARE - 8)), int(rng.integers(8, HIGH - SQUARE - 8))) for _ in range(PHOTOS)]
    return {f"{at}.png": (left, top, left + SQUARE, top + SQUARE) for at, (left, top) in enumerate(places)}


@pytest.fixture
def photos(tmp_path):
    folder, rng = tmp_path / "photos", np.random.default_rng(0)
    folder.mkdir()
    for name, (left, top, right, bottom) in squares().items():
        pixels = rng.integers(0, 60, (HIGH, WIDE, 3), dtype=np.uint8)
        pixels[top:bottom, left:right] = (230, 200, 40)
        Image.fromarray(pixels).save(folder / name)
    return folder


class Person:
    """Somebody who draws boxes."""

    def __init__(self, driver, address, photos):
        self.driver, self.address = driver, address
        self.file = LabelFile.beside(photos, kind="boxes")

    def all_of(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def until(self, condition, seconds=60):
        wait = WebDriverWait(self.driver, seconds, ignored_exceptions=[StaleElementReferenceException, IndexError])
        return wait.until(lambda _: condition())

    def open(self):
        self.driver.get(f"{self.address}/label")
        self.all_of("input[name=path]")[0].send_keys("photos")
        self.all_of("input[value=boxes]")[0].click()
        self.all_of("form button.main")[0].click()
        self.until(lambda: self.all_of("#boxes[data-ready]"))

    @property
    def photo(self):
        return self.all_of(".box-stage img")[0].get_attribute("alt")

    def place(self, x, y):
        """Return where on the page a point of the photo is."""
        area = self.driver.execute_script(
            "const area = document.querySelector('.box-stage').getBoundingClientRect();"
            "return [area.left, area.top, area.width, area.height]"
        )
        return round(area[0] + x / WIDE * area[2]), round(area[1] + y / HIGH * area[3])

    def drag(self, start, end, *, kind="mouse"):
        actions = ActionBuilder(self.driver, mouse=PointerInput(kind, kind), duration=20)
        pointer = actions.pointer_action
        pointer.move_to_location(*self.place(*start)).pointer_down()
        pointer.move_to_location(*self.place(*end)).pointer_up()
        actions.perform()

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def name(self, label):
        """Give the first box a class, once the page asks for one."""
        self.until(lambda: self.driver.switch_to.active_element.get_attribute("id") == "class-name")
        self.press(label, Keys.ENTER)

    def with_key(self, held, *keys):
        ActionChains(self.driver).key_down(held).send_keys(*keys).key_up(held).perform()

    def boxes(self):
        """Return the last word on each photo, rounded to whole pixels."""
        return {
            path: word.boxes if word.boxes is None else [(each.label, *map(round, each.sides)) for each in word.boxes]
            for path, word in self.file.read().last_words.items()
        }

    def has(self, photo, *boxes, near=1):
        """Wait until exactly these boxes are on the disk, each side as near as that."""

        def same():
            found = self.boxes().get(photo)
            if found is None or len(found) != len(boxes):
                return False
            pairs = zip(found, boxes, strict=True)
            return all(
                one[0] == other[0] and max(abs(a - b) for a, b in zip(one[1:], other[1:], strict=True)) <= near
                for one, other in pairs
            )

        self.until(same)

    def go_on(self, key=Keys.ENTER):
        before = self.photo
        self.press(key)
        self.until(lambda: self.photo != before)


@pytest.fixture
def person(chromium, complaints, context, running, photos):
    with running(make_app(context)) as address:
        context.jobs.keep_beginning()
        screen = {"width": 1280, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
        chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        chromium.get(f"{address}/?token={context.token}")
        chromium.get_log("browser")  # of what other tests looked at
        made = Person(chromium, address, photos)
        made.open()
        yield made
        found = complaints(chromium)
        chromium.get("about:blank")
    assert not found, "\n".join(found)


def test_a_box_is_drawn_named_moved_resized_and_all_of_it_undone(person):
    photo = person.photo
    person.drag((20, 20), (60, 50))
    assert not person.boxes()  # it has no class yet
    person.name("cat")
    person.has(photo, ("cat", 20, 20, 60, 50))
    person.drag((40, 35), (50, 45))  # it is chosen: it moves along
    person.has(photo, ("cat", 30, 30, 70, 60))
    person.drag((70, 60), (90, 70))  # its corner
    person.has(photo, ("cat", 30, 30, 90, 70))
    person.drag((60, 50), (127, 50))  # not beyond the photo
    person.has(photo, ("cat", 68, 30, 128, 70))
    for sides in ((30, 30, 90, 70), (30, 30, 70, 60), (20, 20, 60, 50)):
        person.with_key(Keys.CONTROL, "z")
        person.has(photo, ("cat", *sides))
    person.with_key(Keys.CONTROL, "z")
    person.until(lambda: person.boxes() == {photo: None})
    person.with_key(Keys.CONTROL, "y")
    person.has(photo, ("cat", 20, 20, 60, 50))


def test_a_box_is_drawn_within_another_and_a_press_chooses_the_inner_one(person):
    photo = person.photo
    person.drag((10, 10), (110, 90))
    person.name("house")
    person.press(Keys.ESCAPE)
    person.drag((30, 30), (60, 60))
    person.has(photo, ("house", 10, 10, 110, 90), ("house", 30, 30, 60, 60))
    person.press(Keys.ESCAPE)
    person.drag((45, 45), (45, 45))
    person.press(Keys.DELETE)
    person.has(photo, ("house", 10, 10, 110, 90))


def test_everything_is_done_by_keys_and_said(person):
    first = person.photo
    person.press("/", "dog", Keys.ENTER)
    person.press("/", "cat", Keys.ENTER)
    person.press("n")
    person.until(lambda: person.boxes().get(first))
    ((_, left, top, right, bottom),) = person.boxes()[first]
    person.press(Keys.ARROW_LEFT, Keys.ARROW_LEFT, Keys.ARROW_DOWN)  # a hundredth of the longer side each
    person.has(first, ("cat", left - 2, top + 1, right - 2, bottom + 1), near=0)
    person.with_key(Keys.SHIFT, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    person.has(first, ("cat", left - 2, top + 1, right, bottom + 1), near=0)
    person.press("1")
    person.has(first, ("dog", left - 2, top + 1, right, bottom + 1), near=0)
    person.with_key(Keys.CONTROL, "z")
    person.with_key(Keys.CONTROL, "z")
    person.has(first, ("cat", left - 2, top + 1, right - 2, bottom + 1), near=0)  # both steps of one size at once
    person.press("n")
    person.until(lambda: len(person.boxes()[first]) == 2)
    assert "box 2 of 2" in person.driver.switch_to.active_element.get_attribute("aria-label")
    person.with_key(Keys.SHIFT, Keys.TAB)
    assert "cat, box 1 of 2" in person.driver.switch_to.active_element.get_attribute("aria-label")
    assert person.driver.switch_to.active_element.get_attribute("aria-pressed") == "true"
    person.press(Keys.DELETE)
    person.until(lambda: len(person.boxes()[first]) == 1)
    assert "deleted, 1 box left" in person.all_of("#announced")[0].get_attribute("textContent")
    person.press(Keys.DELETE)
    person.until(lambda: person.boxes()[first] is None)  # not "nothing in it": that is said with 0
    person.go_on()
    second = person.photo
    person.press("0")
    person.until(lambda: person.boxes().get(second) == [])
    person.until(lambda: person.photo not in (first, second))
    person.go_on(Keys.PAGE_UP)
    assert person.photo == second


def test_fingers_draw_and_move(person):
    photo = person.photo
    person.drag((20, 20), (60, 50), kind="touch")
    person.name("cat")
    person.has(photo, ("cat", 20, 20, 60, 50), near=2)
    person.drag((40, 35), (60, 45), kind="touch")
    person.has(photo, ("cat", 40, 30, 80, 60), near=2)


def test_it_can_be_drawn_on_a_part_that_is_seen_larger(person):
    photo = person.photo
    person.press("/", "cat", Keys.ENTER)
    for _ in range(3):
        person.press("+")
    assert "300%" in person.all_of("#here")[0].text
    assert person.driver.execute_script(
        "const e = document.querySelector('#editor'); return e.scrollWidth > e.clientWidth"
    )
    person.drag((60, 45), (70, 52))
    person.has(photo, ("cat", 60, 45, 70, 52))


def test_several_photos_have_nothing_in_them_at_once(person):
    grid = person.all_of(".thumbs")[0]
    grid.send_keys(Keys.SHIFT, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.NULL, "0")
    person.until(lambda: list(person.boxes().values()) == [[], [], []])
    person.with_key(Keys.CONTROL, "z")
    person.until(lambda: list(person.boxes().values()) == [None, None, None])


def test_what_another_tab_draws_is_seen(person):
    photo = person.photo
    row = int(person.all_of("#boxes")[0].get_attribute("data-shown"))
    other = (
        "const [address, body, done] = arguments; fetch(`${address}/words`, {method: 'POST', body}).then(done)",
        person.driver.current_url,
        json.dumps({"words": [[row, [["owl", 5, 5, 25, 25]]]]}),
    )
    person.driver.execute_async_script(*other)
    person.until(lambda: person.all_of("button.box"))
    assert person.photo == photo
    assert person.all_of("button.box .box-name")[0].text == "owl"


def test_a_box_that_cannot_be_kept_is_said_and_kept_later(person):
    photo = person.photo
    person.press("/", "cat", Keys.ENTER)
    person.driver.execute_script(
        "window.real = window.fetch; window.fetch = (address, ...more) => `${address}`.endsWith('/words')"
        "  ? Promise.reject(new Error('the disk is full')) : window.real(address, ...more)"
    )
    person.drag((20, 20), (60, 50))
    person.until(lambda: person.all_of("#kept")[0].text == "Not kept yet: the disk is full")
    assert not person.boxes()
    person.driver.execute_script("window.fetch = window.real")
    person.has(photo, ("cat", 20, 20, 60, 50))
    person.until(lambda: not person.all_of("#kept")[0].text)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_has_no_serious_violation_and_fits_the_screen(person, dark, violations):
    person.drag((20, 20), (60, 50))
    person.name("cat")
    person.until(person.boxes)
    scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    person.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
    for width in (1280, 390):
        phone = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        person.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
        assert person.driver.execute_script("return document.documentElement.scrollWidth") <= width
        assert not violations(person.driver)
    person.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.long
def test_eight_photos_are_labelled_a_detector_is_trained_and_then_suggests(person, context):
    shown = squares()
    for number in range(PHOTOS):
        photo = person.photo
        left, top, right, bottom = shown[photo]
        person.drag((left, top), (right, bottom))
        if not number:
            person.press("square", Keys.ENTER)
        person.has(photo, ("square", left, top, right, bottom))
        if number < PHOTOS - 1:
            person.go_on()
    person.driver.find_element(By.PARTIAL_LINK_TEXT, "Train on the boxes").click()
    person.until(lambda: person.all_of("#start"))
    for name, text in SETTINGS.items():
        field = person.all_of(f"[name='set:{name}']")
        if not field[0].is_displayed():
            person.driver.execute_script("for (const each of document.querySelectorAll('details')) each.open = true")
        field[0].send_keys(text)
    person.all_of("#start")[0].click()
    person.until(lambda: "finished" in person.all_of("#part .pill")[0].text, 300)
    (path,) = [each for each in context.runs.iterdir() if not each.name.startswith(".")]
    assert re.search(r"labels\.jsonl@\d+", (path / "recipe.yaml").read_text())
    person.open()
    person.until(lambda: path.name in person.all_of("#model-says")[0].text, 120)
