"""SearchFolder: the one place that knows the files of a search, and the locks by which processes share it."""

import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, Self

from filelock import FileLock, Timeout

from saccade.core import recipe as recipes
from saccade.core.errors import RunError
from saccade.core.recipe import Recipe
from saccade.core.run import Run
from saccade.core.run_files import read_as
from saccade.core.run_writing import clear_disk_errors, write_json, write_text
from saccade.core.shell_words import shell_word
from saccade.tuning.records import FinalPlan, Helpers, Plan, TrialResult
from saccade.tuning.verdict import Verdict


class SearchFolder:
    """A folder that holds a search: search.json, journal.log, trials/, finals/, judged/, best.yaml, result.json.

    Attributes:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path | None, *, name: str, beside: Path) -> Self:
        """Return a new, empty folder: `beside`/<name>-<n> with the next free number, or exactly `path`.

        Raises:
            RunError: it exists already, or nothing can be written there.
        """
        with clear_disk_errors(path or beside):
            if path is None:
                return cls(_claim_next(beside, name))
            if (path / "search.json").is_file():
                raise RunError(
                    f"{path} holds a search already. Go on with it: "
                    f"saccade tune --resume {shell_word(path)}. Or name another "
                    "--folder."
                )
            if path.exists() and any(path.iterdir()):
                raise RunError(f"{path} is not empty and holds no search. Name another --folder.")
            path.mkdir(parents=True, exist_ok=True)
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Return an existing one; raises RunError when the folder holds no search."""
        if not (path / "search.json").is_file():
            raise RunError(f"{path} holds no search (it has no search.json). One is what `saccade tune` leaves.")
        return cls(path)

    # What is settled before the first trial

    def begin(self, recipe: Recipe, plan: Plan) -> None:
        """Write recipe and plan; the plan comes last, and makes the folder a search."""
        write_text(self.path / "recipe.yaml", recipe.to_yaml())
        write_json(self.path / "search.json", plan.to_dict())

    def move_data(self, recipe: Recipe) -> None:
        """Write where the data lie now, which are the same."""
        write_text(self.path / "recipe.yaml", recipe.to_yaml())

    @property
    def recipe(self) -> Recipe:
        """The recipe that is to be made better, resolved."""
        found: Recipe = recipes.read(self.path / "recipe.yaml")
        return found

    @property
    def plan(self) -> Plan:
        """What the search is about; raises RunError where it is damaged."""
        return read_as(self.path / "search.json", Plan.from_dict)

    @property
    def journal(self) -> Path:
        """Optuna's."""
        return self.path / "journal.log"

    # Time

    def used(self) -> float:
        """Return the seconds that were spent so far, over all sessions."""
        return float(self._clock()["used"])

    def write_clock(self, used: float) -> None:
        """Keep the seconds that were spent."""
        write_json(self.path / "clock.json", {"used": round(used, 2), "at": time.time()})

    def used_by_now(self) -> float:
        """Return the seconds that were spent, where another process goes on with the search just now."""
        clock = self._clock()
        return float(clock["used"]) + max(0.0, time.time() - float(clock["at"]))

    def seconds_since_work(self) -> float:
        """Return how long ago a process last said that it works on the search; they say so every two seconds."""
        return time.time() - float(self._clock()["at"]) if (self.path / "clock.json").exists() else float("inf")

    def _clock(self) -> Mapping[str, Any]:
        path = self.path / "clock.json"
        if not path.exists():
            return {"used": 0.0, "at": time.time()}
        return read_as(path, lambda content: {"used": float(content["used"]), "at": float(content["at"])})

    # Sharing

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the search while something is decided: short, and waits for others; a lock ends with its process."""
        with FileLock(self.path / ".lock"):
            yield

    def claim(self, name: str) -> FileLock | None:
        """Return the lock of a job or role, held until it is released or the process ends; None: another has it."""
        lock = FileLock(self.path / "locks" / f"{name}.lock", timeout=0)
        (self.path / "locks").mkdir(exist_ok=True)
        try:
            lock.acquire()
        except Timeout:
            return None
        return lock

    def is_claimed(self, name: str) -> bool:
        """Say whether a process that lives has a job or role."""
        lock = self.claim(name)
        if lock:
            lock.release()
        return lock is None

    def join(self) -> FileLock:
        """Return the lock that says that this process works on the search."""
        found = (self.claim(f"process-{number}") for number in count())
        return next(lock for lock in found if lock)

    def processes(self, least: int = 1) -> int:
        """Return how many processes work on the search, or `least`, that are about to, less those that have died."""
        names = [path.stem for path in (self.path / "locks").glob("process-*.lock")]
        return max(1, least - self.helpers.missing, sum(map(self.is_claimed, names)))

    @property
    def helpers(self) -> Helpers:
        """The processes that help the first one."""
        path = self.path / "helpers.json"
        return read_as(path, Helpers.from_dict) if path.exists() else Helpers()

    def write_helpers(self, helpers: Helpers) -> None:
        """Keep how many help, and which of them died."""
        write_json(self.path / "helpers.json", helpers.to_dict())

    # Trials and last trainings

    def run(self, name: str) -> Run:
        """Return the run of a job: "trial-0007-rung0", "final-recipe-seed1"; begun or not."""
        return Run(self.path / _group(name) / name)

    def judged(self, name: str) -> Run:
        """Return where a copy of a run is judged on the rows that were kept back."""
        return Run(self.path / "judged" / name)

    def keep_failure(self, name: str, result: TrialResult) -> None:
        """Keep why a job failed."""
        write_json(self.path / _group(name) / f"{name}.failed.json", result.to_dict())

    def result(self, name: str) -> TrialResult | None:
        """Return how a job did; None where it is not done."""
        failed = self.path / _group(name) / f"{name}.failed.json"
        if failed.is_file():
            return read_as(failed, TrialResult.from_dict)
        return self.run(name).load(TrialResult)

    def results(self) -> list[TrialResult]:
        """Return how all trials did that are done, in the order of their names."""
        names = {path.name.removesuffix(".failed.json") for path in (self.path / "trials").glob("trial-*")}
        return [result for name in sorted(names) if (result := self.result(name))]

    def forget(self, run: Run) -> None:
        """Remove a run that holds no work yet."""
        shutil.rmtree(run.path, ignore_errors=True)

    # The end

    @property
    def final_plan(self) -> FinalPlan | None:
        """What is compared with the recipe; None while the search goes on."""
        path = self.path / "final.json"
        return read_as(path, FinalPlan.from_dict) if path.exists() else None

    def write_final_plan(self, plan: FinalPlan) -> None:
        """Keep what is compared with the recipe."""
        write_json(self.path / "final.json", plan.to_dict())

    @property
    def verdict(self) -> Verdict | None:
        """How the search ended; None while it has not."""
        path = self.path / "result.json"
        return read_as(path, lambda content: Verdict.from_dict(content["verdict"])) if path.exists() else None

    def finish(self, verdict: Verdict, best: Recipe, *, importances: Mapping[str, float], seconds: float) -> None:
        """Write the recipe that was found, then the result."""
        found = "the recipe as it is" if verdict.is_alone else f"trial {verdict.trial} of {len(self.results())}"
        header = (
            f"# Found by saccade tune in {seconds:.0f} s: {found}\n#\n"
            f"#   saccade train {shell_word(self.best_recipe)}\n#\n# {verdict.sentence}\n"
        )
        write_text(self.best_recipe, header + best.to_yaml())
        trials = [each.to_dict() for each in self.results()]
        content = {"verdict": verdict.to_dict(), "importances": dict(importances), "seconds": round(seconds, 1)}
        known = {**content, "helpers": self.helpers.to_dict(), "trials": trials}
        write_json(self.path / "result.json", known)
        with suppress(OSError):
            shutil.rmtree(self.path / "locks")

    @property
    def best_recipe(self) -> Path:
        """The recipe that was found."""
        return self.path / "best.yaml"

    def read_result(self) -> dict[str, Any]:
        """Return result.json."""
        return dict(json.loads((self.path / "result.json").read_text(encoding="utf-8")))


def _group(name: str) -> str:
    return f"{name.partition('-')[0]}s"


def _claim_next(beside: Path, name: str) -> Path:
    beside.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        path = beside / f"{name}-{number}"
        try:
            path.mkdir()
        except FileExistsError:
            number += 1
        else:
            return path
