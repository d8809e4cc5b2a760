"""Downloading: a file from the first address that gives the right one."""

import gzip
import hashlib
import http.client
import zlib
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from filelock import FileLock

from saccade.core.cache import clear_disk_errors
from saccade.core.errors import DownloadError
from saccade.core.progress_bar import progress

TIMEOUT = 30.0
"""Seconds without an answer before the next address is tried."""

_ATTEMPTS = 3  # an address, going on where the last broke off
_AT_ONCE = 1 << 18  # bytes


def download(addresses: Sequence[str], target: Path, *, checksum: str, quiet: bool = False) -> Path:
    """Return `target`, fetched from the first address whose content has the right checksum.

    A download that breaks off is gone on with, also by a later start. Two processes fetch a file once.

    Args:
        addresses: where to look, in this order.
        target: the file to write.
        checksum: "sha256:…" or "md5:…" of the content, unpacked if the name ends in .gz and not in .tar.gz.
        quiet: no progress bar.

    Raises:
        DownloadError: no address gave the right file; says why, and which file to put where by hand.
        DataError: the disk is full or the folder cannot be written.
    """
    with clear_disk_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.with_name(f".{target.name}.lock")):
            if not target.exists():
                _from_any(addresses, target, checksum=checksum, quiet=quiet)
    return target


def _from_any(addresses: Sequence[str], target: Path, *, checksum: str, quiet: bool) -> None:
    problems = []
    for address in addresses:
        try:
            partial = _fetched(address, target, checksum=checksum, quiet=quiet)
        except DownloadError as error:
            problems.append(f"  {address}: {error}")
        else:
            partial.replace(target)
            for other in addresses:
                _partial(target, other).unlink(missing_ok=True)
            return
    raise DownloadError(
        f"{target.name} could not be downloaded:\n" + "\n".join(problems) + "\nWithout a network: fetch it from "
        f"one of these addresses on another machine and put it into {target.parent}/."
    )


def _partial(target: Path, address: str) -> Path:
    """Return the unfinished file of one address: mirrors pack differently, and cannot be mixed."""
    mark = hashlib.sha256(address.encode()).hexdigest()[:8]
    return target.with_name(f".{mark}-{target.name}.part")


def _fetched(address: str, target: Path, *, checksum: str, quiet: bool) -> Path:
    """Return the finished, verified file of one address; raises DownloadError with the reason."""
    partial = _partial(target, address)
    resumed = partial.exists() and partial.stat().st_size > 0
    _fetch(address, partial, quiet=quiet)
    if resumed and not _is_right(partial, target, checksum):  # the beginning was of another version
        partial.unlink()
        _fetch(address, partial, quiet=quiet)
    if not _is_right(partial, target, checksum):
        size = partial.stat().st_size
        partial.unlink()
        raise DownloadError(f"gave {size} bytes with the wrong checksum.")
    return partial


def _is_right(partial: Path, target: Path, checksum: str) -> bool:
    method, _, expected = checksum.partition(":")
    packed = target.name.endswith(".gz") and not target.name.endswith(".tar.gz")
    digest = hashlib.new(method, usedforsecurity=False)
    try:
        with gzip.open(partial) if packed else partial.open("rb") as file:
            while piece := file.read(_AT_ONCE):
                digest.update(piece)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return False
    return digest.hexdigest() == expected


def _fetch(address: str, partial: Path, *, quiet: bool) -> None:
    for _ in range(_ATTEMPTS):
        try:
            if _fetch_on(address, partial, quiet=quiet):
                return
        except HTTPError as error:
            error.close()
            raise DownloadError(f"answered {error.code} {error.reason}.") from error
        except URLError as error:
            raise DownloadError(f"no connection ({error.reason}).") from error
        except (TimeoutError, ConnectionError, http.client.HTTPException):
            continue  # broke off: go on from there
    raise DownloadError("broke off again and again.")


def _fetch_on(address: str, partial: Path, *, quiet: bool) -> bool:
    """Add to the unfinished file what it lacks; return whether it is complete."""
    begun = partial.stat().st_size if partial.exists() else 0
    headers = {"User-Agent": "saccade"} | ({"Range": f"bytes={begun}-"} if begun else {})
    try:
        answer = urlopen(Request(address, headers=headers), timeout=TIMEOUT)
    except HTTPError as error:
        if error.code != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        error.close()
        partial.unlink()  # longer than the file itself: of another version
        return False
    with answer:
        goes_on = answer.status == HTTPStatus.PARTIAL_CONTENT
        return _save(answer, partial, begun if goes_on else 0, quiet=quiet)


def _save(answer: Any, partial: Path, begun: int, *, quiet: bool) -> bool:
    """Write an answer behind what is there; return whether all that was announced came."""
    announced = answer.headers.get("Content-Length")
    total = begun + int(announced) if announced else None
    name = partial.name.partition("-")[2].removesuffix(".part")
    with (
        progress(f"Downloading {name}", total, quiet=quiet, in_bytes=True) as advance,
        partial.open("r+b" if begun else "wb") as file,
    ):
        file.seek(begun)
        advance(begun)
        while piece := answer.read(_AT_ONCE):
            file.write(piece)
            advance(len(piece))
        return total is None or file.tell() == total
