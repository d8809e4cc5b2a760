"""The decoded store: image files as one memory-mapped array, decoded once for a size."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from saccade.core.cache import built_once, cache_folder
from saccade.core.errors import DataError
from saccade.core.parallel import in_chunks
from saccade.modalities.images import decoding
from saccade.modalities.images import pixels as images
from saccade.modalities.images.dataset import Picked
from saccade.modalities.images.file_properties import Survey
from saccade.modalities.images.pixels import Fit

_VERSION = 3
_COPIED_AT_ONCE = 1024  # rows


@dataclass(frozen=True)
class Look:
    """What stored pixels look like.

    Attributes:
        height: in pixels.
        width: in pixels.
        channels: 1 or 3.
        fit: how other shapes became this one.
    """

    height: int
    width: int
    channels: int
    fit: Fit

    @property
    def image_bytes(self) -> int:
        """Bytes of the pixels of one image."""
        return self.height * self.width * self.channels


@dataclass(frozen=True)
class Store:
    """Decoded images on the disk.

    Attributes:
        pixels: (n, h, w, c), uint8, memory-mapped, read-only: the images that could be decoded.
        rows: (n,), int64: which of the files that were given each image is.
        files: what is known of each image's file.
        failures: why each file that could not be decoded could not, by its row.
        name: of its folder, after the files and how the pixels are: equal name, equal pixels.
    """

    pixels: NDArray[np.uint8]
    rows: NDArray[np.int64]
    files: Survey
    failures: dict[int, str]
    name: str

    def only(self, rows: NDArray[np.int64]) -> "Store":
        """Return some of the images; their pixels are all there still."""
        return replace(self, rows=self.rows[rows], files=self.files.only(rows))


def store(files: Sequence[str], survey: Survey, look: Look, *, quiet: bool = False) -> Store:
    """Return the decoded images of files; decodes only what no store holds yet.

    The same files give the same store, wherever they lie: it is found by their content.

    Args:
        files: image files whose headers are good.
        survey: of exactly these files.
        look: how the pixels shall be.
        quiet: no progress bar.

    Raises:
        DataError: the disk is full, or the cache cannot be written.
    """
    build = partial(_build, files=files, survey=survey, look=look, quiet=quiet)
    folder = cache_folder("stores") / _key(survey, look)
    try:
        return _open(built_once(folder, build))
    except (OSError, ValueError, EOFError, KeyError, BadZipFile):
        shutil.rmtree(folder, ignore_errors=True)  # damaged since it was built, by a power cut say: decode again
        return _open(built_once(folder, build))


def originals(images: NDArray[np.uint8]) -> Store | None:
    """Return the store behind a dataset's images, with what is known of their files; None for other arrays."""
    if isinstance(images, Picked):
        whole = originals(images.images)
        return whole and whole.only(images.rows)
    path = getattr(images, "filename", None)
    folder = Path(path).parent if path else None
    return _open(folder) if folder and (folder / "files.npz").is_file() else None


def _key(survey: Survey, look: Look) -> str:
    text = f"{_VERSION}.{images.VERSION} {look.height}x{look.width}x{look.channels} {look.fit} "
    return hashlib.sha256(text.encode() + survey.digests.tobytes()).hexdigest()[:32]


def _open(folder: Path) -> Store:
    with (folder / "files.npz").open("rb") as file, np.load(file) as arrays:
        rows, survey = arrays["rows"], Survey.among(arrays)
    failures = json.loads((folder / "failures.json").read_text(encoding="utf-8"))
    pixels = np.load(folder / "pixels.npy", mmap_mode="r")
    return Store(pixels, rows, survey, {int(row): reason for row, reason in failures.items()}, folder.name)


def _build(folder: Path, *, files: Sequence[str], survey: Survey, look: Look, quiet: bool) -> None:
    path = folder / "pixels.npy"
    shape = (len(files), look.height, look.width, look.channels)
    offset = _write_header(path, shape)
    decode = partial(_decode_into, path=path, offset=offset, look=look)
    items, size = list(enumerate(files)), look.image_bytes
    chunks = in_chunks(decode, items, title="Decoding images", item_bytes=size, quiet=quiet)
    failures = {row: reason for chunk in chunks for row, reason in chunk.items()}
    rows = np.setdiff1d(np.arange(len(files)), list(failures)).astype(np.int64)
    if failures:
        _keep_only(path, rows)
    with (folder / "files.npz").open("wb") as file:
        survey.only(rows).save(file, rows=rows)
    (folder / "failures.json").write_text(json.dumps(failures), encoding="utf-8")


def _write_header(path: Path, shape: tuple[int, ...]) -> int:
    """Start a .npy file and return where its pixels begin."""
    with path.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        return file.tell()


def _decode_into(numbered: Sequence[tuple[int, str]], *, path: Path, offset: int, look: Look) -> dict[int, str]:
    """Decode some files into their rows and return the reasons of those that failed.

    Written with `write`, not through a memory map: a full disk is then an error, and kills no process.
    """
    pixels = np.zeros((len(numbered), look.height, look.width, look.channels), np.uint8)
    failures = {}
    for position, (row, file) in enumerate(numbered):
        try:
            pixels[position] = _decode(file, look)
        except DataError as error:
            failures[row] = str(error)
    with path.open("r+b") as output:
        output.seek(offset + numbered[0][0] * pixels[0].nbytes)
        output.write(pixels.data)
    return failures


def _decode(file: str, look: Look) -> NDArray[np.uint8]:
    try:
        content = images.read_file(file)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}.") from error
    return decoding.decode(content, size=(look.height, look.width), channels=look.channels, fit=look.fit)


def _keep_only(path: Path, rows: NDArray[np.int64]) -> None:
    """Rewrite the file without the rows that failed, so that row numbers have no holes."""
    old, new = np.load(path, mmap_mode="r"), path.with_suffix(".kept")
    _write_header(new, (len(rows), *old.shape[1:]))
    with new.open("ab") as output:
        for start in range(0, len(rows), _COPIED_AT_ONCE):
            output.write(old[rows[start : start + _COPIED_AT_ONCE]].data)
    del old
    new.replace(path)
