"""How quick the studio is: python benchmarks/studio.py [opening pressing jumps runs labels]; all when none is named.

Each figure comes with processor seconds, which other work on the machine does not change, and seconds by the clock.
Images and runs are generated; opening and pressing look at 60,000 images of 28×28 pixels as idx files and as PNG files,
and at 3,000 JPEG files; pressing and jumps need Chromium and its driver.
"""

import argparse
import contextlib
import gzip
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import uvicorn
from PIL import Image

from saccade.studio.app import make_app
from saccade.studio.looked_data import LookedData
from saccade.studio.run_rows import RunRows
from saccade.studio.running import make_context

WHAT = ["opening", "pressing", "jumps", "runs", "labels"]

IMAGES, FILES, RUNS, JUMPS = 60_000, 3_000, 500, 20


def say(what, processor, clock, more=""):
    print(f"{what:58} {processor:6.2f} s of a processor, {clock:6.2f} s by the clock {more}", flush=True)


@contextlib.contextmanager
def measured(what):
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    yield
    now = resource.getrusage(resource.RUSAGE_SELF)
    spent = now.ru_utime + now.ru_stime - before.ru_utime - before.ru_stime
    say(what, spent, time.monotonic() - began)


def write_idx(folder):
    """Write 60,000 grey images of ten classes as the four files of MNIST."""
    rng = np.random.default_rng(0)
    folder.mkdir()
    for stem, count in (("train", IMAGES * 5 // 6), ("t10k", IMAGES // 6)):
        labels = rng.integers(0, 10, count).astype(np.uint8)
        pixels = rng.integers(0, 60, (count, 28, 28), np.uint8)
        pixels[np.arange(count), 2 * labels + 3] += 150
        for kind, values, magic in (("images-idx3", pixels, 2051), ("labels-idx1", labels, 2049)):
            head = b"".join(int(each).to_bytes(4, "big") for each in (magic, *values.shape))
            with gzip.open(folder / f"{stem}-{kind}-ubyte.gz", "wb", compresslevel=1) as file:
                file.write(head + values.tobytes())


def write_icons(folder):
    """Write 60,000 grey images of 28×28 pixels as PNG files, in ten classes."""
    rng = np.random.default_rng(0)
    for label in range(10):
        (folder / f"class{label}").mkdir(parents=True)
    for number in range(IMAGES):
        pixels = rng.integers(0, 60, (28, 28), np.uint8)
        Image.fromarray(pixels).save(folder / f"class{number % 10}" / f"{number:05}.png", compress_level=0)


def write_files(folder):
    """Write 3,000 photos, of 160×120 pixels."""
    rng = np.random.default_rng(0)
    for number in range(FILES):
        place = folder / ("cat", "dog", "fox")[number % 3]
        place.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 255, (15, 20, 3), np.uint8)
        Image.fromarray(pixels).resize((160, 120)).save(place / f"{number}.jpg")


def opening(workspace):
    """Say how long it takes from a name to the first images, with a process that waits as after opening the page."""
    looked = LookedData(make_context(workspace, workspace / "runs"))
    for name in ("idx", "icons", "photos"):
        looked.warm()
        process = psutil.Process(looked._waiting.pid)
        before, began = until_it_waits(lambda process=process: spent_by([process])), time.monotonic()
        opened, seen = looked.open(name), 0
        stages = {1: "files are there", 2: "images are there"}
        while seen < 2:
            stage = looked.stage(opened)
            assert stage["doing"] != "failed", stage["error"]
            if stage["seen"] > seen:
                seen = stage["seen"]
                with contextlib.suppress(psutil.Error):
                    say(f"{name}: {stages[seen]}", spent_by([process]) - before, time.monotonic() - began)
            time.sleep(0.01)
        process.kill()


def spent_by(processes):
    """Return the seconds of a processor that processes have taken so far."""
    spent = 0.0
    for each in processes:
        with contextlib.suppress(psutil.Error):
            spent += sum(each.cpu_times()[:2])
    return spent


def until_it_waits(spent):
    """Return what a process has spent when it has loaded what it needs, and takes no more."""
    before = -1.0
    while before < 0.3 or spent() > before:
        before = spent()
        time.sleep(2)
    return before


@contextlib.contextmanager
def browsing(workspace):
    """Give a browser that has entered the studio on a workspace, its address and what all screens share."""
    from selenium import webdriver

    context = make_context(workspace, workspace / "runs")
    server = uvicorn.Server(uvicorn.Config(make_app(context), port=0, log_level="error"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.01)
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in ("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "window-size=1280,900"):
        options.add_argument(f"--{flag}")
    with webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver"))) as driver:
        driver.get(f"{address}/?token={context.token}")
        yield driver, address, context
    server.should_exit = True


def pressing(workspace):
    """Say how long it takes from a press on Open until the first images are drawn, in all processes and the browser."""
    me = psutil.Process()
    with browsing(workspace) as (driver, address, _):
        for name in ("idx", "icons", "photos"):
            driver.get(f"{address}/data")
            until_it_waits(lambda: spent_by([each for each in me.children() if "data_process" in each.cmdline()[-1]]))
            driver.find_element("id", "field-path").send_keys(name)
            everything = [me, *me.children(recursive=True)]
            before, began = spent_by(everything), time.monotonic()
            driver.find_element("css selector", "#open-data button.main").click()
            while not driver.execute_script("return Boolean(document.querySelector('#grid')?.grid?.drawn)"):
                time.sleep(0.02)
            say(f"{name}: from the press to the first images", spent_by(everything) - before, time.monotonic() - began)
            for each in me.children():
                if "data_process" in each.cmdline()[-1]:
                    each.kill()  # it would go on with the splits


def jumps(workspace):
    """Say how long the grid takes to draw a place that it has not seen, and how many nodes the page has."""
    with browsing(workspace) as (driver, address, context):
        name = LookedData(context).open("idx")
        driver.get(f"{address}/data/{name}")
        deadline = time.monotonic() + 300
        while driver.execute_script("return document.querySelector('#data').dataset.ready") not in ("2", "3", "4"):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        nodes = driver.execute_script("return document.querySelectorAll('*').length")
        driver.set_script_timeout(60)
        took = driver.execute_async_script(JUMPING, JUMPS)
    print(f"nodes of the page: {nodes}")
    print(
        f"a jump of the grid: {np.median(took):.0f} ms by the clock in the median, {max(took):.0f} at most", flush=True
    )


JUMPING = """
const [many, done] = arguments, grid = document.querySelector('#grid').grid, took = [];
const next = () => new Promise(requestAnimationFrame);
(async () => {
  for (let each = 1; each <= many; each++) {
    const began = performance.now();
    grid.drawn = false;
    grid.box.scrollTop = grid.space.offsetHeight * each / (many + 1);
    do await next(); while (!grid.drawn);
    took.push(performance.now() - began);
  }
  done(took);
})();
"""


def runs(workspace):
    """Say how long the first and the second reading of 500 evaluated runs take."""
    made = workspace / "run"
    command = [sys.executable, "-m", "saccade", "train", "digits", "epochs=1", "--run", str(made), "--evaluate", "-q"]
    subprocess.run(command, check=True, cwd=workspace)
    for number in range(RUNS):
        folder = workspace / "runs" / f"quick-{number}"
        folder.mkdir(parents=True)
        for name in ("run.json", "history.csv", "evaluation.json", "recipe.yaml", "data.json"):
            shutil.copy(made / name, folder / name)
    rows = RunRows(workspace / "runs", memory=workspace / "rows.json")
    rows.get("quick-0")  # loads what the task needs, which the studio has loaded
    with measured(f"{RUNS} runs: what the first page waits for"):
        rows.soon(within=0.25)
    rows = RunRows(workspace / "runs", memory=workspace / "other.json")
    with measured(f"{RUNS} runs: all, for the first time"):
        rows.all()
    with measured(f"{RUNS} runs: all, again"):
        rows.all()


def labels(workspace):
    """Say how long it takes from a label to the suggestions, with features that overlap as those of waste do."""
    from saccade.tasks.classification.labelling.suggesting import suggest

    rng = np.random.default_rng(0)
    classes, count = 6, 2527
    truth = rng.integers(0, classes, count)
    vectors = 0.08 * rng.normal(size=(classes, 1280))[truth] + rng.normal(size=(count, 1280))
    sealed = rng.random(count) < 0.15
    for many in (12, 60, 600, 2000):
        known = np.full(count, -1)
        some = rng.permutation(count)[:many]
        known[some] = truth[some]
        with measured(f"suggestions for {count:,} images after {many:,} labels"):
            suggest(vectors.astype(np.float32), known, tuple("abcdef"), sealed=sealed)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", choices=WHAT, default=[])
    asked = parser.parse_args().what or WHAT
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        workspace = Path(place)
        os.environ["SACCADE_CACHE"] = str(workspace / "cache")
        if {"opening", "pressing", "jumps"} & set(asked):
            write_idx(workspace / "idx")
        if {"opening", "pressing"} & set(asked):
            write_icons(workspace / "icons")
            write_files(workspace / "photos")
        for each in asked:
            globals()[each](workspace)
    print(json.dumps({"python": sys.version.split()[0], "cores": os.cpu_count()}))


if __name__ == "__main__":
    main()
