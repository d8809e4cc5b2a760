"""A .tar, .tar.gz, .tgz, .tar.xz, .tar.bz2 or .zip of anything else that can be read; unpacked once."""

import lzma
import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO

from saccade.data import recognising
from saccade.data.cache import built_once, cache_folder, file_digest
from saccade.data.listing import Listing
from saccade.data.progress import progress
from saccade.errors import DataError

ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".zip")

LARGEST_RATIO = 100
"""An archive that unpacks to more than so many times its size is a bomb: pictures hardly shrink."""

ALWAYS_ALLOWED = 10**9
"""Bytes that every archive may unpack to, whatever its size."""

_SMALL = 1 << 20  # bytes; written in one go
_LEAST_COST = 4096  # bytes on the disk; also of an empty file, so that millions of them are a bomb too

_SAYS_UTF_8 = 0x800

_DAMAGED = (tarfile.TarError, zipfile.BadZipFile, EOFError, lzma.LZMAError, zlib.error, NotImplementedError)
_Member = tuple[str, int, IO[bytes]]


def recognises(path: Path) -> bool:
    """Say by its name whether a file is an archive."""
    return path.is_file() and path.name.lower().endswith(ENDINGS)


def read(path: Path, *, quiet: bool = False) -> Listing:
    """Return what is in the archive, read by whichever source recognises it.

    Raises:
        DataError: the archive is damaged, dangerous or too large, or its content cannot be used.
    """
    folder = unpacked(path, quiet=quiet)
    try:
        return recognising.read(folder, quiet=quiet)
    except DataError as error:
        raise DataError(str(error).replace(str(folder), str(path))) from error  # the user knows the archive


def unpacked(path: Path, *, quiet: bool = False) -> Path:
    """Return the folder in the cache with the archive's content; the same content is unpacked once.

    Raises:
        DataError: as `read`. Nothing is left in the cache then.
    """
    folder = cache_folder("archives") / file_digest(path)[:32]
    return built_once(folder, partial(_unpack, path, quiet=quiet))


def _unpack(path: Path, folder: Path, *, quiet: bool) -> None:
    members = _zip_members if path.suffix.lower() == ".zip" else _tar_members
    allowed = max(ALWAYS_ALLOWED, LARGEST_RATIO * path.stat().st_size)
    try:
        with progress(f"Unpacking {path.name}", None, quiet=quiet, in_bytes=True) as advance:
            for name, size, content in members(path):
                allowed -= max(size, _LEAST_COST)
                if allowed < 0:
                    raise DataError(_too_large(path))
                _write(folder, name, size, content, archive=path)
                advance(size)
    except _DAMAGED as error:
        raise _damaged(path, error) from error
    except OSError as error:
        if error.errno is None:  # bz2 says so of a damaged stream
            raise _damaged(path, error) from error
        raise


def _too_large(path: Path) -> str:
    return (
        f"{path} would unpack to more than {LARGEST_RATIO} times its size, which pictures never do: refused "
        "as a trap. If you trust it, unpack it yourself and give the folder."
    )


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(f"{path} is damaged, cut short or no such archive ({error}). Copy or download it again.")


def _tar_members(path: Path) -> Iterator[_Member]:
    """Yield the files of a tar archive; raises DataError for members that point outside, links and devices.

    The rules are those of `tarfile.data_filter`, which resolves the whole path of every member on the disk: with
    `extractall` 60,000 pictures took four times as long. Nothing but contents is written here, so that no link can
    lead a later member astray.
    """
    with tarfile.open(path) as archive:
        for member in archive:
            _refuse(path, member.name, is_special=not (member.isfile() or member.isdir()))
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                yield member.name, member.size, content


def _zip_members(path: Path) -> Iterator[_Member]:
    """Yield the files of a zip archive; raises DataError for members that point outside, links and locked ones."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            _refuse(path, member.filename, is_special=stat.S_ISLNK(member.external_attr >> 16))
            if member.flag_bits & 1:
                raise DataError(f"{path} is locked with a password. Unpack it yourself and give the folder.")
            name = _decoded(member).replace("\\", "/")  # as Windows PowerShell 5 separates folders
            if not name.endswith("/"):
                with archive.open(member) as content:
                    yield name, member.file_size, content


def _decoded(member: zipfile.ZipInfo) -> str:
    """Return a member's name; macOS writes UTF-8 without saying so, which is then read as the code page of DOS."""
    if member.flag_bits & _SAYS_UTF_8 or member.filename.isascii():
        return member.filename
    try:
        return member.filename.encode("cp437").decode()
    except UnicodeError:
        return member.filename


def _refuse(archive: Path, name: str, *, is_special: bool) -> None:
    """Raise a DataError for a member that could be written or read outside of its folder."""
    parts = name.replace("\\", "/").split("/")
    if parts[0] == "" or ".." in parts or parts[0][1:2] == ":":
        raise DataError(f"{archive} is dangerous: its member '{name}' points outside of the archive. Do not trust it.")
    if is_special:
        raise DataError(
            f"{archive} has a link or device, '{name}'. Only files are unpacked: pack those, or give a folder."
        )


def _write(folder: Path, name: str, size: int, content: IO[bytes], *, archive: Path) -> None:
    try:
        with _created(os.path.join(folder, name)) as output:  # noqa: PTH118 (pathlib is slow 60,000 times)
            if size <= _SMALL:
                output.write(content.read())
            else:
                shutil.copyfileobj(content, output)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise DataError(f"{archive} has two members named '{name}'. Pack it again, or give a folder.") from error


def _created(target: str) -> IO[bytes]:
    try:
        return open(target, "xb", buffering=0)  # noqa: PTH123
    except FileNotFoundError:  # the first file of its folder
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        return open(target, "xb", buffering=0)  # noqa: PTH123
