"""Arrays that a program gives instead of a file; kept as one, so that a run finds its data again."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from saccade.core.arrays import Array
from saccade.core.cache import cache_folder, write_whole
from saccade.core.errors import DataError
from saccade.core.split_names import split_of

_FOLDER = "arrays"
_SPLITS = {2: ("train", "test"), 3: ("train", "val", "test")}
_EXPECTED = (
    "Expected a name, a path, or arrays: (images, labels); ((x_train, y_train), (x_test, y_test)); or by split, "
    '{"train": (images, labels), "test": (images, labels)}.'
)


def source_of(data: Any) -> str:
    """Return a name or path as it is, and for arrays the NPZ file in the cache that they were written into.

    Args:
        data: a name or path; (images, labels) with images (n, h, w) or (n, h, w, c) and n numbers or names of classes;
            two such pairs, for training and test; three, for training, validation and test; or pairs by split.

    Raises:
        DataError: it is nothing of this, images and labels differ in number, or the cache cannot be written.
    """
    if isinstance(data, str | Path):
        return str(data)
    arrays = {name: _array(value) for name, value in _named(data).items()}
    for split in {name[1:] for name in arrays}:
        images, labels = arrays[f"x{split}"], arrays[f"y{split}"]
        if images.ndim < 3 or not labels.ndim or len(images) != len(labels):
            found = f"images of shape {images.shape} with labels of shape {labels.shape}"
            raise DataError(f"The arrays do not belong together: {found}. {_EXPECTED}")
    path = cache_folder(_FOLDER) / f"arrays-{_digest(arrays)}.npz"
    if not path.exists():
        write_whole(path, lambda temporary: _save(temporary, arrays))
    return str(path)


def were_given(source: str) -> bool:
    """Say whether data are a file that `source_of` writes."""
    path = Path(source)
    return path.parent.name == _FOLDER and path.name.startswith("arrays-")


def _named(data: Any) -> dict[str, Any]:
    """Return images as x_<split> and labels as y_<split>."""
    if isinstance(data, Mapping):
        pairs = {split_of(str(name)): pair for name, pair in data.items()}
        if "" in pairs or len(pairs) < len(data):
            raise DataError(f"No splits: {', '.join(map(str, data))}. {_EXPECTED}")
    elif not isinstance(data, tuple | list) or len(data) not in _SPLITS:
        raise DataError(f"Found {type(data).__name__} for data. {_EXPECTED}")
    elif all(isinstance(each, tuple | list) and len(each) == 2 and np.ndim(each[0]) > 2 for each in data):
        pairs = dict(zip(_SPLITS[len(data)], data, strict=True))
    else:
        pairs = {"": data}
    if not all(isinstance(pair, tuple | list) and len(pair) == 2 for pair in pairs.values()):
        raise DataError(f"A split needs images and labels. {_EXPECTED}")
    named = {split: f"_{split}" if split else "" for split in pairs}
    return {
        f"{kind}{named[split]}": value for split, pair in pairs.items() for kind, value in zip("xy", pair, strict=True)
    }


def _array(value: Any) -> Array:
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise DataError(f"Images or labels of different shapes make no array: {error}. {_EXPECTED}") from error
    if array.dtype == object and all(isinstance(each, str) for each in array.ravel()):
        array = array.astype(np.str_)  # as pandas holds text
    if array.dtype.kind not in "uifbUS":
        raise DataError(f"Found an array of {array.dtype}. Expected numbers, or names of classes. {_EXPECTED}")
    return array


def _digest(arrays: Mapping[str, Array]) -> str:
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.shape} {array.dtype.str} ".encode())
        digest.update(np.ascontiguousarray(array).data.cast("B") if array.dtype.kind != "U" else array.tobytes())
    return digest.hexdigest()[:16]


def _save(path: Path, arrays: Mapping[str, Array]) -> None:
    with path.open("wb") as file:  # given a path, NumPy would add an ending
        np.savez(file, allow_pickle=False, **arrays)
