"""Where decoded images, unpacked archives and downloads are kept, and how they appear there all at once."""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import platformdirs
from filelock import FileLock

from saccade.core import atomic_files
from saccade.core.arrays import Array
from saccade.core.errors import DataError


def cache_folder(kind: str) -> Path:
    """Return the folder for one kind of thing ("stores", "archives", "data", "audits", "duplicates" …).

    It may not exist yet. It lies in `SACCADE_CACHE`, else where this system keeps a user's caches. Everything
    in it can be deleted.
    """
    root = os.environ.get("SACCADE_CACHE") or platformdirs.user_cache_dir("saccade")
    return Path(root).expanduser() / kind


def built_once(folder: Path, build: Callable[[Path], None]) -> Path:
    """Return `folder`, built by `build(temporary_folder)` if it is not there yet.

    Two processes never build the same folder, and a build that is killed leaves nothing that looks finished.

    Raises:
        DataError: the disk is full or the cache cannot be written. Nothing half done is left.
    """
    if folder.is_dir():
        return folder
    temporary = folder.with_name(f".{folder.name}.part")
    with clear_disk_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f".{folder.name}.lock")):
            if not folder.is_dir():
                _build(temporary, folder, build)
    return folder


def _build(temporary: Path, folder: Path, build: Callable[[Path], None]) -> None:
    shutil.rmtree(temporary, ignore_errors=True)  # of a build that was killed; we hold its lock now
    try:
        temporary.mkdir()
        build(temporary)
        temporary.replace(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write all of a cache file or nothing, through `write(temporary_path)`; raises DataError when it cannot."""
    with clear_disk_errors(path):
        atomic_files.write_whole(path, write)


def remembered(path: Path, compute: Callable[[], Mapping[str, Array]]) -> dict[str, Array]:
    """Return the arrays of a .npz file in the cache, by name; computes and writes them when there is none yet."""
    if not path.exists():
        arrays = compute()
        write_whole(path, lambda temporary: _save(temporary, arrays))
    with path.open("rb") as file, np.load(file) as arrays:
        return dict(arrays)


def _save(path: Path, arrays: Mapping[str, Array]) -> None:
    with path.open("wb") as file:  # given a path, NumPy would add an ending
        np.savez(file, allow_pickle=False, **arrays)


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's content; that of a large file is remembered by path, size and time."""
    status = path.stat()
    if status.st_size < _WORTH_REMEMBERING:
        return _sha256(path)
    key = hashlib.sha256(f"{path.resolve()}\0{status.st_size}\0{status.st_mtime_ns}".encode()).hexdigest()
    memory = cache_folder("digests") / key
    if not memory.exists():
        digest = _sha256(path)
        write_whole(memory, lambda temporary: temporary.write_text(digest))
    return memory.read_text()


_WORTH_REMEMBERING = 200_000_000  # bytes; hashing less takes under half a second


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def clear_disk_errors(path: Path) -> Iterator[None]:
    """Turn a full disk or a read-only folder into a DataError that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DataError(
                f"The disk is full: could not write {path} ({_free(path) / 1e6:.0f} MB free). Free some "
                "space, or set SACCADE_CACHE to a folder on another disk."
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) and _is_within(error.filename, path.parent):
            raise DataError(
                f"Cannot write {path}: {error.strerror}. Set SACCADE_CACHE to a folder that you may write."
            ) from error
        raise


def _free(path: Path) -> int:
    return shutil.disk_usage(next(parent for parent in path.absolute().parents if parent.exists())).free


def _is_within(filename: object, folder: Path) -> bool:
    """Say whether an error is about our own cache, and not about the user's files that were read for it."""
    if not isinstance(filename, str | Path):
        return True
    path = Path(filename).absolute()
    return path.is_relative_to(folder.absolute()) or folder.absolute().is_relative_to(path)
