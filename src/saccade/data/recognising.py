"""Which source reads a path."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import ModuleType

from saccade import registry
from saccade.data.listing import Listing
from saccade.data.pictures import SUFFIXES
from saccade.data.split_names import split_of
from saccade.errors import DataError

HIDDEN = (".", "__MACOSX")
"""How names begin that are skipped; the second is what macOS puts into zip files."""

_PICTURE = tuple(SUFFIXES)
TABLES = (".csv", ".tsv", ".parquet")
"""Endings of tables, which may say what pictures show."""

_SHOWN = 5  # names in a sentence


def read(path: Path, *, quiet: bool = False) -> Listing:
    """Return the listing of a folder, archive or table, from the first source that recognises it.

    Sources are asked in the order of their names, and only imported until one says yes.

    Raises:
        DataError: no source can read it, or what it holds cannot be used.
    """
    inner, notes = _unwrapped(path)
    source = _source_of(inner)
    if source is None and inner.is_dir():
        source = registry.load("sources", "image_folder")  # says best what is wrong with a folder
    if source is None:
        known = "\n".join(f"  {name}: {line}" for name, line in registry.descriptions("sources").items())
        raise DataError(f"{path} is of no kind that can be read. Readable are:\n{known}")
    listing: Listing = source.read(inner, quiet=quiet)
    return replace(listing, notes=(*notes, *listing.notes)) if notes else listing


def visible(folder: Path) -> list[Path]:
    """Return what lies in a folder, sorted, without hidden files; raises DataError when it may not be read."""
    with readable(folder):
        return sorted(path for path in folder.iterdir() if not path.name.startswith(HIDDEN))


def subfolders(folder: Path) -> list[Path]:
    """Return the folders that lie in a folder, sorted, without hidden ones; links to folders count."""
    with readable(folder), os.scandir(folder) as entries:
        # only links are looked up on the disk: quick among 60,000 files, and entry.is_dir() raises for endless links
        found = [
            entry.path
            for entry in entries
            if not entry.name.startswith(HIDDEN)
            and (Path(entry.path).is_dir() if entry.is_symlink() else entry.is_dir(follow_symlinks=False))
        ]
    return list(map(Path, sorted(found)))


def has_pictures(folder: Path) -> bool:
    """Say whether a picture lies directly in a folder."""
    with readable(folder), os.scandir(folder) as entries:
        return any(entry.name.lower().endswith(_PICTURE) and not entry.name.startswith(HIDDEN) for entry in entries)


def holds_pictures(folder: Path) -> bool:
    """Say whether a picture lies in a folder, at any depth."""
    return has_pictures(folder) or any(map(has_pictures, _below(folder)))


def _below(folder: Path) -> Iterator[Path]:
    """Yield a folder and all that lie in it, each once, however they are linked."""
    waiting, seen = [folder], set()
    while waiting:
        place = waiting.pop()
        if (real := os.path.realpath(place)) not in seen:
            seen.add(real)
            yield place
            waiting += subfolders(place)


@contextmanager
def readable(folder: str | Path) -> Iterator[None]:
    """Turn a folder that may not be opened into a DataError."""
    try:
        yield
    except PermissionError as error:
        raise DataError(f"{folder} may not be opened: {error.strerror}. Ask for the right to read it.") from error


def _source_of(path: Path) -> ModuleType | None:
    sources = (registry.load("sources", name) for name in registry.names("sources"))
    return next((source for source in sources if source.recognises(path)), None)


def _unwrapped(path: Path) -> tuple[Path, list[str]]:
    """Return the folder within in which several classes, splits or other data lie, with notes on what lies beside.

    Archives often wrap their content, at any depth. A split ("train") or a folder with pictures (a class) is no
    wrapping, nor is one that leads to nothing but these.
    """
    place, notes = path, list[str]()
    while (inner := _wrapped(place)) is not None:
        _refuse_table_beside(inner)
        notes += _beside(inner)
        place = inner
    several = place != path and (_is_packed(place) or len(_two_holding(place)) > 1 or _split(place) or _table(place))
    return (place, notes) if several else (path, [])


def _wrapped(place: Path) -> Path | None:
    """Return the only folder in a folder that holds anything, when it holds folders or packed pictures."""
    if not place.is_dir() or _is_packed(place):
        return None
    held = _two_holding(place)
    if len(held) != 1 or (split_of(held[0].name) and not _split(held[0])):
        return None
    return held[0] if subfolders(held[0]) or _is_packed(held[0]) else None


def _split(folder: Path) -> bool:
    """Say whether a folder has splits in it."""
    return any(split_of(inner.name) for inner in subfolders(folder))


def _two_holding(folder: Path) -> list[Path]:
    """Return the first two folders in a folder that hold anything, or fewer."""
    return list(islice(filter(_holds, subfolders(folder)), 2))


def _holds(folder: Path) -> bool:
    return holds_pictures(folder) or any(map(_is_packed, _below(folder)))


def _is_packed(folder: Path) -> bool:
    """Say whether a folder is read by another source than that of picture files."""
    source = _source_of(folder)
    return source is not None and source is not registry.load("sources", "image_folder")


def _refuse_table_beside(inner: Path) -> None:
    """Ask, where the labels may be the names of folders or in a table; where there are splits, they are the names."""
    table = _table(inner.parent)
    if table is not None and _two_holding(inner) and not _split(inner):
        raise DataError(
            f"{inner.parent} has a table, {table.name}, and a folder with folders of pictures, {inner.name}: either "
            f"may say the classes. Name the one that does: {table}, or {inner}."
        )


def _table(folder: Path) -> Path | None:
    return next((path for path in visible(folder) if path.name.lower().endswith(TABLES)), None)


def _beside(inner: Path) -> list[str]:
    names = [path.name for path in visible(inner.parent) if path != inner]
    if not names:
        return []
    shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    return [f"The data are read from the folder '{inner.name}'; what lies beside it was left out: {shown}."]
