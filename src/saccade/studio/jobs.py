"""Jobs: what runs beside the studio, one after the other in each lane; a studio that is started again finds it."""

import os
import shutil
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from saccade.core.errors import RunError
from saccade.studio.job import ENDED, QUEUED, RUNNING, Job, Order

EVERY = 0.3
"""Seconds between two looks whether the next job can begin."""


class Jobs:
    """The jobs of a workspace, each a folder; the newest last."""

    def __init__(self, folder: Path, *, workspace: Path) -> None:
        self._folder, self._workspace = folder, workspace
        self._known: dict[str, Job] = {}
        self._begun: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.RLock()

    def all(self, *, kind: str | None = None) -> list[Job]:
        """Return the jobs, or those of one kind, in the order in which they were ordered."""
        with self._lock:
            names = sorted(path.parent.name for path in self._folder.glob("*/job.json"))
            self._known = {name: self._known.get(name) or Job(self._folder / name) for name in names}
            return [job for job in self._known.values() if kind in (None, job.order.kind)]

    def get(self, name: str) -> Job:
        """Return a job by its number; raises RunError where there is none."""
        found = next((job for job in self.all() if job.name == name), None)
        if found is None:
            raise RunError(f"There is no job {name[:40]}. It may have been removed.")
        return found

    def for_run(self, run: str) -> Job | None:
        """Return the newest job that trains a run, None where there is none."""
        return next((job for job in reversed(self.all(kind="train")) if job.run == run), None)

    def active(self) -> list[Job]:
        """Return what runs or waits."""
        return [job for job in self.all() if job.state not in ENDED]

    def add(self, kind: str, arguments: list[str], *, title: str, **about: Any) -> Job:
        """Order a command of Saccade; it begins when those before it in its lane have ended.

        Args:
            kind: for those who look for theirs: "train", "evaluate", "export" …
            arguments: of the command, which is run in the workspace: ["evaluate", "runs/quick-1", "--json"].
            title: what a person calls it.
            **about: further fields of `Order`: `lane="other"` for what should not wait for trainings, `run="quick-1"`.
        """
        order = Order(kind, title, tuple(arguments), added=datetime.now(UTC).isoformat(timespec="seconds"), **about)
        with self._lock:
            job = Job.create(self._folder / str(time.time_ns()), order)
        self.begin_next()
        return self.get(job.name)

    def remove(self, name: str) -> None:
        """Forget a job that has ended; what it made stays. Raises RunError where it has not."""
        job = self.get(name)
        if job.state not in ENDED:
            raise RunError("It has not ended. Stop it first.")
        shutil.rmtree(job.path, ignore_errors=True)

    # Beginning

    def keep_beginning(self) -> threading.Thread:
        """Begin what waits, whenever it can, in a thread that ends with the process."""

        def look() -> None:
            while True:
                self.begin_next()
                time.sleep(EVERY)

        thread = threading.Thread(target=look, name="jobs", daemon=True)
        thread.start()
        return thread

    def begin_next(self) -> None:
        """Begin the first that waits in each lane where nothing runs."""
        with self._lock:
            for process in self._begun.values():
                process.poll()  # so that none that has ended stays as a zombie
            busy = set[str]()
            for job in self.all():
                state = job.state
                if state == QUEUED and job.order.lane not in busy and not self._is_beginning(job):
                    self._begun[job.name] = self._begin(job)
                if state in {RUNNING, QUEUED}:
                    busy.add(job.order.lane)

    def _is_beginning(self, job: Job) -> bool:
        """Say whether its process was started, and has not written yet who it is."""
        process = self._begun.get(job.name)
        if process is None:
            return False
        if process.poll() is not None and job.state == QUEUED:
            job.write_ended(process.returncode or 1)  # it could not even begin: errors.txt says why
        return True

    def _begin(self, job: Job) -> "subprocess.Popen[bytes]":
        """Start the process of a job, in a session of its own: it neither ends nor is interrupted with the studio."""
        with (job.path / "events.jsonl").open("ab") as out, (job.path / "errors.txt").open("ab") as errors:
            return subprocess.Popen(
                [sys.executable, "-m", "saccade.studio.job_process", str(job.path.resolve())],
                cwd=self._workspace,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=errors,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                **_apart(),
            )


def _apart() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
