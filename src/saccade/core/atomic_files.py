"""Files that appear all at once."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from saccade.core.errors import DataError


def temporary_name(path: Path) -> Path:
    """Return where this process writes a file or folder before it gets its name; ends as that does."""
    return path.with_name(f".saccade-{os.getpid()}-{path.name}")


def remove_temporary(folder: Path, *, is_alive: Callable[[int], bool]) -> None:
    """Remove what writers left in a folder and below when they were killed.

    Args:
        folder: nothing in it is being written by this process.
        is_alive: whether the process of a number still runs.
    """
    for path in list(folder.rglob(".saccade-*-*")):
        number = path.name.split("-")[1]
        if number.isdecimal() and (int(number) == os.getpid() or not is_alive(int(number))):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


@contextmanager
def removed_on_failure(folder: Path) -> Iterator[None]:
    """Remove a new folder when something fails while it holds no work yet, so that nothing half made stays."""
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write(temporary_path)` make a file, flush it to the disk, then rename it.

    A reader sees the old file or the new one, also after a power cut. Nothing half done is left.

    Raises:
        OSError: the disk is full or the folder cannot be written.
    """
    with _written(path, write) as temporary:
        with temporary.open("r+b") as file:
            os.fsync(file.fileno())
        temporary.replace(path)


def write_whole_folder(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write(temporary_path)` make a folder, then put it in the place of the old one.

    A folder that is there cannot be replaced in one step: for a moment there is none. Nothing half done is left.

    Raises:
        OSError: the disk is full or the folder cannot be written.
    """
    with _written(path, write) as temporary:
        shutil.rmtree(path, ignore_errors=True)
        temporary.replace(path)


@contextmanager
def _written(path: Path, write: Callable[[Path], object]) -> Iterator[Path]:
    """Give what was written under a temporary name, and remove what is left of it."""
    temporary = temporary_name(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(temporary)
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True) if temporary.is_dir() else temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file that the user asked for, whole.

    Raises:
        DataError: it cannot be written.
    """
    try:
        write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8", newline=""))
    except OSError as error:
        raise DataError(f"Cannot write {path}: {error.strerror}. Name a file in another folder.") from error
