"""Fixtures that all tests share: a cache of their own, folders of generated images, a web server, and a browser."""

import contextlib
import gc
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

# before NumPy and TensorFlow are loaded: the tests run in a process a core, where BLAS with threads of its own takes 20
# times as long, and TensorFlow's spend a third of a training's processor time on waiting for each other
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")

import hypothesis
import numpy as np
import pytest
from filelock import FileLock
from PIL import Image

from saccade.core.run import Run

if TYPE_CHECKING:
    from selenium import webdriver

# where a test does not say how many examples it draws; the weekly run draws Hypothesis' own hundred
hypothesis.settings.register_profile("short", max_examples=30)
hypothesis.settings.load_profile("short")

gc.disable()  # until all tests are collected: what is loaded by then stays

MakeImages = Callable[..., Path]
LookAt = Callable[..., "webdriver.Chrome"]
RunOnce = Callable[[str, Callable[[Path], Any]], Run]
Running = Callable[..., AbstractContextManager[str]]


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever looks at a page, trains or exports through one of these fixtures is heavy, without saying so."""
    heavy = {"chromium", "run_once", "digits_run", "small_quick_run", "train_on", "untrained", "made_table"}
    for item in items:
        if heavy & set(getattr(item, "fixturenames", ())):
            item.add_marker("heavy")


def pytest_collection_finish() -> None:
    """Collect garbage among what tests make, and not again and again among half a million objects of libraries."""
    gc.collect()  # Hypothesis is loaded: it looks for who holds a generator of random numbers, not at what is frozen
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Run TensorFlow's graphs as they are: to optimise one takes longer than the few steps of a test.

    What trains long does it with the optimiser, as users do; so do all processes that tests start. And judge with a
    third of the trees: each takes five milliseconds, however few the rows.
    """
    if forests := sys.modules.get("saccade.core.cross_validation"):
        forests.TREES = 20
    tensorflow = sys.modules.get("tensorflow")
    if hasattr(tensorflow, "config"):  # else a thread that the last test left is about to load it
        long = item.get_closest_marker("long") or item.get_closest_marker("real_data")
        tensorflow.config.optimizer.set_experimental_options({"disable_meta_optimizer": not long})


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Let what tests left say what it has to, once; pytest would ask five times."""
    if gc.get_freeze_count():  # not the process that only hears of tests
        gc.collect()
        gc.freeze()


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this session that all its processes see."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(autouse=True, scope="session")
def own_cache(shared_folder: Path) -> Iterator[None]:
    """Tests neither see nor fill the user's cache; parallel workers share one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SACCADE_CACHE", str(shared_folder / "cache"))
        patch.setenv("SACCADE_ONNX_AFTER_TRAINING", "0")  # it takes seconds; its own tests switch it on
        patch.setattr("saccade.export.speed.SECONDS", 0)  # each engine is asked once: a test need not know it well
        yield


@pytest.fixture(scope="session")
def run_once(shared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> RunOnce:
    """Give a function that returns a copy of a run that the first process makes: run_once("digits", make).

    `make` is given an empty folder, in which the run is to be called "run"; what stands beside it all processes share.
    """

    def get(name: str, make: Callable[[Path], Any]) -> Run:
        folder, made = shared_folder / name, shared_folder / f"{name}.made"
        with FileLock(shared_folder / f"{name}.lock"):
            if not made.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                made.touch()
        return Run.open(shutil.copytree(folder / "run", tmp_path_factory.mktemp(name) / "run"))

    return get


@pytest.fixture(scope="module")
def held_network() -> Iterator[None]:
    """Build the network of a run once for all tests of a module, none of which may change it."""
    from saccade.inference.held_network import holding_network  # tests that ask no network need not wait for it

    with holding_network():
        yield


@pytest.fixture(scope="session")
def digits_run(run_once: RunOnce) -> Callable[[], Run]:
    """Give a function that returns a copy of a run that anybody has: a dense network, two epochs on the digits."""

    def train(folder: Path) -> None:
        from saccade.cli import run as command  # tests that train nothing need not wait for it

        settings = ["epochs=2", "model=dense", "optimizer=adam"]
        assert command(["train", "digits", *settings, "--run", str(folder / "run"), "--quiet"]) == 0

    return lambda: run_once("digits", train)


@pytest.fixture(scope="session")
def small_quick_run(run_once: RunOnce) -> Callable[[], Run]:
    """Give a function that returns a copy of a run of the narrowest `quick-digits`: convolutions, one epoch."""

    def train(folder: Path) -> None:
        import saccade  # as above

        settings = {"epochs": 1, "seed": 0, "model.width": 8}
        saccade.train("quick-digits", run=folder / "run", **settings, quiet=True, check=False)

    return lambda: run_once("small_quick", train)


@pytest.fixture(scope="session")
def slim() -> Callable[[str], dict[str, Any]]:
    """Give a function from a model's name to options that make it small, where its width is a factor, else to none."""

    def options(name: str) -> dict[str, Any]:
        from saccade import models  # tests that build nothing need not wait for it

        return {"width": 0.125} if models.options(name).get("width") == 1.0 else {}

    return options


@pytest.fixture(scope="session")
def without_weights() -> Callable[[Callable[[], Any]], Any]:
    """Give a function that calls another one, whose networks then know their shapes and have no weights: quick."""

    def call(make: Callable[[], Any]) -> Any:
        from saccade.core.backend import keras

        def build() -> Any:
            with keras.StatelessScope(initialize_variables=False):
                return make()

        with ThreadPoolExecutor(1) as thread:  # Keras keeps a list of unfilled variables a thread
            return thread.submit(build).result()

    return call


@pytest.fixture
def blank_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave charts blank, for tests of what else a page says: drawing is most of the time that a page takes."""
    from matplotlib.figure import Figure

    def save(figure: Figure, file: Any, *, format: str, **_: Any) -> None:
        if format == "svg":
            file.write('<svg viewBox="0 0 1 1"></svg>')
        else:
            Image.new("RGB", (1, 1)).save(file, format)

    monkeypatch.setattr(Figure, "savefig", save)


@pytest.fixture
def make_images(tmp_path: Path) -> MakeImages:
    """Give a function that makes a folder of random images: make_images({"train/cat": 3, "train/dog": 2})."""

    def make(
        counts: dict[str, int],
        *,
        name: str = "photos",
        size: tuple[int, int] = (8, 8),
        mode: str = "RGB",
        seed: int = 0,
    ) -> Path:
        rng = np.random.default_rng(seed)
        for folder, count in counts.items():
            (tmp_path / name / folder).mkdir(parents=True, exist_ok=True)
            for number in range(count):
                shape = size if mode == "L" else (*size, 3)
                image = Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8))
                image.save(tmp_path / name / folder / f"{number}.png")
        return tmp_path / name

    return make


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """Give a context of an application on a free port: `with running(app) as address`.

    It is told to stop when the context ends, which takes Uvicorn some tenths of a second; the session waits for it.
    """
    uvicorn = pytest.importorskip("uvicorn")
    threads = []

    @contextlib.contextmanager
    def run(app: Any, **options: Any) -> Iterator[str]:
        options = {"log_config": None, "ws": "none", "timeout_graceful_shutdown": 5, **options}
        server = uvicorn.Server(uvicorn.Config(app, port=0, **options))
        threads.append(threading.Thread(target=server.run, daemon=True))
        threads[-1].start()
        while not server.started:
            assert threads[-1].is_alive()
            time.sleep(0.002)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        server.should_exit = True

    yield run
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator["webdriver.Chrome"]:
    """One Chromium for all tests of a process; without one on this machine, they are skipped."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not (program and driver):
        pytest.skip("needs Chromium and its chromedriver: apt install chromium chromium-driver")
    from selenium import webdriver  # it takes half a second, and the process that only hears of tests has no use for it

    options = webdriver.ChromeOptions()
    options.binary_location = program
    quiet = ("quic", "background-networking", "component-update", "sync", "gpu", "dev-shm-usage")
    for flag in ("headless", "no-sandbox", "no-first-run", "hide-scrollbars", *(f"disable-{name}" for name in quiet)):
        options.add_argument(f"--{flag}")
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with webdriver.Chrome(options, webdriver.ChromeService(driver)) as started:
        yield started


@pytest.fixture(scope="session")
def complaints() -> Callable[..., list[str]]:
    """Give a function that returns what a browser complained of since it was asked last: complaints(driver).

    An error of a script, what the policy forbids, an answer that is an error. That a page was left while a part of it
    was on its way is none.
    """

    def heard(driver: "webdriver.Chrome") -> list[str]:
        severe = [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
        left = any("htmx:sendAbort" in each for each in severe)
        return [each for each in severe if not (left and ("htmx:sendAbort" in each or "htmx:afterRequest" in each))]

    return heard


@pytest.fixture
def look_at(chromium: "webdriver.Chrome", complaints: Callable[..., list[str]]) -> Iterator[LookAt]:
    """Give a function that opens a page: look_at(path, width=390, dark=True). An error of its script fails the test.

    It returns the selenium driver. `still` is a reader who wants no movement, `medium` may be "print".
    """

    def look(
        path: Path,
        *,
        width: int = 1280,
        height: int = 900,
        dark: bool = False,
        still: bool = False,
        medium: str = "screen",
    ) -> "webdriver.Chrome":
        phone = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
        wishes = {"color-scheme": "dark" if dark else "light", "reduced-motion": "reduce" if still else "no-preference"}
        features = [{"name": f"prefers-{name}", "value": value} for name, value in wishes.items()]
        chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": medium, "features": features})
        chromium.get(path.resolve().as_uri())
        return chromium

    yield look
    found = complaints(chromium)
    chromium.get("about:blank")  # stop what moves
    assert not found, "\n".join(found)
