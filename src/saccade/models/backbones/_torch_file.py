"""The arrays of a PyTorch weight file of the old kind, read without PyTorch and without running what is in it."""

import hashlib
import pickle
import sys
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from saccade.core.errors import DataError

MAGIC = 0x1950A86A20F9469CFC6C
"""What such a file begins with, as a pickle (torch/serialization.py)."""

Arrays = dict[str, NDArray[Any]]


def read(path: Path, *, sha256: str) -> Arrays:
    """Return the tensors of a file by name.

    Args:
        path: of a file that `torch.save` wrote before PyTorch 1.6: pickles, then the numbers of every storage.
        sha256: of its content; nothing of a file with another is read.

    Raises:
        DataError: there is no such file, it has another content, or it asks for anything but tensors.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"Cannot read the weights {path}: {error.strerror}.") from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise DataError(f"{path} has the SHA-256 {found[:16]}…, expected {sha256[:16]}…. Install its package again.")
    with path.open("rb") as file:
        return _tensors(file)


def _tensors(file: IO[bytes]) -> Arrays:
    storages: dict[str, _Storage] = {}
    magic, _, _ = (_Unpickler(file, storages).load() for _ in range(3))  # then protocol and system
    if magic != MAGIC:
        raise DataError("the file is not one of PyTorch's before version 1.6.")
    tensors = _Unpickler(file, storages).load()
    for key in _Unpickler(file, storages).load():
        storages[key].fill(file)
    return {name: tensor.array() for name, tensor in tensors.items()}


@dataclass
class _Storage:
    """Numbers that tensors are made of, which stand at the end of the file."""

    dtype: np.dtype[Any]
    count: int
    numbers: NDArray[Any] | None = None

    def fill(self, file: IO[bytes]) -> None:
        count = int.from_bytes(file.read(8), "little")
        content = file.read(count * self.dtype.itemsize)
        if count != self.count or len(content) < count * self.dtype.itemsize:
            raise DataError("the file is cut short.")
        self.numbers = np.frombuffer(content, self.dtype)


@dataclass
class _Tensor:
    """A tensor that still waits for its numbers."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    steps: tuple[int, ...]

    def array(self) -> NDArray[Any]:
        numbers = self.storage.numbers
        last = self.offset + sum((side - 1) * step for side, step in zip(self.shape, self.steps, strict=True))
        if numbers is None or min(self.offset, *self.steps, 0) < 0 or last >= len(numbers):
            raise DataError("it holds a tensor that lies outside of its numbers.")
        strides = [step * numbers.itemsize for step in self.steps]
        return as_strided(numbers[self.offset :], self.shape, strides, writeable=False)


def _tensor(storage: _Storage, offset: int, shape: tuple[int, ...], steps: tuple[int, ...], *_: object) -> _Tensor:
    return _Tensor(storage, offset, shape, steps)


_STAND_INS: dict[tuple[str, str], Callable[..., Any] | str] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch", "FloatStorage"): "<f4",
    ("torch", "LongStorage"): "<i8",
}


class _Unpickler(pickle.Unpickler):
    """Reads dictionaries of tensors, and refuses everything else."""

    def __init__(self, file: IO[bytes], storages: dict[str, _Storage]) -> None:
        super().__init__(file)
        self._storages = storages

    def find_class(self, module: str, name: str) -> Any:
        """Return a stand-in; raises DataError for any name that tensors do not need."""
        if (module, name) not in _STAND_INS:
            raise DataError(f"it asks for '{module}.{name}', and weights need only tensors. Do not trust it.")
        return _STAND_INS[module, name]

    def persistent_load(self, identity: Any) -> _Storage:
        """Return the storage that a pickle refers to, without its numbers yet."""
        kind, dtype, key, _, count, view = identity
        if kind != "storage" or view is not None:
            raise DataError("it holds something other than plain tensors.")
        return self._storages.setdefault(sys.intern(str(key)), _Storage(np.dtype(dtype), int(count)))
