"""A folder with CIFAR-10's python batches: data_batch_1 to data_batch_5, test_batch, batches.meta."""

import io
import pickle
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.errors import DataError
from saccade.modalities.images import listing
from saccade.modalities.images.listing import Listing

BATCHES = {"train": tuple(f"data_batch_{number}" for number in range(1, 6)), "test": ("test_batch",)}
META = "batches.meta"
_SIDE, _COLOURS = 32, 3

Batch = dict[str, Any]


def recognises(path: Path) -> bool:
    """Say whether the folder has the first batch."""
    return path.is_dir() and (path / BATCHES["train"][0]).is_file()


def read(path: Path, *, quiet: bool = False) -> Listing:
    """Return the images of the batches.

    Raises:
        DataError: a batch is missing, damaged, or holds anything but arrays, numbers and text.
    """
    del quiet  # takes less than a second
    return assemble(path, lambda file: file.read_bytes())


def assemble(path: Path, content: Callable[[Path], bytes]) -> Listing:
    """Return the images of the batches in a folder, each read by `content(file)`; raises DataError."""
    splits = {split: names for split, names in BATCHES.items() if split == "train" or (path / names[0]).is_file()}
    batches = {split: [_batch(path / name, content) for name in names] for split, names in splits.items()}
    return listing.of_pixels(
        {split: np.concatenate([pixels for pixels, _ in found]) for split, found in batches.items()},
        {split: np.concatenate([labels for _, labels in found]) for split, found in batches.items()},
        _class_names(path / META, content, batches.values()),
    )


def _batch(path: Path, content: Callable[[Path], bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return (n, 32, 32, 3) pixels and (n,) labels of one batch."""
    batch = _loaded(path, content)
    try:
        labels = np.asarray(batch["labels"], np.int64)
        data = batch["data"]
        if data.dtype != np.uint8 or data.shape != (len(labels), _COLOURS * _SIDE * _SIDE):
            raise ValueError(f"'data' is {data.dtype} {data.shape}, 'labels' {labels.shape}")
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path} is not a CIFAR-10 batch: expected 'data' (n, 3072) and 'labels' (n,); {error}."
        ) from error
    channels_first = data.reshape(-1, _COLOURS, _SIDE, _SIDE)
    return np.ascontiguousarray(channels_first.transpose(0, 2, 3, 1)), labels


def _class_names(
    path: Path, content: Callable[[Path], bytes], batches: Iterable[list[tuple[Any, NDArray[np.int64]]]]
) -> tuple[str, ...]:
    """Return the names in batches.meta, or numbers when there is none."""
    highest = max(int(labels.max()) for found in batches for _, labels in found)
    if not path.is_file():
        return tuple(str(number) for number in range(highest + 1))
    names = _loaded(path, content).get("label_names")
    if not isinstance(names, list) or len(names) <= highest:
        raise DataError(f"{path} does not name the {highest + 1} classes of the batches beside it.")
    return tuple(name.decode() if isinstance(name, bytes) else str(name) for name in names)


def _loaded(path: Path, content: Callable[[Path], bytes]) -> Batch:
    try:
        batch = _without_stand_ins(_SafeUnpickler(io.BytesIO(content(path)), encoding="bytes").load())
    except FileNotFoundError:
        raise DataError(f"{path} is missing beside the other batches. Download the folder again.") from None
    except OSError:
        raise
    except DataError as error:
        raise DataError(f"{path} was not opened: {error}") from error
    except Exception as error:  # a damaged pickle raises almost anything
        raise DataError(f"{path} is damaged or cut short ({type(error).__name__}: {error}).") from error
    if not isinstance(batch, dict):
        raise DataError(f"{path} is not a CIFAR-10 batch: expected a dictionary, found {type(batch).__name__}.")
    return batch


class _Array:
    """Stands where a pickle wants a NumPy array, and only remembers what it was told."""

    state: tuple[Any, ...] = ()

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.state = state  # (version, shape, dtype, is Fortran order, bytes)

    def array(self) -> Array:
        _, shape, dtype, fortran_order, raw = self.state
        if not isinstance(dtype, _Dtype) or not isinstance(raw, bytes | bytearray):
            raise DataError("it holds an array of something other than numbers.")
        return np.frombuffer(raw, dtype.name).reshape(shape, order="F" if fortran_order else "C")


class _Dtype:
    """Stands where a pickle wants a NumPy dtype of numbers."""

    def __init__(self, name: bytes | str, *_: object) -> None:
        self.name = name.decode() if isinstance(name, bytes) else name
        if self.name[:1] not in "biuf" or not self.name[1:].isdecimal():
            raise DataError(f"it holds an array of type '{self.name}', not of numbers.")

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order = state[1]  # (version, byte order, ...)
        order = order.decode() if isinstance(order, bytes) else order
        self.name = f"{order}{self.name}"


def _reconstruct(*_: object) -> _Array:
    return _Array()


def _from_buffer(raw: bytes, dtype: _Dtype, shape: tuple[int, ...], order: str) -> _Array:
    array = _Array()
    array.state = (1, shape, dtype, order == "F", raw)
    return array


def _encode(text: str, _: str) -> bytes:
    return text.encode("latin1")  # how Python 3 writes bytes for Python 2


# No name in a pickle leads to real code: not even NumPy's own, which trusts what it is given.
_STAND_INS: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): "ndarray",
    ("numpy", "dtype"): _Dtype,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy.core.numeric", "_frombuffer"): _from_buffer,
    ("numpy._core.numeric", "_frombuffer"): _from_buffer,
    ("_codecs", "encode"): _encode,
}


class _SafeUnpickler(pickle.Unpickler):
    """Reads arrays, numbers, text, bytes, lists, tuples and dictionaries, and refuses everything else."""

    def find_class(self, module: str, name: str) -> Any:
        """Return a stand-in; raises DataError for any name that is not needed for arrays."""
        if (module, name) not in _STAND_INS:
            raise DataError(
                f"it asks to run '{module}.{name}', and batches need only arrays and text. Do not trust it."
            )
        return _STAND_INS[module, name]


def _without_stand_ins(batch: Any) -> Any:
    """Return a batch with text keys and real arrays."""
    if not isinstance(batch, dict):
        return batch
    named = {key.decode() if isinstance(key, bytes) else key: value for key, value in batch.items()}
    return {key: value.array() if isinstance(value, _Array) else value for key, value in named.items()}
