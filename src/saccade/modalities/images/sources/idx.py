"""A folder with the four idx files of MNIST and its relatives, packed (.gz) or not."""

import gzip
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import DataError
from saccade.modalities.images import listing
from saccade.modalities.images.listing import Listing

STEMS = {"train": "train", "test": "t10k"}
_UNSIGNED_BYTES = 8
_MOST_BYTES = 4_000_000_000  # the largest of this kind, EMNIST by class, has 0.6
_SPELLINGS = ("{stem}-{kind}-idx{rank}-ubyte", "{stem}-{kind}.idx{rank}-ubyte")


def recognises(path: Path) -> bool:
    """Say whether the folder has training images in an idx file."""
    return path.is_dir() and _find(path, "train", "images") is not None


def read(path: Path, *, quiet: bool = False) -> Listing:
    """Return the images of the folder; classes are named by their number.

    Raises:
        DataError: a file is missing, cut short, or not what its name says.
    """
    del quiet  # takes less than a second
    splits = {split: stem for split, stem in STEMS.items() if split == "train" or _find(path, stem, "images")}
    images = {split: _array(_required(path, stem, "images"), rank=3) for split, stem in splits.items()}
    labels = {split: _array(_required(path, stem, "labels"), rank=1) for split, stem in splits.items()}
    return assemble(images, labels, where=path)


def assemble(
    images: dict[str, NDArray[np.uint8]],
    labels: dict[str, NDArray[np.uint8]],
    *,
    where: Path,
    classes: tuple[str, ...] | None = None,
) -> Listing:
    """Return the listing of (n, h, w) images and (n,) labels a split.

    Raises:
        DataError: a split has more images than labels, or the reverse.
    """
    for split, pixels in images.items():
        if len(pixels) != len(labels[split]):
            raise DataError(
                f"{where} has {len(pixels)} {split} images but {len(labels[split])} {split} labels: "
                "the files do not belong together."
            )
    highest = max(int(numbers.max(initial=0)) for numbers in labels.values())
    names = classes or tuple(str(number) for number in range(highest + 1))
    return listing.of_pixels(
        {split: pixels[..., np.newaxis] for split, pixels in images.items()},
        {split: numbers.astype(np.int64) for split, numbers in labels.items()},
        names,
    )


def content(path: Path) -> bytes:
    """Return what is in a file, unpacked when it ends in .gz; raises DataError when it is cut short or a trap."""
    if path.suffix != ".gz":
        return path.read_bytes()
    try:
        with gzip.open(path) as packed:
            unpacked = packed.read(_MOST_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} is damaged or cut short ({error}). Copy or download it again.") from error
    if len(unpacked) > _MOST_BYTES:
        raise DataError(f"{path} would unpack to more than {_MOST_BYTES / 1e9:g} GB: refused as a trap.")
    return unpacked


def parse(raw: bytes, *, path: Path, rank: int) -> NDArray[np.uint8]:
    """Return the array in an idx file: two zero bytes, type, number of axes, their lengths, values.

    Raises:
        DataError: the magic number is wrong, or the file is shorter or longer than it says.
    """
    if len(raw) < 4 + 4 * rank or tuple(raw[:4]) != (0, 0, _UNSIGNED_BYTES, rank):
        expected = f"0000{_UNSIGNED_BYTES:02x}{rank:02x}"
        raise DataError(
            f"{path} is no idx file of bytes with {rank} axes: starts with {raw[:4].hex()}, not {expected}."
        )
    shape = tuple(np.frombuffer(raw, ">u4", count=rank, offset=4).tolist())
    size, found = int(np.prod(shape, dtype=object)), len(raw) - 4 - 4 * rank
    if size != found:
        what = "cut short" if found < size else "too long"
        raise DataError(
            f"{path} is {what}: its header says {shape}, {size} bytes; there are {found}. Download it again."
        )
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape)


def _array(path: Path, *, rank: int) -> NDArray[np.uint8]:
    return parse(content(path), path=path, rank=rank)


def _find(folder: Path, stem: str, kind: str) -> Path | None:
    rank = 3 if kind == "images" else 1
    names = [spelling.format(stem=stem, kind=kind, rank=rank) for spelling in _SPELLINGS]
    paths = (folder / f"{name}{suffix}" for name in names for suffix in ("", ".gz"))
    return next((path for path in paths if path.is_file()), None)


def _required(folder: Path, stem: str, kind: str) -> Path:
    path = _find(folder, stem, kind)
    if path is None:
        rank = 3 if kind == "images" else 1
        raise DataError(
            f"{folder} lacks {stem}-{kind}-idx{rank}-ubyte(.gz), which belongs to the other idx files there."
        )
    return path
