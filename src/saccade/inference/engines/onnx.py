"""ONNX Runtime answers with an .onnx file."""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import onnxruntime

from saccade.core.arrays import Array
from saccade.core.machine import cores
from saccade.inference.engines._opened import Opened

SUFFIX = ".onnx"

QUICK_SECONDS = 0.0002
"""An image that takes less is not shared among threads: to wake them takes as long."""

LARGEST_QUICK = 20_000_000
"""Bytes of a file: to run through more takes longer than that."""

IN_A_ROW = 100
"""Lone images after which threads stay awake between them: whoever asks one after the other waits a tenth less."""

ROWS = 512
"""Of a table, answered at once by one core: what is computed for so many stays in its cache. With 16,384, shared among
all cores layer by layer, a row of an autoencoder with a memory took 1.6 times the processor time."""

LARGE = 2**20
"""Bytes of a batch from which on its memory is given back with the next smaller one, such as the last of a set. ONNX
Runtime keeps what the largest took, also when the session has ended: 280 MB of 16 photos of 512 pixels."""


def load(path: Path) -> Opened:
    """Return a network and what it says of itself; raises what ONNX Runtime raises when it is none."""
    network = _Network(path)
    return Opened(network, network.metadata)


class _Network:
    """Answers with all cores, but a lone image or row that is quick with one, and many such in a row awake."""

    def __init__(self, path: Path) -> None:
        # read once: there may be another file, or none, when it turns out that the network is quick
        self._content = path.read_bytes() if path.stat().st_size < LARGEST_QUICK else b""
        self._with_all = session(self._content or path)
        self._with_one: onnxruntime.InferenceSession | None = None
        self._awake: onnxruntime.InferenceSession | None = None
        self._in_a_row, self._largest = 0, 0
        (taken,) = self._with_all.get_inputs()
        self._input = taken.name
        self.metadata = self._with_all.get_modelmeta().custom_metadata_map

    def __call__(self, inputs: Array) -> tuple[Array, ...]:
        self._in_a_row = self._in_a_row + 1 if len(inputs) == 1 else 0
        if inputs.ndim == 2 and len(inputs) > ROWS and (self._content or self._with_one):
            return self._in_blocks(inputs)
        if not self._in_a_row:
            return self._answer(self._with_all, inputs)
        if self._awake and self._in_a_row > IN_A_ROW:
            return self._answer(self._awake, inputs)
        if self._with_one:
            return self._answer(self._with_one, inputs)
        started = time.perf_counter()
        answers = self._answer(self._with_all, inputs)
        if self._content and time.perf_counter() - started < QUICK_SECONDS:
            self._with_one, self._awake = session(self._content, threads=1), session(self._content, awake=True)
            self._content = b""
        return answers

    def _in_blocks(self, inputs: Array) -> tuple[Array, ...]:
        """Return the answers for rows (n, d), each core at some of them."""
        blocks = [inputs[start : start + ROWS] for start in range(0, len(inputs), ROWS)]
        answers = list(self._pool.map(partial(self._answer, self._of_one_core), blocks))
        return tuple(np.concatenate(each) for each in zip(*answers, strict=True))

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(cores(), thread_name_prefix="rows")

    @cached_property
    def _of_one_core(self) -> onnxruntime.InferenceSession:
        return self._with_one or session(self._content, threads=1)

    def _answer(self, session: onnxruntime.InferenceSession, inputs: Array) -> tuple[Array, ...]:
        options = onnxruntime.RunOptions()
        self._largest = max(self._largest, inputs.nbytes)
        if inputs.nbytes < self._largest > LARGE:
            options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
            self._largest = 0
        return tuple(np.asarray(each) for each in session.run(None, {self._input: inputs}, options))


def session(source: Path | bytes, *, threads: int = 0, awake: bool = False) -> onnxruntime.InferenceSession:
    """Return a session on so many cores, 0 for all; its threads stay awake for a moment after each answer, or not."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what is wrong is raised: it need not be printed too
    options.intra_op_num_threads = threads
    # a thread that spins until the next call takes the core from what prepares the images
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(awake)))
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
