"""Features of images: what a pretrained backbone makes of them, computed once and kept in the cache.

found = features(dataset.images, rows=dataset.rows("train"))
found.vectors                                          # (n, 1280), float16, memory-mapped
features(images, layers=("block_5", "block_11")).maps  # {"block_5": (n, h/8, w/8, 40), …}
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import keras, policy_for, precision_scope
from saccade.core.cache import built_once, cache_folder
from saccade.core.progress_bar import progress
from saccade.inference.quick_network import QuickNetwork
from saccade.modalities.images.store import originals
from saccade.models import backbones

AT_ONCE = 64
"""Images a batch."""

VERSION = 3
"""Raised when the same images would get other features, so that those of before are not used."""

_VECTORS, _MIDDLE = "vectors", "middle"
_MOST = float(np.finfo(np.float16).max)


@dataclass(frozen=True)
class Features:
    """What a backbone makes of images, a row each.

    Attributes:
        vectors: (n, d), float16, memory-mapped: the mean of its last maps.
        maps: (n, h, w, c), float16, memory-mapped, by layer: those that were asked for.
        middle: (n, m), float16, memory-mapped: mean and standard deviation of each map in the middle of the backbone;
            (n, 0) where it says of none that they are of use.
    """

    vectors: NDArray[np.float16]
    maps: Mapping[str, NDArray[np.float16]]
    middle: NDArray[np.float16]


class Placed:
    """Features of some rows of a dataset, found by the dataset's row numbers.

    Attributes:
        shape: (m, ...), as if all rows were there.
        dtype: of the features.
    """

    def __init__(
        self, found: NDArray[Any], rows: NDArray[np.int64], count: int, *, at: NDArray[np.int64] | None = None
    ) -> None:
        """Place features (n, ...) at rows (n,) of so many; or those features only that are `at` (m,), at rows (m,)."""
        self._found, self._place = found, np.full(count, -1, np.int64)
        self._place[rows] = np.arange(len(rows)) if at is None else at
        self.shape: tuple[int, ...] = (count, *found.shape[1:])
        self.dtype = found.dtype

    def __len__(self) -> int:
        return len(self._place)

    def __getitem__(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """Return the features of rows, as an array in memory; raises LookupError for one that has none."""
        places = self._place[rows]
        if (places < 0).any():
            raise LookupError("features were asked for of a row that was never looked at")
        return np.asarray(self._found[places])


def features(
    images: NDArray[np.uint8],
    *,
    rows: NDArray[np.int64] | None = None,
    backbone: str = backbones.DEFAULT,
    layers: Sequence[str] = (),
    size: int | None = None,
    quiet: bool = False,
) -> Features:
    """Return the features of images, from the cache when the same pixels were seen before.

    The test split stays closed when only the rows of others are given.

    Args:
        images: (m, h, w, c), uint8, raw pixels, grey or colour; may be memory-mapped, as `ImageDataset.images` is.
        rows: (n,), which of them, in this order; all when left out.
        backbone: a file of `models/backbones/`.
        layers: whose maps are wanted beside the vectors: `backbones.described(backbone).layers` are worth it.
        size: side in pixels to which they are brought first; as they are when left out. A backbone sees best near its
            own (`described(backbone).side`), and well from half of it on.
        quiet: no progress bar.

    Raises:
        UnknownNameError: there is no such backbone or layer; names the nearest.
        RecipeError: the images are smaller than 16 pixels.
        MissingPackageError, DownloadError: its weights are not here; says how to get them.
        DataError: the cache cannot be written.
    """
    picked = np.arange(len(images)) if rows is None else rows
    policy = policy_for("auto")
    known = backbones.described(backbone)
    settings = f"{VERSION} {known.name} {known.digest} {policy} {size} {images.shape[1:]} {sorted(layers)} "
    folder = cache_folder("features") / _key(settings, images, picked)
    make = partial(
        _build, images=images, rows=picked, name=backbone, layers=layers, size=size, policy=policy, quiet=quiet
    )
    built = built_once(folder, make)
    maps = {layer: _opened(built, layer) for layer in layers}
    middle = _opened(built, _MIDDLE) if known.middle else np.zeros((len(picked), 0), np.float16)
    return Features(_opened(built, _VECTORS), maps, middle)


def _key(settings: str, images: NDArray[np.uint8], rows: NDArray[np.int64]) -> str:
    """Return a digest of pixels; of decoded files, of the store's name and the files, which say as much at once."""
    digest = hashlib.sha256(settings.encode())
    if store := originals(images):
        digest.update(f"{store.name} {VERSION}".encode() + store.files.digests[rows].tobytes())
        return digest.hexdigest()[:32]
    for batch in _batches(images, rows):
        digest.update(np.ascontiguousarray(batch).data)
    return digest.hexdigest()[:32]


def _batches(images: NDArray[np.uint8], rows: NDArray[np.int64]) -> Iterator[NDArray[np.uint8]]:
    for start in range(0, len(rows), AT_ONCE):
        yield images[rows[start : start + AT_ONCE]]


def _build(
    folder: Path,
    *,
    images: NDArray[np.uint8],
    rows: NDArray[np.int64],
    name: str,
    layers: Sequence[str],
    size: int | None,
    policy: str,
    quiet: bool,
) -> None:
    channels = images.shape[-1]
    shape = (size, size, channels) if size else (*images.shape[1:3], channels)
    has_middle = bool(backbones.described(name).middle)
    with precision_scope(policy):
        network = backbones.extractor(name, shape, layers=layers, with_middle=has_middle, quiet=quiet)
        asked = QuickNetwork(network)
    files = {each: (folder / f"{each}.npy").open("wb") for each in (_VECTORS, *layers, *([_MIDDLE] * has_middle))}
    try:
        for file, tensor in zip(files.values(), network.outputs, strict=True):
            _write_header(file, (len(rows), *tensor.shape[1:]))
        with progress("Looking at images", len(rows), quiet=quiet) as advance:
            for batch in _batches(images, rows):
                _write(files.values(), asked.outputs(_resized(batch, size)))
                advance(len(batch))
    finally:
        for file in files.values():
            file.close()


def _resized(batch: NDArray[np.uint8], size: int | None) -> NDArray[Any]:
    if not size or batch.shape[1:3] == (size, size):
        return batch
    return np.asarray(keras.ops.image.resize(batch.astype(np.float32), (size, size), antialias=True))


def _write_header(file: IO[bytes], shape: tuple[int, ...]) -> None:
    np.lib.format.write_array_header_1_0(file, {"descr": "<f2", "fortran_order": False, "shape": shape})


def _write(files: Any, outputs: tuple[NDArray[np.float32], ...]) -> None:
    """Add the rows of a batch; written with `write`, for a full disk under a memory map kills the process."""
    for file, array in zip(files, outputs, strict=True):
        file.write(np.clip(array, -_MOST, _MOST).astype("<f2").tobytes())


def _opened(folder: Path, name: str) -> NDArray[np.float16]:
    array: NDArray[np.float16] = np.load(folder / f"{name}.npy", mmap_mode="r")
    return array
