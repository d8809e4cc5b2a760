"""CIFAR-10: 60,000 photos, 32×32 colour, 10 classes; 170 MB."""

from dataclasses import replace
from pathlib import Path

from saccade.data import named
from saccade.data.cache import file_digest
from saccade.data.listing import Listing
from saccade.data.named import NamedFile
from saccade.data.sources import archive, cifar_batches
from saccade.errors import DataError

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

JPEG_COPY = "cifar10-jpeg.tar.xz"
_JPEG_COPY_CHECKSUM = "75cfd46979ffc6983c7f3d733f27154f634e7ba92082bbf9482c6703304929d1"
_JPEG_NOTE = (
    "This is the JPEG copy of CIFAR-10 (quality 75), not the lossless original: scores run a few points "
    f"under those of the original. For that, put {ARCHIVE.name} beside it."
)


def read(*, quiet: bool = False) -> Listing:
    """Return the official parts, from the python batches, else the JPEG copy, else a download."""
    folder, packed = named.find("cifar10", FOLDER), named.find("cifar10", ARCHIVE.name)
    copy = named.find("cifar10", JPEG_COPY)
    if folder is None and packed is None and copy is not None:
        return _jpeg_copy(copy, quiet=quiet)
    if folder is None:
        packed = packed or named.found_or_downloaded("cifar10", ARCHIVE, quiet=quiet)
        folder = archive.unpacked(packed, quiet=quiet) / FOLDER
    return replace(cifar_batches.assemble(folder, _verified), classes=CLASSES)


def _verified(path: Path) -> bytes:
    content = path.read_bytes()
    named.verify(path, content, CHECKSUMS[path.name])
    return content


def _jpeg_copy(path: Path, *, quiet: bool) -> Listing:
    if file_digest(path) != _JPEG_COPY_CHECKSUM:
        raise DataError(
            f"{path} is not the known JPEG copy of CIFAR-10: it may be cut short or altered. Copy it again."
        )
    listing = archive.read(path, quiet=quiet)
    return replace(listing, notes=(*listing.notes, _JPEG_NOTE))
