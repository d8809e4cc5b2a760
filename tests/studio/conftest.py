"""A studio on a free port, on a folder of made runs."""

import json
import time
from dataclasses import replace
from functools import partialmethod

import httpx
import jinja2
import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from saccade.studio.app import make_app
from saccade.studio.running import make_context

TOKEN = "a-token-of-the-tests"

PATIENCE = 300
"""Seconds: what is asked for first imports much, and the machine may be busy."""


class KeptCode(jinja2.BytecodeCache):
    """What Jinja makes of templates, kept in memory."""

    def __init__(self):
        self.kept = {}

    def load_bytecode(self, bucket):
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket):
        self.kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def kept_templates():
    """Compile each template once: every test has a studio of its own, to which they would be new."""
    with pytest.MonkeyPatch.context() as patch:
        made = partialmethod(jinja2.Environment.__init__, bytecode_cache=KeptCode())
        patch.setattr(jinja2.Environment, "__init__", made)
        yield


@pytest.fixture
def until():
    """Give a function that returns what a condition is as soon as it is something: until(lambda: answer())."""

    def wait(condition):
        end = time.monotonic() + PATIENCE
        while not (found := condition()):
            assert time.monotonic() < end
            time.sleep(0.02)
        return found

    return wait


@pytest.fixture
def make_run(tmp_path):
    """Give a function that makes the small files of a run: make_run("quick-1", accuracy=[0.5, 0.9])."""

    def make(name, *, status="finished", accuracy=(0.5, 0.9), started="2026-11-27T08:00:00+00:00", **entries):
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        rows = [f"{epoch},1.0,{0.1},{value}" for epoch, value in enumerate(accuracy, start=1)]
        (folder / "history.csv").write_text("\n".join(["epoch,seconds,loss,val_accuracy", *rows]) + "\n")
        best = {"epoch": len(accuracy), "val_accuracy": max(accuracy, default=0)}
        manifest = {
            "status": status,
            "started": started,
            "updated": started,
            "seconds": 61.0,
            "monitor": "val_accuracy",
        }
        manifest |= {"best": best} if status == "finished" else {}
        (folder / "run.json").write_text(json.dumps({**manifest, **entries}))
        (folder / "recipe.yaml").write_text(
            f"name: {name}\ntask: classification\ndata: photos\nmodel: {{name: quick}}\n"
        )
        counts = {"validation": {"cat": 50, "dog": 50}}
        (folder / "data.json").write_text(json.dumps({"modality": "images", "counts": counts}))
        return folder

    return make


@pytest.fixture
def context(tmp_path):
    made = replace(make_context(tmp_path, tmp_path / "runs"), token=TOKEN)
    yield made
    for job in made.jobs.active():
        job.stop(at_once=True)
    for process in made.jobs._begun.values():
        process.wait(30)


@pytest.fixture
def address(context, running):
    """The address of a studio, without the token."""
    with running(make_app(context)) as found:
        yield found


@pytest.fixture
def stranger(address):
    """Give a client that has no token."""
    with httpx.Client(base_url=address, timeout=PATIENCE, verify=False) as client:
        yield client


@pytest.fixture
def client(address):
    """Give a client that entered with the token, as a browser does, and sends what a page of the studio sends."""
    headers = {"Origin": address, "Accept": "application/json"}
    options = {"follow_redirects": True, "timeout": PATIENCE, "verify": False}  # reading certificates takes 40 ms
    with httpx.Client(base_url=address, headers=headers, **options) as client:
        assert client.get(f"/?token={TOKEN}").status_code == 200
        yield client
