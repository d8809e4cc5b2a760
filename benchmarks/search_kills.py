"""Kill a search at random moments, many times: is a trial lost or done twice, and how many epochs are done again?

    python benchmarks/search_kills.py --kills 20

A search on digits is killed with SIGKILL at random moments, at its start and between trainings too, and gone on with
each time, then to its verdict. Printed for each kill: when, what was trained, its last whole epoch, and the epoch with
which it went on. Exit status 1 when a trial that was done is gone, differs or was trained again, or when a kill cost
more than one whole epoch of one training. The program is loaded once and forked, so that the kills hit the search.
"""

import argparse
import json
import os
import random
import select
import signal
import sys
import tempfile
import time
from pathlib import Path

RECIPE = {"model": {"name": "dense", "hidden": [256, 256]}, "batch_size": 4, "epochs": 4, "precision": "float32"}
SPACE = {"learning_rate": [1e-3, 1e-2, "log"], "model.hidden": [[128], [256], [256, 256]]}
PATIENCE = 600
LAST = 7200
"""Seconds to the verdict, after the last kill."""

AT_START = 0.2
"""Of the kills: after the start of a training, which may not have begun to learn; the others after its first epoch."""


def begin(folder, trials):
    from saccade.core import recipe as recipes
    from saccade.tasks import steps
    from saccade.tuning import searching

    prepared = steps.prepare(recipes.read("quick-digits", **RECIPE, search=SPACE), quiet=True)
    options = searching.Options(budget=7200, trials=trials, seeds=2)
    searching.begin(folder, prepared.recipe, prepared.dataset, options, began=time.monotonic())


def work(folder, say):
    """Work on a search, and say what happens."""
    from saccade.tasks import steps
    from saccade.tuning.search_progress import SearchProgress
    from saccade.tuning.searching import search

    class Saying(SearchProgress):
        def job_started(self, job, changes, *, used):
            self.name = job.name
            say("started", job.name, 0)

        def epoch_done(self, row):
            say("epoch", self.name, int(row["epoch"]))

        def job_done(self, job, result, *, used):
            say("done", job.name, 0)

    search(folder, steps.prepare(folder.recipe, quiet=True).dataset, progress=Saying())


def forked(task, *, seconds=PATIENCE, after=b"started"):
    """Return the events of a process that is killed some seconds after its first of a kind, and whether it ended."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        status = 1
        try:
            task(lambda *event: os.write(write, (json.dumps(event) + "\n").encode()))
            status = 0
        finally:
            os._exit(status)
    os.close(write)
    text, until = b"", time.monotonic() + PATIENCE
    while (left := until - time.monotonic()) > 0:
        if select.select([read], [], [], left)[0]:
            if not (found := os.read(read, 65536)):
                break
            if after in found and after not in text:
                until = time.monotonic() + seconds
            text += found
    ended = left > 0
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(read)
    if ended and status:
        sys.exit("A process of the search failed.")
    return [json.loads(line) for line in text.decode().splitlines()], ended


def results(folder):
    names = {path.name for group in ("trials", "finals") for path in (folder.path / group).glob("*") if path.is_dir()}
    return {name: found.value for name in sorted(names) if (found := folder.result(name))}


def standing(events, finished):
    """Return the training that was killed, and its last whole epoch; None between trainings."""
    started = [name for kind, name, _ in events if kind == "started"]
    if not started or started[-1] in finished:
        return None
    return started[-1], max((epoch for _, name, epoch in events if name == started[-1]), default=0)


class Account:
    """What a search had done at each kill, and what it did again."""

    def __init__(self, folder):
        self.folder, self.known, self.open, self.worst, self.wrong = folder, {}, {}, 0, []

    def hear(self, events):
        """Return how many whole epochs of which training were done again after the kill before these events."""
        again = 0
        for kind, name, epoch in events:
            if kind == "started" and name in self.known:
                self.wrong.append(f"{name} was done and was trained again")
            if kind == "epoch" and name in self.open:
                again = self.open.pop(name) - epoch + 1
                self.worst = max(self.worst, again)
        found = results(self.folder)
        self.wrong += [f"{name} was lost or changed" for name, value in self.known.items() if found.get(name) != value]
        self.known = found
        if stood := standing(events, found):
            self.open[stood[0]] = max(stood[1], self.open.get(stood[0], 0))
        return again, stood


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--longest", type=float, default=8, help="seconds from the first epoch to a kill, at most")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()

    from saccade.tuning import searching  # noqa: F401  (loads all that a search takes)
    from saccade.tuning.search_folder import SearchFolder

    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory(prefix="search-kills-") as place:
        folder = SearchFolder(Path(place))
        forked(lambda say: begin(folder, given.trials))
        account, done = Account(folder), 0
        while done < given.kills:
            when, after = chance.uniform(0, given.longest), b"started" if chance.random() < AT_START else b"epoch"
            events, ended = forked(lambda say: work(folder, say), seconds=when, after=after)
            again, stood = account.hear(events)
            if ended:
                break
            done += 1
            moment = f"in {stood[0]} after {stood[1]} epochs" if stood else "between trainings"
            print(
                f"kill {done:2}, {when:4.1f} s after the first {after.decode()}: {moment}; "
                f"whole epochs that were done again before: {again}",
                flush=True,
            )
        if not folder.verdict:
            account.hear(forked(lambda say: work(folder, say), seconds=LAST)[0])
        finished, verdict = len(account.known), folder.verdict
    print(*account.wrong, sep="\n", end="\n" if account.wrong else "")
    print(f"{done} kills; {finished} trainings, none lost or done twice: {not account.wrong}; whole epochs done again")
    print(
        f"after a kill, at most: {account.worst}. {verdict.sentence if verdict else 'It came to no verdict in time.'}"
    )
    if done < given.kills:
        print("The search was over before all kills were done: give more --trials.")
    sys.exit(int(bool(account.wrong) or not verdict or account.worst > 1 or done < given.kills))


if __name__ == "__main__":
    main()
