"""Dataset → batches on the device: the hot path.

The order of an epoch depends on (seed, epoch) only, so training can go on at any step of any epoch. Images stay
uint8 until the network. They live on the device, a GPU too, when they fit; else stretches of batches are read from the
memory-mapped file, the next one while the last is trained on. Both ways give the same batches.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saccade.core import device
from saccade.core.arrays import Array
from saccade.core.backend import keras
from saccade.training.distributed import world
from saccade.training.distributed.batch_rows import rows_to_read

RESIDENT_SHARE = 0.4
"""Inputs are held in memory when they take at most this part of what is free."""

STRETCH_BYTES = 8 * 2**20
"""Of inputs that are not held in memory, about so much is read at once; twice as much lies ready, once as tensors."""


class Stretch(NamedTuple):
    """Consecutive batches: `positions` (int32) picks inputs (m, ...) and labels (m,), batch after batch."""

    inputs: Any
    labels: Any
    positions: Any


class Feed:
    """Batches of some rows, again and again.

    Attributes:
        steps: batches an epoch; the last one may be smaller.
        batch_size: inputs a batch.
        resident: whether they lie on the device.
        most_at_once: batches that may be asked for at once, for the memory that they take: all where they lie there.
    """

    def __init__(
        self,
        inputs: Array,
        labels: NDArray[np.int64],
        rows: NDArray[np.int64],
        *,
        batch_size: int,
        seed: int | None,
        resident: bool | None = None,
    ) -> None:
        """Prepare the feed.

        Args:
            inputs: (m, ...), images or rows of a table; may be a memory-mapped file.
            labels: (m,).
            rows: (n,), which of them.
            batch_size: of every step but the last.
            seed: of the order; None keeps the order of the rows.
            resident: whether they are held in memory; None decides by what is free.
        """
        self.batch_size = batch_size
        self.steps = -(-len(rows) // batch_size)
        self._inputs, self._labels, self._rows, self._seed = inputs, labels, rows, seed
        needed = len(rows) * int(np.prod(inputs.shape[1:])) * inputs.dtype.itemsize
        self._world = world.current()
        free = RESIDENT_SHARE * device.free_memory() / self._world.local
        self.resident = needed < free if resident is None else resident
        batch_bytes = max(1, needed * batch_size // max(1, len(rows)))
        self.most_at_once = max(1, self.steps if self.resident else STRETCH_BYTES // batch_bytes)
        if self.resident:
            self._held = (_tensor(self._inputs[rows]), _tensor(self._labels[rows]))
        self._reader = ThreadPoolExecutor(max_workers=1)
        self._ahead: tuple[tuple[int, int], Future[Stretch]] | None = None
        self.start_epoch(0)

    def start_epoch(self, epoch: int, *, step: int = 0) -> None:
        """Go to a step of an epoch, both from 0."""
        self._step, self._ahead = step, None
        if self._seed is None:
            self._order = np.arange(len(self._rows))
        else:
            self._order = np.random.default_rng((self._seed, epoch)).permutation(len(self._rows))

    def seek(self, step: int) -> None:
        """Go to a step of this epoch."""
        self._step = step

    @property
    def step(self) -> int:
        """The next step of this epoch, from 0."""
        return self._step

    def next_stretch(self, steps: int) -> Stretch:
        """Return the next batches of this epoch, at most `steps` of them, and move on."""
        first, last = self._step, min(self._step + steps, self.steps)
        self._step = last
        if self.resident:
            return Stretch(*self._held, _tensor(self._positions(first, last)))
        ready = self._ahead[1].result() if self._ahead and self._ahead[0] == (first, last) else self._read(first, last)
        following = (last, min(last + steps, self.steps))
        self._ahead = (following, self._reader.submit(self._read, *following)) if last < self.steps else None
        return ready

    def batch(self, step: int) -> tuple[Array, NDArray[np.int64]]:
        """Return inputs and labels of one step of this epoch."""
        rows = self._rows[self._positions(step, step + 1)]
        return self._inputs[rows], self._labels[rows]

    def _positions(self, first: int, last: int) -> NDArray[np.int32]:
        return self._order[first * self.batch_size : last * self.batch_size].astype(np.int32)

    def _read(self, first: int, last: int) -> Stretch:
        positions = self._positions(first, last)
        own = self._own(len(positions))
        on_disk = np.sort(positions[own])  # read in the file's order: random reads of a large file are slow
        rows = self._rows[on_disk]
        where = np.zeros(len(positions), np.int32)  # those of other ranks are never looked at
        where[own] = np.searchsorted(on_disk, positions[own])
        return Stretch(_tensor(self._inputs[rows]), _tensor(self._labels[rows]), _tensor(where))

    def _own(self, count: int) -> Any:
        """Return which of the positions of some batches are this rank's; all of them where it trains alone."""
        if self._world.size == 1:
            return slice(None)
        starts = range(0, count, self.batch_size)
        ranks = {"rank": self._world.rank, "size": self._world.size}
        return np.concatenate([start + rows_to_read(min(self.batch_size, count - start), **ranks) for start in starts])


class Batches(keras.utils.PyDataset):
    """A feed, batch by batch, for the backends without a graph of many steps."""

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self._feed = feed

    def __len__(self) -> int:
        return self._feed.steps

    def __getitem__(self, step: int) -> tuple[Array, NDArray[np.int64]]:
        self._feed.seek(step + 1)
        return self._feed.batch(step)


def _tensor(values: Array) -> Any:
    return keras.ops.convert_to_tensor(values)
