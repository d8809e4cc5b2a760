"""Files of a run are written whole or not at all: to a temporary name, then renamed."""

import csv
import errno
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from saccade.core.arrays import Array
from saccade.core.atomic_files import write_whole
from saccade.core.errors import RunError


def write_file(path: Path, save: Callable[[Path], object]) -> None:
    """Write all of a file through `save(temporary_path)`, or nothing and say clearly why not."""
    with clear_disk_errors(path):
        write_whole(path, save)


def write_text(path: Path, text: str) -> None:
    """Write a text."""
    write_file(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write plain values."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table."""

    def save(temporary: Path) -> None:
        with temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(rows)

    write_file(path, save)


def write_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write arrays by name, compressed."""

    def save(temporary: Path) -> None:
        with temporary.open("wb") as file:  # given a name, NumPy would add an ending to it
            np.savez_compressed(file, allow_pickle=False, **arrays)

    write_file(path, save)


def hash_of(path: Path) -> str:
    """Return the sha256 of a file; of a folder, that of its files' names and hashes."""
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    files = sorted(file for file in path.rglob("*") if file.is_file())
    splits = "".join(f"{file.relative_to(path).as_posix()} {hash_of(file)}\n" for file in files)
    return hashlib.sha256(splits.encode()).hexdigest()


@contextmanager
def clear_disk_errors(path: Path) -> Iterator[None]:
    """Turn a full disk or a read-only folder into one message that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise RunError(
                f"The disk is full: could not write {path}. Nothing written before is lost. Free some space, then go "
                "on with saccade train --resume (or start again, when there is no run folder yet)."
            ) from error
        reason = error.strerror or str(error)
        raise RunError(
            f"Cannot write {path}: {reason}. Make the folder writable, work on a copy of it, or choose another one for "
            "runs with --runs."
        ) from error
