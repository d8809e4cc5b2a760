"""A .tar, .tar.gz, .tgz, .tar.xz, .tar.bz2 or .zip of anything else that can be read; unpacked once."""

import bz2
import errno
import gzip
import io
import lzma
import os
import shutil
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

from saccade.core.cache import built_once, cache_folder, file_digest
from saccade.core.errors import DataError
from saccade.core.progress_bar import progress
from saccade.modalities.images import recognition
from saccade.modalities.images.listing import Listing

ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".zip")

LABELS_OPTIONAL = True  # where a table is in it

LARGEST_RATIO = 100
"""An archive that unpacks to more than so many times its size is a bomb: images hardly shrink."""

ALWAYS_ALLOWED = 10**9
"""Bytes that every archive may unpack to, whatever its size."""

MOST_TINY = 10_000
"""Files under 32 bytes, and folders: no image is so small, and to write so many of them takes long."""

_SMALL = 1 << 20  # bytes; written in one go
_TINY = 32
_LEAST_COST = 16384  # bytes that a file counts as, at least: to make it takes as long as to write so many
_MOST_AT_ONCE = 1 << 24  # bytes that a tar's own headers may have: a name is no longer
_SAYS_UTF_8 = 0x800

_PACKED: dict[bytes, Callable[[Path], Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}

_DAMAGED = (tarfile.TarError, zipfile.BadZipFile, EOFError, lzma.LZMAError, zlib.error, struct.error, OverflowError)
_Member = tuple[str, int, IO[bytes] | None]


def recognises(path: Path) -> bool:
    """Say by its name whether a file is an archive."""
    return path.is_file() and path.name.lower().endswith(ENDINGS)


def read(path: Path, *, quiet: bool = False, label: str = "", labelled: bool = True) -> Listing:
    """Return what is in the archive, read by whichever source recognises it; `label` and `labelled` are for tables.

    Raises:
        DataError: the archive is damaged, dangerous or too large, or its content cannot be used.
    """
    folder = unpacked(path, quiet=quiet)
    try:
        return recognition.read(folder, quiet=quiet, label=label, labelled=labelled)
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
    allowed, tiny = _allowed(path), MOST_TINY
    try:
        with progress(f"Unpacking {path.name}", None, quiet=quiet, in_bytes=True) as advance:
            for name, size, content in members(path):
                allowed -= max(size, _LEAST_COST)
                tiny -= size < _TINY
                if allowed < 0 or tiny < 0:
                    raise DataError(_too_large(path) if tiny >= 0 else _too_many(path))
                if content is not None:
                    _write(folder, name, size, content, archive=path)
                advance(size)
    except NotImplementedError as error:
        reason = str(error).rstrip(".") or "encrypted, or of a new kind"
        raise DataError(f"{path} is packed in a way that is not read ({reason}). {_UNPACK}") from error
    except _DAMAGED as error:
        raise _damaged(path, error) from error
    except OSError as error:
        if error.errno is None:  # bz2 says so of a damaged stream
            raise _damaged(path, error) from error
        raise


_UNPACK = "Unpack it yourself and give the folder."


def _allowed(path: Path) -> int:
    """Return how many bytes an archive may unpack to."""
    return max(ALWAYS_ALLOWED, LARGEST_RATIO * path.stat().st_size)


def _too_many(path: Path) -> str:
    return (
        f"{path} has more than {MOST_TINY:,} folders or files of under {_TINY} bytes, which are no images: refused "
        "as a trap. If you trust it, unpack it yourself and give the folder."
    )


def _too_large(path: Path) -> str:
    return (
        f"{path} would unpack to more than {LARGEST_RATIO} times its size, which images never do: refused "
        "as a trap. If you trust it, unpack it yourself and give the folder."
    )


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(f"{path} is damaged, cut short or no such archive ({error}). Copy or download it again.")


def _tar_members(path: Path) -> Iterator[_Member]:
    """Yield the files of a tar archive; raises DataError for members that point outside, links and devices.

    The rules are those of `tarfile.data_filter`, which resolves the whole path of every member on the disk: with
    `extractall` 60,000 images took four times as long. Nothing but contents is written here, so that no link can
    lead a later member astray.
    """
    with _unzipped(path) as unzipped:
        tar = _Counted(unzipped, path)
        with tarfile.open(fileobj=tar, mode="r:") as archive:
            for member in archive:
                _refuse(path, member.name, is_special=not (member.isfile() or member.isdir()))
                yield member.name, member.size, archive.extractfile(member) if member.isfile() else None
        if tar.last.strip(b"\0") or not tar.last:  # it ends with zeros; tarfile also stops at a damaged header
            raise tarfile.ReadError("it has no end")
        while tar.read(_SMALL):  # to the checksum behind it all
            pass


def _unzipped(path: Path) -> IO[bytes]:
    """Open a tar archive, packed or not, as its first bytes say."""
    with path.open("rb") as file:
        start = file.read(6)
    unpack = next((unpack for magic, unpack in _PACKED.items() if start.startswith(magic)), None)
    return path.open("rb") if unpack is None else cast(IO[bytes], unpack(path))


class _Counted(io.RawIOBase):
    """A tar archive that is read forward, and no further than an archive may unpack to.

    Attributes:
        last: what was read last.
    """

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self._file, self._path, self._allowed, self._position = file, path, _allowed(path), 0
        self.last = b""

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; raises DataError where there are too many."""
        if not 0 <= size <= _MOST_AT_ONCE:
            raise tarfile.ReadError("a header of it is too long")
        self.last = self._file.read(size)
        self._position += len(self.last)
        if self._position > self._allowed + self._path.stat().st_size:
            raise DataError(_too_large(self._path))
        return self.last

    def tell(self) -> int:
        """Return how many bytes were read."""
        return self._position

    def seek(self, position: int, whence: int = 0) -> int:
        """Go forward to a place by reading."""
        if whence or position < self._position:
            raise tarfile.ReadError("its members lie on top of each other")
        while self._position < position and self.read(min(_SMALL, position - self._position)):
            pass
        return self._position


def _zip_members(path: Path) -> Iterator[_Member]:
    """Yield the files of a zip archive; raises DataError for members that point outside, links and locked ones."""
    with zipfile.ZipFile(path) as archive:
        sizes = [member.file_size for member in archive.infolist()]  # what they claim; it is counted later, too
        if sum(size < _TINY for size in sizes) > MOST_TINY:
            raise DataError(_too_many(path))
        if sum(max(size, _LEAST_COST) for size in sizes) > _allowed(path):
            raise DataError(_too_large(path))
        for member in archive.infolist():
            _refuse(path, member.filename, is_special=stat.S_ISLNK(member.external_attr >> 16))
            if member.flag_bits & 1:
                raise DataError(f"{path} is locked with a password. Unpack it yourself and give the folder.")
            name = _decoded(member).replace("\\", "/")  # as Windows PowerShell 5 separates folders
            if not name.endswith("/"):
                with archive.open(member) as content:
                    yield name, member.file_size, content
            else:
                yield name, 0, None


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
    splits = name.replace("\\", "/").split("/")
    if splits[0] == "" or ".." in splits or splits[0][1:2] == ":":
        raise DataError(f"{archive} is dangerous: its member '{name}' points outside of the archive. Do not trust it.")
    if is_special:
        raise DataError(
            f"{archive} has a link or device, '{name}'. Only files are unpacked: pack those, or give a folder."
        )


def _write(folder: Path, name: str, size: int, content: IO[bytes], *, archive: Path) -> None:
    try:
        with _created(os.path.join(folder, name)) as output:  # noqa: PTH118 (pathlib is slow 60,000 times)
            if size <= _SMALL:
                output.write(content.read(size + 1))  # no more than it claims, and to its checksum
            else:
                shutil.copyfileobj(content, output)
            if output.tell() != size:
                raise zipfile.BadZipFile(f"'{name[:60]}' has {output.tell():,} bytes, not {size:,}")
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise DataError(f"{archive} has two members named '{name}'. Pack it again, or give a folder.") from error
    except (ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ):
            raise
        raise DataError(
            f"{archive} has a member whose name is too long or cannot be written here: '{name[:60]}…'. "
            "Pack it again with shorter names, or give a folder."
        ) from error


def _created(target: str) -> IO[bytes]:
    try:
        return open(target, "xb", buffering=0)  # noqa: PTH123
    except FileNotFoundError:  # the first file of its folder
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        return open(target, "xb", buffering=0)  # noqa: PTH123
