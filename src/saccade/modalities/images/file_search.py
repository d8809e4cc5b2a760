"""The files below a folder, in order: links are followed, loops are cut, and what cannot be an image file is said."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.modalities.images.file_kinds import SUFFIXES

HIDDEN = (".", "__MACOSX")
"""How names begin that are skipped; the second is what macOS puts into zip files."""

_IMAGE = tuple(SUFFIXES)

NOWHERE = "link that leads nowhere."


def files_below(folder: str | Path) -> Iterator[str | SkippedItem]:
    """Yield the path of each file below a folder, or why it is not followed; training and prediction both come here.

    Links are followed, but never into a folder that was read already or is being read: a link to a folder above would
    otherwise bring in other classes, or never end.

    Raises:
        DataError: a folder may not be opened.
    """
    real = Path(os.path.realpath(folder))
    yield from _walk(str(folder), {str(real), *map(str, real.parents)})


def printable(name: str) -> str:
    """Return a name as text: on Linux a file's may be any bytes, ours must be written and printed."""
    return name if name.isascii() else os.fsencode(name).decode(errors="backslashreplace")


def _walk(folder: str, seen: set[str]) -> Iterator[str | SkippedItem]:
    with readable(folder), os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        if entry.name.startswith(HIDDEN):
            continue
        if not is_folder(entry):
            yield _file(entry) if entry.is_symlink() or not entry.is_file(follow_symlinks=False) else entry.path
        elif (real := os.path.realpath(entry.path)) not in seen:
            seen.add(real)
            yield from _walk(entry.path, seen)
        else:
            yield SkippedItem(
                entry.path, "folder that is read already by another way, or holds this one.", kind="other"
            )


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Say whether an entry is a folder; unlike its own `is_dir`, also of a link that points to itself.

    Only links are looked up on the disk, which is quick among 60,000 files.
    """
    return Path(entry.path).is_dir() if entry.is_symlink() else entry.is_dir(follow_symlinks=False)


def _file(entry: os.DirEntry[str]) -> str | SkippedItem:
    """Return the path of a link's file; or why there is none, so that a pipe is not waited for."""
    path = Path(entry.path)
    if path.is_file():
        return entry.path
    return SkippedItem(entry.path, "no regular file." if path.exists() else NOWHERE)


@contextmanager
def readable(folder: str | Path) -> Iterator[None]:
    """Turn a folder that may not be opened into a DataError."""
    try:
        yield
    except PermissionError as error:
        raise DataError(f"{folder} may not be opened: {error.strerror}. Ask for the right to read it.") from error


def visible(folder: Path) -> list[Path]:
    """Return what lies in a folder, sorted, without hidden files; raises DataError when it may not be read."""
    with readable(folder):
        return sorted(path for path in folder.iterdir() if not path.name.startswith(HIDDEN))


def subfolders(folder: Path) -> list[Path]:
    """Return the folders that lie in a folder, sorted, without hidden ones; links to folders count."""
    with readable(folder), os.scandir(folder) as entries:
        found = [entry.path for entry in entries if not entry.name.startswith(HIDDEN) and is_folder(entry)]
    return list(map(Path, sorted(found)))


def has_images(folder: Path) -> bool:
    """Say whether an image lies directly in a folder."""
    with readable(folder), os.scandir(folder) as entries:
        return any(entry.name.lower().endswith(_IMAGE) and not entry.name.startswith(HIDDEN) for entry in entries)


def holds_images(folder: Path) -> bool:
    """Say whether an image lies in a folder, at any depth."""
    return any(map(has_images, below(folder)))


def below(folder: Path) -> Iterator[Path]:
    """Yield a folder and all that lie in it, each once, however they are linked."""
    waiting, seen = [folder], set()
    while waiting:
        place = waiting.pop()
        if (real := os.path.realpath(place)) not in seen:
            seen.add(real)
            yield place
            waiting += subfolders(place)
