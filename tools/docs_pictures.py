"""Take the pictures of the documentation anew: of every screen of the studio, and of pages of a run.

    make pictures                                                 all of them, five minutes on two cores
    python tools/docs_pictures.py --workspace FOLDER              keeps data and runs there for the next time
    python tools/docs_pictures.py --workspace FOLDER train label  some of them

It draws and trains what they show (pictured_workspace.py), starts the studio on it, and lets Chromium without a screen
look at it: in the light, in the dark (NAME_dark.png) and on a phone (NAME_phone.png). Needs Chromium and its driver,
and the packages of the group `dev`; nothing is downloaded.
"""

import argparse
import base64
import contextlib
import csv
import io
import json
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import uvicorn
from pictured_workspace import make_workspace
from PIL import Image
from selenium import webdriver

from saccade import inspect, load
from saccade.core.backend import keras
from saccade.studio.app import make_app
from saccade.studio.running import make_context

IMAGES = Path(__file__).parents[1] / "docs" / "images"

COLOURS = 256
"""Of a picture: a third of the bytes, and no difference that is seen but in photos."""

PHONE = (390, 780)
"""Width and height of a phone, in its own pixels."""

LEAST_HIGH = 500
"""Pixels of a page that is shown whole."""

SHORT_PATHS = """
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) walker.currentNode.data = walker.currentNode.data.replaceAll(arguments[0], "~/saccade");
"""
"""JavaScript: nobody has the workspace of the pictures, so its path is shown as a short one."""

SETTLED = 0.7
"""Seconds until what moves on a page has come to rest."""

PATIENCE = 600
"""Seconds: the machine may be busy."""


@dataclass(frozen=True)
class Shot:
    """A picture to take.

    Attributes:
        address: of the page: a path of the studio, or the whole address of a file.
        high: pixels of it that are shown, from the top; 0: all of it.
        wide: pixels.
        ready: a condition in JavaScript.
        scrolled: what the picture begins with, by a selector; "" for the top of the page.
        act: what is done on the page before, in JavaScript.
        phone: whether it is taken on a phone too.
    """

    address: str
    high: int = 900
    wide: int = 1280
    ready: str = "true"
    scrolled: str = ""
    act: str = ""
    phone: bool = True


class Studio:
    """The studio on a workspace, as a program asks it."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.context = make_context(workspace, workspace / "runs")
        self.context.jobs.keep_beginning()
        self.server = uvicorn.Server(uvicorn.Config(make_app(self.context), port=0, log_level="error"))
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        until(lambda: self.server.started)
        self.address = f"http://127.0.0.1:{self.server.servers[0].sockets[0].getsockname()[1]}"
        headers = {"x-saccade-token": self.context.token, "Accept": "application/json"}
        self.client = httpx.Client(base_url=self.address, headers=headers, timeout=PATIENCE)

    def post(self, address: str, **sent: Any) -> httpx.Response:
        """Return an answer; a refusal is an error."""
        return self.client.post(address, **sent).raise_for_status()

    def open(self, address: str, **form: str) -> str:
        """Return the address to which a form leads."""
        return self.post(address, data=form).headers["HX-Redirect"]

    def close(self) -> None:
        """Stop what was started."""
        for job in self.context.jobs.active():
            job.stop(at_once=True)
        self.server.should_exit = True
        self.thread.join(20)


def until(condition: Callable[[], Any]) -> Any:
    """Return what a condition is, as soon as it is something."""
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > end:
            raise TimeoutError(condition)
        time.sleep(0.1)
    return found


# What is to be seen


def projects(studio: Studio) -> Shot:
    """All runs."""
    del studio
    return Shot("/", high=0)


def data(studio: Studio) -> Shot:
    """The digits, with their findings."""
    address = studio.open("/data", path="digits")
    return Shot(address, high=1200, ready="Number(document.querySelector('#data').dataset.ready) >= 3")


def label(studio: Studio) -> Shot:
    """Fruit, some of it labelled, the rest with suggestions."""
    address = studio.open("/label", path="fruit", kind="classes")
    until(lambda: studio.client.get(f"{address}/names").status_code == 200)
    with (studio.workspace / "fruit.csv").open(encoding="utf-8") as file:
        shows = {row["path"]: row["label"] for row in csv.DictReader(file)}
    names = studio.client.get(f"{address}/names").json()
    studio.post(f"{address}/words", json={"words": [[row, shows[Path(names[row]).name]] for row in range(0, 260, 3)]})
    until(lambda: _has_learnt(studio, address))
    ready = "document.querySelector('#label').dataset.ready && document.querySelector('#grid').grid.drawn"
    return Shot(address, ready=ready)


def _has_learnt(studio: Studio, address: str) -> bool:
    """Say whether the model has seen all labels."""
    answer = studio.client.get(f"{address}/rows").content
    state = json.loads(answer[4 : 4 + int.from_bytes(answer[:4], "little")])
    return bool(state["current"] and not state["doing"])


def boxes(studio: Studio) -> Shot:
    """A photo with a box that is chosen, and others that a detector suggests."""
    address = studio.open("/label", path="table", kind="boxes")
    until(lambda: studio.client.get(f"{address}/names").status_code == 200)
    studio.client.get(address)  # whoever opens the page is shown what the newest detector suggests
    row = until(lambda: _most_suggested(studio, address))
    first = studio.client.get(f"{address}/at/{row}").json()["guessed"][0]
    studio.post(f"{address}/words", json={"words": [[row, [first[:5]]]]})
    name = Path(studio.client.get(f"{address}/names").json()[row]).name
    chosen = "document.querySelector('#editor .box:not(.guess)')"
    return Shot(f"{address}?text={name}", ready=chosen, act=f"{chosen}.click(); {chosen}.focus()")


def _most_suggested(studio: Studio, address: str) -> int | None:
    """Return a photo without boxes on which a detector finds some; None while it is asked."""
    rows = studio.client.get(f"{address}/rows").json()
    if rows["state"]["doing"] or not rows["state"]["detector"]:
        return None
    fitting = [row for row, many in enumerate(rows["boxes"]) if many < 0 and rows["guessed"][row] > 2]
    return min(fitting, default=None)


def train(studio: Studio) -> Shot:
    """A training that goes on."""
    settings = {"set:epochs": "150", "set:early_stopping": "150"}
    address = studio.open("/train/start", data="digits", **settings)
    job = studio.context.jobs.get(address.rpartition("/")[2])
    until(lambda: sum("epoch" in event for event in job.events) > 12 or job.state not in {"queued", "running"})
    # the live pictures are drawn while somebody looks on
    drawn = "[...document.querySelectorAll('#pictures .live img')]"
    ready = f"document.querySelector('.uplot') && {drawn}.length && {drawn}.every((each) => each.complete)"
    return Shot(address, high=0, ready=ready)


def answers(studio: Studio) -> Shot:
    """What a run says of the images of the test."""
    del studio
    return Shot("/runs/digits-2?split=test", high=1120, ready="document.querySelector('.matrix')")


def compare(studio: Studio) -> Shot:
    """Two runs beside each other."""
    del studio
    return Shot("/compare?run=digits-1&run=digits-2", high=1150, ready="document.querySelector('.uplot')")


def ship(studio: Studio) -> Shot:
    """Exported files, a service, and programs that ask it."""
    del studio
    return Shot("/runs/digits-1/ship", high=1150)


def report(studio: Studio) -> Shot:
    """The report of a run, alone."""
    return Shot((studio.workspace / "runs" / "digits-1" / "report.html").as_uri(), high=760, wide=1140, phone=False)


def inspection(studio: Studio) -> Shot:
    """One image on its way through a network."""
    found = load(studio.workspace / "runs" / "digits-2").inspect("00005")
    return Shot(found.save(studio.workspace / "inspected").as_uri(), high=950, wide=1140, phone=False)


def stepper(studio: Studio) -> Shot:
    """How one number of a convolution comes about."""
    kernel = np.array([[-1.0, 0.0], [0.0, -1.0]]).reshape(2, 2, 1, 1)
    layers = [keras.Input((3, 3, 1)), keras.layers.Conv2D(1, 2, name="convolution")]
    network = keras.Sequential(layers)
    network.layers[0].set_weights([kernel, np.zeros(1)])
    found = inspect(network, np.arange(1.0, 10.0, dtype=np.float32).reshape(3, 3, 1))
    page = found.save_stepper("convolution", studio.workspace / "steps")
    return Shot(Path(page).resolve().as_uri(), high=720, wide=1000, scrolled=".stepper", phone=False)


SHOTS: dict[str, Callable[[Studio], Shot]] = {
    "studio_projects": projects,
    "studio_data": data,
    "studio_label": label,
    "studio_boxes": boxes,
    "studio_answers": answers,
    "studio_compare": compare,
    "studio_ship": ship,
    "studio_train": train,
    "report": report,
    "inspect": inspection,
    "stepper": stepper,
}


# Taking them


@contextlib.contextmanager
def _profile(options: webdriver.ChromeOptions) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder:
        options.add_argument(f"--user-data-dir={folder}")
        yield


@contextlib.contextmanager
def browser(studio: Studio) -> Iterator[webdriver.Chrome]:
    """Give Chromium without a screen, which has entered the studio."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    quiet = ("quic", "background-networking", "component-update", "sync", "gpu", "dev-shm-usage")
    for flag in ("headless", "no-sandbox", "no-first-run", "hide-scrollbars", *(f"disable-{name}" for name in quiet)):
        options.add_argument(f"--{flag}")
    with (
        _profile(options),
        webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver"))) as driver,
    ):
        driver.get(f"{studio.address}/?token={studio.context.token}")
        yield driver


def take(driver: webdriver.Chrome, studio: Studio, name: str, shot: Shot) -> None:
    """Write the pictures of a page: light, dark, and on a phone."""
    kinds = {"": (shot.wide, shot.high, "light"), "_dark": (shot.wide, shot.high, "dark"), "_phone": (*PHONE, "light")}
    for ending, (wide, high, scheme) in list(kinds.items())[: 3 if shot.phone else 2]:
        scale = 1 if wide > PHONE[0] else 1.5
        _resize(driver, wide, high or LEAST_HIGH, scale, scheme)
        driver.get(shot.address if ":" in shot.address else f"{studio.address}{shot.address}")
        until(partial(driver.execute_script, f"return Boolean({shot.ready})"))
        driver.execute_script(shot.act)
        driver.execute_script(SHORT_PATHS, str(studio.workspace))
        if not high:
            _resize(driver, wide, driver.execute_script("return document.documentElement.scrollHeight"), scale, scheme)
        if shot.scrolled and wide > PHONE[0]:
            driver.execute_script(f"scrollTo(0, document.querySelector('{shot.scrolled}').offsetTop - 16)")
        time.sleep(SETTLED)
        picture = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"]
        keep(base64.b64decode(picture), IMAGES / f"{name}{ending}.png")


def _resize(driver: webdriver.Chrome, wide: int, high: int, scale: float, scheme: str) -> None:
    screen = {"width": wide, "height": high, "deviceScaleFactor": scale, "mobile": wide <= PHONE[0]}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    features = [
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def keep(png: bytes, path: Path) -> None:
    """Write a picture in few colours, which makes it small."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    few = image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    print(f"{path.name:32} {image.width}×{image.height} {path.stat().st_size / 1000:6.0f} kB", flush=True)


def main() -> None:
    """Take the pictures that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(SHOTS)}; without studio_ too")
    parser.add_argument("--workspace", type=Path, help="where data and runs are kept; else they are made anew")
    options = parser.parse_args()
    wanted = [name for name in SHOTS if not options.names or {name, name.removeprefix("studio_")} & {*options.names}]
    with contextlib.ExitStack() as stack:
        place = options.workspace or Path(stack.enter_context(tempfile.TemporaryDirectory())) / "saccade"
        studio = Studio(make_workspace(place.resolve()))
        stack.callback(studio.close)
        with browser(studio) as driver:
            for name in wanted:
                take(driver, studio, name, SHOTS[name](studio))


if __name__ == "__main__":
    main()
