"""Batcher: inputs of many requests, answered together.

A batch takes a network not much longer than a single input. Nobody waits for a batch to fill: the first input is
answered at once, and what arrives while the network computes is the next batch. To wake another thread takes longer
than a small network's answer, so there are two ways: what comes alone to an idle and quick network is answered in
place, by the thread of the event loop; the rest is handed to threads, all that came together at once.
"""

import asyncio
import math
import os
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, Protocol

import numpy as np

from saccade.core.arrays import Array
from saccade.core.errors import DataError, SlowInputError
from saccade.core.requests import Problem, busy
from saccade.core.signature import Outputs

Answers = Mapping[str, Array]
"""Outputs (n, ...) by name."""

DECODERS = min(4, os.cpu_count() or 1)
"""Threads that decode files: the libraries that do work outside of Python's lock."""

SLOW_DECODERS = 4
"""Threads that wait for processes, in which files are decoded that take long: the others need not wait for them."""

DECODING_SECONDS = 9
"""After which the files of a request are decoded, or it is refused."""

SMALL_FILE = 8_000
"""Bytes of what is decoded in place where that is quick, in some 0.1 ms."""

QUICK_SECONDS = 0.002
"""So long at most the event loop stands still for a lone request to a network that answered the last one sooner."""


class Read(Protocol):
    """Decodes a file as the network takes it, (...)."""

    def __call__(self, content: bytes, *, small: bool = ..., until: float | None = ..., at_once: bool = ...) -> Array:
        """Return it.

        Args:
            content: of the file.
            small: refuse what takes longer than to wake another thread.
            until: when there must be an answer, in seconds of `time.monotonic`.
            at_once: refuse what takes long.

        Raises:
            SlowInputError: it takes longer than it may.
            DataError: it cannot be decoded.
        """


@dataclass
class _Job:
    """The inputs of one request, on their way through decoders and network."""

    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[Answers]
    inputs: list[Any]
    undecoded: int
    problems: dict[int, str] = field(default_factory=dict)
    busy: str = ""
    lock: Lock = field(default_factory=Lock)
    dropped: bool = False
    until: float = field(default_factory=lambda: time.monotonic() + DECODING_SECONDS)

    @property
    def count(self) -> int:
        return len(self.inputs)


class Batcher:
    """Answers inputs of many requests in few calls of the network.

    Attributes:
        waiting: inputs that are not answered yet.
    """

    def __init__(
        self,
        outputs: Outputs,
        *,
        batch: int,
        most_waiting: int,
        noun: str = "inputs",
        observe: Callable[[int], None] = lambda count: None,
    ) -> None:
        """Make one; `start` it before use.

        Args:
            outputs: gives every output (n, ...) by name for inputs (n, ...).
            batch: inputs that it is given at once, at most.
            most_waiting: more inputs are refused as `busy`.
            noun: what one input is, in the plural.
            observe: is told the size of each batch.
        """
        self._outputs, self._batch, self._most, self._observe = outputs, batch, most_waiting, observe
        self._noun = noun
        self._arrived: list[_Job] = []
        self._jobs: SimpleQueue[list[_Job] | None] = SimpleQueue()
        self._decoders = ThreadPoolExecutor(DECODERS, "decoder")
        self._slow_decoders = ThreadPoolExecutor(SLOW_DECODERS, "slow decoder")
        self._worker = Thread(target=self._work, name="network", daemon=True)
        self.waiting = 0
        self._seconds = math.inf  # that an input of the last batch took; not known yet

    @property
    def alive(self) -> bool:
        """Say whether there is somebody to answer."""
        return self._worker.is_alive()

    def start(self) -> None:
        """Begin to answer."""
        self._worker.start()

    def stop(self) -> None:
        """Answer what is there, then stop."""
        self._decoders.shutdown()
        self._slow_decoders.shutdown()
        self._jobs.put(None)
        self._worker.join()

    async def read_and_answer(self, contents: Sequence[bytes], read: Read) -> Answers:
        """Return every output (n, ...) by name for the contents of n files, decoded by `read`.

        Raises:
            Problem: 503 when too many are waiting, 422 when one cannot be decoded.
        """
        with self._admitted(len(contents)) as job:
            small = _decoded_at_once(contents, read)
            if small is not None:
                await self._gather(job, [small])
            else:
                for position, content in enumerate(contents):
                    self._decoders.submit(self._decode, job, position, content, read)
            return await job.done

    async def answer(self, inputs: Array) -> Answers:
        """Return every output (n, ...) by name for inputs (n, ...); raises Problem (503) when too many are waiting."""
        with self._admitted(len(inputs)) as job:
            await self._gather(job, list(inputs))
            return await job.done

    async def _gather(self, job: _Job, inputs: list[Any]) -> None:
        """Have a job answered, together with all that came with it."""
        job.inputs = inputs
        self._arrived.append(job)
        if len(self._arrived) > 1:
            return  # the first does it
        try:
            await asyncio.sleep(0)  # until all are here
        finally:  # the others wait for it also when this one gives up
            self._pass_on(job)

    def _pass_on(self, first: _Job) -> None:
        """Have those answered who came together: by the thread, or in place if one came alone and that is quick."""
        jobs, self._arrived = self._arrived, []
        if self.waiting == first.count and first.count * self._seconds < QUICK_SECONDS:
            self._answer_together(jobs, _at_once)
        else:
            self._jobs.put(jobs)

    def _admitted(self, count: int) -> "_Admission":
        if self.waiting + count > self._most:
            raise busy(f"{self.waiting} inputs are waiting already; {self._most} may.")
        return _Admission(self, count)

    def _decode(self, job: _Job, position: int, content: bytes, read: Read) -> None:
        """Decode a file, unless that takes long; then another thread does."""
        if not job.dropped:
            try:
                job.inputs[position] = read(content, at_once=True)
            except SlowInputError:
                self._slow_decoders.submit(self._decode_slow, job, position, content, read)
                return
            except DataError as error:
                job.problems[position] = str(error)
            except Exception as error:  # libraries have one for every day of the year
                job.problems[position] = f"cannot be decoded: {type(error).__name__}."
        self._count(job)

    def _decode_slow(self, job: _Job, position: int, content: bytes, read: Read) -> None:
        if not (job.dropped or job.problems):
            try:
                job.inputs[position] = read(content, until=job.until)
            except SlowInputError as error:
                job.busy = str(error)
            except DataError as error:
                job.problems[position] = str(error)
            except Exception as error:  # as above; a request that is not counted would wait for ever
                job.problems[position] = f"cannot be decoded: {type(error).__name__}."
        self._count(job)

    def _count(self, job: _Job) -> None:
        """Note that one more file of a job is decoded; the last one is followed by the answer."""
        with job.lock:
            job.undecoded -= 1
            last = not job.undecoded
        if last and job.problems:
            _tell(job.loop, _fail, [job], _unreadable(job, self._noun))
        elif last and job.busy:
            _tell(job.loop, _fail, [job], busy(job.busy))
        elif last:
            self._jobs.put([job])

    def _work(self) -> None:
        """Answer batch after batch, until there is a None."""
        here: deque[_Job] = deque()
        ended = False
        while here or not ended:
            ended = ended or self._fetch(here)
            jobs = self._next_batch(here)
            if jobs:
                self._answer_together(jobs, _tell)

    def _fetch(self, here: deque[_Job]) -> bool:
        """Add all jobs that have come, and wait for one if there is none; say whether that was all."""
        with suppress(Empty):
            while True:
                jobs = self._jobs.get(block=not here)
                if jobs is None:
                    return True
                here.extend(jobs)
        return False

    def _next_batch(self, here: deque[_Job]) -> list[_Job]:
        """Take the jobs that fit in a batch, or the first one if it is larger; none whose client has gone."""
        jobs: list[_Job] = []
        count = 0
        while here and (not jobs or count + here[0].count <= self._batch):
            job = here.popleft()
            if not job.dropped:
                jobs.append(job)
                count += job.count
        return jobs

    def _answer_together(self, jobs: list[_Job], tell: Callable[..., None]) -> None:
        """Answer a batch; `tell` is how the event loop hears of it from this thread."""
        loop = jobs[0].loop
        try:
            found = [each for job in jobs for each in job.inputs]
            inputs = np.stack(found) if len(found) > 1 else found[0][None]
            answers = [self._answer_batch(inputs[start : start + self._batch]) for start in self._starts(inputs)]
            tell(loop, _resolve, jobs, _joined(answers))
        except Exception as error:  # of the engine; the next batch may do
            tell(loop, _fail, jobs, error)

    def _starts(self, inputs: Array) -> range:
        return range(0, len(inputs), self._batch)

    def _answer_batch(self, inputs: Array) -> Answers:
        self._observe(len(inputs))
        started = time.perf_counter()
        answers = self._outputs(inputs)
        self._seconds = (time.perf_counter() - started) / len(inputs)
        return answers


def _joined(answers: list[Answers]) -> Answers:
    if len(answers) == 1:
        return answers[0]
    return {name: np.concatenate([each[name] for each in answers]) for name in answers[0]}


class _Admission:
    """A job that counts as waiting until it is answered, or its client has no more patience."""

    def __init__(self, batcher: Batcher, count: int) -> None:
        loop = asyncio.get_running_loop()
        self._batcher, self._count = batcher, count
        self._job = _Job(loop, loop.create_future(), [None] * count, count)

    def __enter__(self) -> _Job:
        self._batcher.waiting += self._count
        return self._job

    def __exit__(self, *error: object) -> None:
        self._job.dropped = True
        self._batcher.waiting -= self._count


def _decoded_at_once(contents: Sequence[bytes], read: Read) -> Array | None:
    """Return a single small file decoded; None for all others."""
    if len(contents) == 1 and len(contents[0]) <= SMALL_FILE:
        with suppress(Exception):  # too large, slow or damaged: the decoders say so
            return read(contents[0], small=True, at_once=True)
    return None


def _unreadable(job: _Job, noun: str) -> Problem:
    position, reason = min(job.problems.items())
    which = f"{noun.removesuffix('s').capitalize()} {position + 1} of {job.count}: " if job.count > 1 else ""
    return Problem(422, f"{which}{reason}")


def _at_once(loop: asyncio.AbstractEventLoop, what: Callable[..., None], *values: Any) -> None:
    what(*values)


def _tell(loop: asyncio.AbstractEventLoop, what: Callable[..., None], *values: Any) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(what, *values)


def _resolve(jobs: list[_Job], answers: Answers) -> None:
    start = 0
    for job in jobs:
        if not (job.done.done() or job.dropped):
            job.done.set_result({name: each[start : start + job.count] for name, each in answers.items()})
        start += job.count


def _fail(jobs: list[_Job], error: Exception) -> None:
    for job in jobs:
        if not (job.done.done() or job.dropped):
            job.done.set_exception(error)
