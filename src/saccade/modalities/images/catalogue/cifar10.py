"""CIFAR-10: 60,000 photos, 32×32 colour, 10 classes; 170 MB."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from saccade.core.errors import DataError
from saccade.modalities.images import named_data, npz
from saccade.modalities.images.image_arrays import of_arrays
from saccade.modalities.images.listing import Listing
from saccade.modalities.images.named_data import NamedFile
from saccade.modalities.images.sources import archive, cifar_batches

LICENCE = "not stated; collected from the web, for research"
HOMEPAGE = "https://www.cs.toronto.edu/~kriz/cifar.html"
HUB = "uoft-cs/cifar10"
IMAGE_SHAPE = (32, 32, 3)
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

FOLDER = "cifar-10-batches-py"
ARCHIVE = NamedFile(
    "cifar-10-python.tar.gz",
    "sha256:6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    (
        "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
        "http://www.cs.utoronto.ca/~kriz/cifar-10-python.tar.gz",
    ),
)
FILES = (ARCHIVE,)

# Of the batches in it, as published in torchvision and Krizhevsky's own listing.
CHECKSUMS = {
    "data_batch_1": "md5:c99cafc152244af753f735de768cd75f",
    "data_batch_2": "md5:d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "md5:54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "md5:634d18415352ddfa80567beed471001a",
    "data_batch_5": "md5:482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "md5:40351d587109b95175f43aff81a1287e",
    "batches.meta": "md5:5ff9c542aee3614f3951f8cda6e48888",
}

LOSSLESS_NPZ = "cifar10.npz"
"""x_train, y_train, x_test, y_test: the same images in the same order, as one file of arrays."""

_NPZ_CHECKSUM = "sha256:80387ddb9a0edf3fc4a964ee3770296169bb26a651050df20035579673099660"  # of these four, in order


def read(*, quiet: bool = False) -> Listing:
    """Return the official splits, from the python batches, else from cifar10.npz, else from a download."""
    folder, packed = named_data.find("cifar10", FOLDER), named_data.find("cifar10", ARCHIVE.name)
    arrays = named_data.find("cifar10", LOSSLESS_NPZ)
    if folder is None and packed is None and arrays is not None:
        return _of_npz(arrays)
    if folder is None:
        packed = packed or named_data.found_or_downloaded("cifar10", ARCHIVE, quiet=quiet)
        folder = archive.unpacked(packed, quiet=quiet) / FOLDER
    return replace(cifar_batches.assemble(folder, _verified), classes=CLASSES)


def _verified(path: Path) -> bytes:
    content = path.read_bytes()
    named_data.verify(path, content, CHECKSUMS[path.name])
    return content


def _of_npz(path: Path) -> Listing:
    arrays = npz.arrays(path)
    missing = [name for name in ("x_train", "y_train", "x_test", "y_test") if name not in arrays]
    if missing:
        raise DataError(f"{path} lacks {', '.join(missing)}: it is not CIFAR-10 as one file of arrays.")
    images = {split: arrays[f"x_{split}"] for split in ("train", "test")}
    labels = {split: arrays[f"y_{split}"] for split in ("train", "test")}
    content = b"".join(np.ascontiguousarray(each[split]).data for split in images for each in (images, labels))
    named_data.verify(path, content, _NPZ_CHECKSUM)
    return of_arrays(images, labels, names=CLASSES, where=path)
