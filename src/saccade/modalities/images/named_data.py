"""Named data: where its files lie, whether they are the right ones, and what is in them."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.core.cache import cache_folder, file_digest, write_whole
from saccade.core.downloading import download
from saccade.core.errors import DataError
from saccade.modalities.images.listing import Listing
from saccade.modalities.images.sources import idx


@dataclass(frozen=True)
class NamedFile:
    """One file of a named data set.

    Attributes:
        name: as the official address calls it.
        checksum: "sha256:…" or "md5:…" of the content, unpacked if the name ends in .gz (and not in .tar.gz):
            mirrors pack anew.
        addresses: where it can be downloaded, in the order to be tried.
    """

    name: str
    checksum: str
    addresses: tuple[str, ...]


def named_files(checksums: Mapping[str, str], addresses: Sequence[str]) -> tuple[NamedFile, ...]:
    """Return files by their names, each of which lies at several addresses, in the order to be tried."""
    return tuple(
        NamedFile(name, checksum, tuple(address + name for address in addresses))
        for name, checksum in checksums.items()
    )


def data_folders(name: str) -> list[Path]:
    """Return where files of a named data set may lie, in the order of looking.

    `SACCADE_DATA_HOME/<name>`, `SACCADE_DATA_HOME` itself, then the user's cache.
    """
    home = os.environ.get("SACCADE_DATA_HOME")
    own = [Path(home).expanduser() / name, Path(home).expanduser()] if home else []
    return [*own, cache_folder("data") / name]


def find(name: str, file_name: str) -> Path | None:
    """Return a file or folder of a named data set, or None when it is nowhere; .gz files may lie unpacked."""
    spellings = [file_name]
    if file_name.endswith(".gz") and not file_name.endswith(".tar.gz"):
        spellings.append(file_name.removesuffix(".gz"))
    paths = (folder / spelling for folder in data_folders(name) for spelling in spellings)
    return next((path for path in paths if path.exists()), None)


def found_or_downloaded(name: str, file: NamedFile, *, quiet: bool = False) -> Path:
    """Return the file, downloaded when it is nowhere; raises DownloadError."""
    return find(name, file.name) or download(
        file.addresses, _target(name) / file.name, checksum=file.checksum, quiet=quiet
    )


def _target(name: str) -> Path:
    """Return the first folder that may be written: SACCADE_DATA_HOME can be a read-only share."""
    first, *_, cache = [*data_folders(name), cache_folder("data") / name]
    writable = next((parent for parent in (first, *first.parents) if parent.exists()), cache)
    return first if os.access(writable, os.W_OK) else cache


def verify(path: Path, content: bytes, checksum: str) -> None:
    """Raise a DataError that names the file when its content is not the expected one."""
    method, _, expected = checksum.partition(":")
    found = hashlib.new(method, content, usedforsecurity=False).hexdigest()
    if found != expected:
        raise DataError(
            f"{path} is not the official file: expected {method} {expected}, found {found} "
            f"({len(content)} bytes). It may be cut short or altered. Delete it to have it downloaded anew, "
            "or put the right file there."
        )


def read_idx(name: str, files: Sequence[NamedFile], *, classes: tuple[str, ...], quiet: bool = False) -> Listing:
    """Return the images of a data set that comes as four idx files; raises DataError, DownloadError."""
    paths = {file.name: found_or_downloaded(name, file, quiet=quiet) for file in files}
    arrays = {file.name: _verified_array(paths[file.name], file.checksum) for file in files}
    by_split = {split: [arrays[key] for key in arrays if key.startswith(stem)] for split, stem in idx.STEMS.items()}
    images = {split: next(array for array in found if array.ndim > 1) for split, found in by_split.items()}
    labels = {split: next(array for array in found if array.ndim == 1) for split, found in by_split.items()}
    return idx.assemble(images, labels, where=paths[files[0].name].parent, classes=classes)


def _verified_array(path: Path, checksum: str) -> NDArray[np.uint8]:
    return idx.parse(_official(path, checksum), path=path, rank=3 if "images" in path.name else 1)


def _official(path: Path, checksum: str) -> bytes:
    """Return the content of an official file; a packed one is unpacked once, and later found in the cache.

    There it lies under the packed file's own digest, and is compared with the official checksum each time: what is
    damaged is unpacked again.
    """
    kept = cache_folder("unpacked") / file_digest(path) if path.suffix == ".gz" else None
    if kept and kept.is_file():
        content = kept.read_bytes()
        with suppress(DataError):
            verify(kept, content, checksum)
            return content
    content = idx.content(path)
    verify(path, content, checksum)
    if kept:
        write_whole(kept, lambda temporary: temporary.write_bytes(content))
    return content
