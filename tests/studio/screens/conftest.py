"""A workspace with two small runs on the embedded digits, and the studio on it."""

import re
import shutil
import time
from pathlib import Path

import httpx
import pytest

pytest.importorskip("starlette")

import saccade
from saccade import export
from saccade.core.run import Run
from saccade.evaluation.answered_split import answered_split
from saccade.studio.app import make_app
from saccade.studio.running import make_context

PATIENCE = 400
"""Seconds: the machine may be busy."""


AXE = Path(__file__).with_name("vendor") / "axe.min.js"


def _violations(driver):
    """Return what axe-core finds on the page that is shown, but for frames: those are pages of runs."""
    driver.execute_script(AXE.read_text(encoding="utf-8"))
    found = driver.execute_async_script(
        "const done = arguments[0];"
        "axe.run(document, {iframes: false, resultTypes: ['violations']}).then(found => done(found.violations))"
    )
    return [
        f"{each['impact']}: {each['id']} at {node['target']}: {node['failureSummary']}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]


@pytest.fixture
def violations():
    """Give a function that returns what axe-core finds on the page that a driver shows: violations(driver)."""
    return _violations


class Studio:
    """The studio on a workspace, and a browser without a screen."""

    def __init__(self, workspace, running):
        self.workspace, self._running = workspace, running
        self.context = make_context(workspace, workspace / "runs")
        self._stack, self.address, self.client = None, "", None

    def __enter__(self):
        self._stack = self._running(make_app(self.context))
        self.address = self._stack.__enter__()
        headers = {"x-saccade-token": self.context.token}
        options = {"timeout": 60, "follow_redirects": True, "verify": False}  # reading certificates takes 40 ms
        self.client = httpx.Client(base_url=self.address, headers=headers, **options)
        return self

    def __exit__(self, *_):
        self.client.close()
        for job in self.context.jobs.active():
            job.stop(at_once=job.order.kind != "serve")  # a service outlives the studio, until its test stops it
        for process in self.context.jobs._begun.values():
            process.wait(PATIENCE)
        self._stack.__exit__(None, None, None)

    def run(self, name):
        return Run.open(self.context.runs / name)

    def get(self, address, status=200):
        answer = self.client.get(address)
        assert answer.status_code == status, answer.text[:2000]
        return answer

    def post(self, address, values=None, status=200):
        answer = self.client.post(address, data=values or {})
        assert answer.status_code == status, answer.text[:2000]
        return answer

    def when_made(self, address):
        """Return a page when nothing on it is being made any more."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            self.context.jobs.begin_next()
            text = self.get(address).text
            if 'class="card empty working"' not in text:
                return text
            time.sleep(0.3)
        raise AssertionError([(job.order.title, job.state, job.errors) for job in self.context.jobs.all()])


def words(page):
    """Return what a page says, without its marks."""
    text = re.sub(r"<script.*?</script>|<[^>]*>", " ", page, flags=re.DOTALL)
    return " ".join(text.split())


@pytest.fixture(scope="session")
def two_runs(run_once, small_quick_run):
    """Give two runs on the digits that differ by their seed; the first has its model.onnx, and its answers."""

    def make(folder):
        settings = {"epochs": 1, "seed": 1, "model.width": 8}
        saccade.train("quick-digits", run=folder / "other", **settings, quiet=True, check=False)
        shutil.copytree(small_quick_run().path, folder / "run")
        export.export(Run.open(folder / "run"), timed=False, quiet=True)
        answered_split(Run.open(folder / "run"))
        shutil.copytree(folder / "other", folder / "run" / "other")

    made = run_once("studio_two_runs", make).path
    other = made.parent / "second"
    if (made / "other").exists():
        shutil.move(made / "other", other)
    return made, other


@pytest.fixture
def workspace(two_runs, tmp_path):
    first, second = two_runs
    shutil.copytree(first, tmp_path / "work" / "runs" / "first")
    shutil.copytree(second, tmp_path / "work" / "runs" / "second")
    return tmp_path / "work"


@pytest.fixture
def studio(workspace, running):
    with Studio(workspace, running) as opened:
        yield opened


@pytest.fixture
def open_studio(running):
    """Give a function that opens the studio on a workspace anew, as after a restart."""
    return lambda workspace: Studio(workspace, running)


@pytest.fixture
def browse(studio, chromium):
    """Give the browser, which has entered, the address of the studio, and the studio."""
    studio.context.jobs.keep_beginning()
    chromium.get(f"{studio.address}/?token={studio.context.token}")
    chromium.get_log("browser")
    yield chromium, studio.address, studio
    chromium.get("about:blank")
