"""Jobs: commands that run beside the studio, and outlive it."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import httpx
import pytest

from saccade.core.errors import RunError
from saccade.studio import jobs as jobs_module
from saccade.studio.job import CANCELLED, ENDED, FAILED, FINISHED, KILLED, QUEUED, RUNNING, STOPPED
from saccade.studio.jobs import Jobs

LIST = ["list", "tasks", "--json"]


@pytest.fixture
def jobs(tmp_path):
    """Give jobs that begin only when they are told to, and end with the test."""
    made = Jobs(tmp_path / "jobs", workspace=tmp_path)
    yield made
    for job in made.active():
        job.stop(at_once=True)
    for process in made._begun.values():
        process.wait(30)


@pytest.fixture
def asleep(monkeypatch):
    """Let the processes of jobs sleep, which is all that some tests want of them."""
    code = (
        "import pathlib, sys, time, os, psutil, json\n"
        "own = {'pid': os.getpid(), 'created': psutil.Process().create_time()}\n"
        "(pathlib.Path(sys.argv[3]) / 'process.json').write_text(json.dumps(own))\n"
        "time.sleep(60)\n"
    )
    real = subprocess.Popen

    def start(words, **options):
        return real([sys.executable, "-c", code, *words[1:]], **options)

    monkeypatch.setattr(jobs_module.subprocess, "Popen", start)


def wait(until, seconds=90):
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


@pytest.mark.heavy
def test_a_command_runs_and_tells_what_it_printed(jobs):
    job = jobs.add("list", LIST, title="Listing")
    wait(lambda: job.state == FINISHED)
    assert "tasks" in job.events[0]
    assert job.order.arguments == tuple(LIST)
    assert job.errors == ""


@pytest.mark.heavy
def test_a_command_that_fails_says_the_sentence_of_the_command_line(jobs):
    job = jobs.add("train", ["train", "nope", "--json"], title="Training")
    wait(lambda: job.state == FAILED)
    assert job.message.startswith("There is no recipe, data set or folder 'nope'.")


@pytest.mark.heavy
def test_a_job_that_cannot_even_begin_has_failed(jobs, monkeypatch):
    monkeypatch.setattr(jobs_module.sys, "executable", "/bin/false")
    job = jobs.add("list", LIST, title="Listing")
    wait(lambda: [jobs.begin_next(), job.state == FAILED][1])


@pytest.mark.heavy
def test_jobs_of_a_lane_wait_for_each_other_and_others_do_not(jobs, asleep):
    first, second = (jobs.add("train", ["train", "digits"], title="Training") for _ in range(2))
    beside = jobs.add("check", ["check", "digits"], title="Checking", lane="other")
    wait(lambda: first.state == RUNNING and beside.state == RUNNING)
    jobs.begin_next()
    assert second.state == QUEUED
    assert [job.name for job in jobs.active()] == [first.name, second.name, beside.name]
    first.stop(at_once=True)
    wait(lambda: [jobs.begin_next(), second.state == RUNNING][1])


@pytest.mark.heavy
def test_who_was_killed_is_not_called_running(jobs, asleep):
    job = jobs.add("train", ["train", "digits"], title="Training")
    wait(lambda: job.state == RUNNING)
    job.process.kill()
    wait(lambda: job.state == KILLED)


@pytest.mark.heavy
def test_what_waits_can_be_cancelled_and_what_has_ended_forgotten(jobs, asleep):
    first, second = (jobs.add("train", ["train", "digits"], title="Training") for _ in range(2))
    wait(lambda: first.state == RUNNING)
    with pytest.raises(RunError, match="Stop it first"):
        jobs.remove(first.name)
    second.stop()
    assert second.state == CANCELLED
    jobs.remove(second.name)
    with pytest.raises(RunError, match="no job"):
        jobs.get(second.name)


@pytest.mark.heavy
def test_another_studio_sees_the_same_jobs_and_does_not_begin_them_again(jobs, asleep, tmp_path):
    first = jobs.add("train", ["train", "digits"], title="Training")
    wait(lambda: first.state == RUNNING)
    other = Jobs(tmp_path / "jobs", workspace=tmp_path)
    other.begin_next()
    assert [(job.name, job.state) for job in other.all()] == [(first.name, RUNNING)]
    assert not other._begun


@pytest.mark.heavy
def test_a_number_of_a_process_that_is_now_somebody_elses_is_not_the_job(jobs, asleep):
    job = jobs.add("train", ["train", "digits"], title="Training")
    wait(lambda: job.state == RUNNING)
    job.process.kill()
    (job.path / "process.json").write_text(json.dumps({"pid": os.getpid(), "created": 1.0}))
    assert job.state == KILLED


def test_half_a_line_is_not_an_event_yet(jobs, tmp_path):
    (tmp_path / "jobs" / "1").mkdir(parents=True)
    job = jobs_module.Job(tmp_path / "jobs" / "1")
    (job.path / "events.jsonl").write_text('{"event": "note", "text": "a"}\nno json\n{"event": "no')
    assert job.events == [{"event": "note", "text": "a"}]
    with (job.path / "events.jsonl").open("a") as file:
        file.write('te", "text": "b"}\n')
    assert [event["text"] for event in job.events] == ["a", "b"]


class Studio:
    """A studio in a process of its own, as `saccade studio` starts it."""

    def __init__(self, folder):
        words = [sys.executable, "-m", "saccade", "studio", str(folder), "--port", "0", "--no-browser"]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address, self.token = re.search(r"(http://[\d.:]+)/\?token=(\S+)", self.process.stdout.readline()).groups()
        self.http = httpx.Client(
            base_url=self.address, headers={"X-Saccade-Token": self.token}, timeout=60, verify=False
        )

    def kill(self):
        self.http.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def get(self, path):
        return self.http.get(path).text


@pytest.fixture
def studios():
    """Give a function that starts a studio on a folder; all are killed at the end."""
    started = []

    def start(folder):
        started.append(Studio(folder))
        return started[-1]

    yield start
    for each in started:
        each.kill()


@pytest.mark.slow
@pytest.mark.heavy
def test_after_kill_9_of_studio_and_training_nothing_is_lost(studios, tmp_path):
    jobs = Jobs(tmp_path / "runs" / ".studio" / "jobs", workspace=tmp_path)
    first = studios(tmp_path)
    wish = {"data": "digits", "set:epochs": "400", "set:model": "dense", "set:name": "long"}
    page = first.http.post("/train/start", data=wish).headers["hx-redirect"]
    job = jobs.get(page.rpartition("/")[2])
    wait(lambda: job.state in ENDED or len(job.events_of("epoch")) > 2, 180)
    assert job.state == RUNNING, job.errors

    first.kill()
    assert job.state == RUNNING  # it is not the studio's child to take along
    seen = len(job.events_of("epoch"))
    wait(lambda: len(job.events_of("epoch")) > seen)

    second = studios(tmp_path)
    assert ">running<" in second.get(page)
    os.kill(job.process.pid, signal.SIGKILL)
    wait(lambda: job.state == KILLED)
    assert "it can be gone on with" in second.get(page)
    assert "interrupted" in second.get("/projects/rows")

    page = second.http.post("/train/resume/long-1").headers["hx-redirect"]
    job = jobs.get(page.rpartition("/")[2])
    wait(lambda: len(job.events_of("epoch")) > 1, 180)
    epochs = second.http.get(f"{page}/curves").json()["charts"][0]["epochs"]
    assert epochs == list(range(1, len(epochs) + 1))
    assert len(epochs) > seen
    assert second.http.post(f"{page}/stop").status_code == 204
    wait(lambda: job.state == STOPPED)
    assert "was stopped in epoch" in second.get(page)
