"""The whole loop on real pictures, by a person's keys and clicks: label, train, mistakes, relabel, compare, ship."""

import os
import re
from pathlib import Path

import pytest
from PIL import Image
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from saccade import inference
from saccade.core.run import Run
from saccade.modalities.images.label_file import LabelFile
from saccade.studio.app import make_app

HOME = Path(os.environ.get("SACCADE_DATA_HOME", "")) / "trashnet"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.real_data,
    pytest.mark.skipif(
        not (os.environ.get("SACCADE_DATA_HOME") and HOME.is_dir()), reason="needs trashnet/ in SACCADE_DATA_HOME"
    ),
]

CLASSES, PHOTOS, LABELS = ("glass", "paper", "metal"), 70, 60
PATIENCE = 300
"""Seconds: the machine may be busy."""

SETTINGS = {"epochs": "6", "image_size": "48", "validation": "0.3"}


@pytest.fixture
def photos(tmp_path):
    """Give a folder of real photos, small copies, without a word on what they show but in their names."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in CLASSES:
        for path in sorted((HOME / name).iterdir())[:PHOTOS]:
            with Image.open(path) as photo:
                photo.draft("RGB", (256, 192))
                photo.convert("RGB").resize((192, 144)).save(folder / f"{path.stem}.jpg")
    return folder


class Person:
    """Somebody at the browser who sees what a photo shows, and now and then presses the wrong key."""

    def __init__(self, driver, address, photos):
        self.driver, self.address, self.photos, self.classes = driver, address, photos, []

    def all_of(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def until(self, condition, what):
        wait = WebDriverWait(self.driver, PATIENCE, ignored_exceptions=[StaleElementReferenceException, IndexError])
        return wait.until(lambda _: condition(), message=what)

    def one(self, selector):
        return self.until(lambda: self.all_of(selector)[0], selector)

    def click(self, text):
        self.until(lambda: self.driver.find_element(By.PARTIAL_LINK_TEXT, text).click() or True, text)

    def press(self, selector):
        """Click what a selector finds, again where the page was drawn anew in between."""
        self.until(lambda: self.all_of(selector)[0].click() or True, selector)

    def words(self, selector="main"):
        return self.until(lambda: self.one(selector).text, selector)

    def go(self, path):
        self.driver.get(f"{self.address}{path}")

    # Labels

    def open_photos(self):
        self.click("Label")
        self.one("input[name=path]").send_keys(self.photos.name)
        self.press("form button.main")
        self.one("#label[data-ready]")

    def look(self):
        """Return the name of the photo at hand, and the class that it shows."""
        said = self.until(
            lambda: re.match(r"(([a-z]+)\d+\.jpg)", self.one("#grid-cell").get_attribute("textContent")), ""
        )
        return said[1], said[2]

    def label(self, name):
        if name in self.classes:
            self.one(".thumbs").send_keys(str(self.classes.index(name) + 1))
        else:
            self.classes.append(name)
            self.one("#class-name").send_keys(name, Keys.ENTER)

    def label_many(self):
        """Label as many as are wanted, the most useful first, every eighth wrongly; return those."""
        wrong = {}
        for number in range(LABELS):
            photo, shows = self.look()
            other = next((name for name in self.classes if name != shows), shows)
            said = other if number % 8 == 7 else shows
            if said != shows:
                wrong[photo] = shows
            self.label(said)
            file = LabelFile.beside(self.photos)
            self.until(lambda file=file, photo=photo: photo in file.read().last, photo)
        return wrong

    # Trainings

    def train(self):
        """Start what the form says, and return the name of the run once it is made."""
        self.press("#start")
        self.until(lambda: "finished" in self.one("#part").get_attribute("data-state"), "a finished training")
        name = self.words("#part h1")
        self.click("Look at it")
        self.one(".matrix")
        return name

    def open_test_split(self):
        self.press("form button.main")
        self.one(".matrix")

    def ask_page(self, photo):
        """Return the class and its probability that the page says of a photo."""
        self.driver.switch_to.frame(self.one("iframe.try"))
        self.one("input[type=file]").send_keys(str(photo))
        first = self.words("#answers .chances li")
        self.driver.switch_to.default_content()
        found = re.search(r"(\w+)\D+([\d.]+)\s*%?", first)
        return found[1], float(found[2]) / (100 if "%" in first else 1)


@pytest.fixture
def person(chromium, complaints, context, running, photos):
    with running(make_app(context)) as address:
        context.jobs.keep_beginning()
        chromium.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": False},
        )
        chromium.get(f"{address}/?token={context.token}")
        yield Person(chromium, address, photos)
        found = complaints(chromium)
        chromium.get("about:blank")
    assert not found, "\n".join(found)


def test_photos_are_labelled_trained_on_relabelled_compared_and_shipped(person, context, photos):
    person.open_photos()
    wrong = person.label_many()
    labels = LabelFile.beside(photos).read
    assert len(labels().last) == LABELS and len(wrong) >= 3

    person.click("Train on the labels")
    for details in person.all_of("#training details"):
        person.driver.execute_script("arguments[0].open = true", details)
    for name, text in SETTINGS.items():
        person.one(f"[name='set:{name}']").send_keys(text)
    first = person.train()
    assert Run.open(context.runs / first).data["source"].endswith(f"labels.jsonl@{LABELS}")

    person.press(".tile a.inner")  # the surest mistake
    person.one("iframe.document")
    person.click("Correct its label")
    person.one("#label[data-ready]")
    assert person.words("#shown") == "1 image"
    relabel_in_test(person, wrong)
    assert len(labels().words) == LABELS + 1

    person.click("Train on the labels")
    person.click("Take its settings")
    second = person.train()
    assert second != first
    assert Run.open(context.runs / second).data["source"].endswith(f"labels.jsonl@{LABELS + 1}")

    compare(person, context, first, second)
    ship(person, context, second)


def relabel_in_test(person, wrong):
    """Put right a wrong label that the test split has, where there is one: there it changes the truth itself."""
    person.one("#text").clear()
    person.press("#view option[value=sealed]")
    sealed = person.driver.execute_script("return [...document.querySelector('#grid').grid.rows].length")
    photos = []
    for _ in range(sealed):
        photos.append(person.look()[0])
        person.one(".thumbs").send_keys(Keys.ARROW_RIGHT)
    photo = next((each for each in photos if each in wrong), next(iter(wrong)))
    person.press("#view option[value=all]")
    person.one("#text").send_keys(photo)
    person.until(lambda: person.look()[0] == photo, photo)
    person.one(".thumbs").send_keys(str(person.classes.index(wrong[photo]) + 1))
    file = LabelFile.beside(person.photos)
    person.until(lambda: file.read().last[photo] == wrong[photo], photo)


def compare(person, context, *names):
    """Choose both among the projects, open their test splits from there, and read which is better."""
    person.click("Projects")
    for name in names:
        person.press(f"#choose-{name}")
    person.press("#compare[href]")
    assert "still sealed" in person.words()
    address = person.driver.current_url
    for name in names:
        person.click(f"The test split of {name}")
        person.open_test_split()
        person.driver.get(address)
    said = person.words()
    assert "not compared" not in said.lower()
    assert "No difference can be shown" in said or "is better by" in said
    tests = [
        set(Run.open(context.runs / name).read_predictions(lambda row: (row["name"], row["true"]))) for name in names
    ]
    assert ("left out: " in said) == (tests[0] != tests[1])


def ship(person, context, name):
    """Export, and ask page and file about the same photos."""
    run = Run.open(context.runs / name)
    person.go(f"/runs/{name}/ship")
    person.press("#export button.main")
    person.one("#export tbody tr")
    person.until(lambda: not person.all_of("#export .working"), "the end of the export")
    assert "model.onnx" in person.words("#export tbody tr")
    predictor = inference.open_file(run.path / "export" / "model.onnx")
    person.click("Try it")
    for photo in sorted(person.photos.glob("*.jpg"))[:: PHOTOS // 2][:3]:
        person.driver.refresh()
        label, probability = person.ask_page(photo)
        ((_, answer),) = predictor.predict_files([photo])
        assert (label, probability) == (answer.label, pytest.approx(answer.probability, abs=1e-3))
