"""Files of boxes in a folder: found without a look at every image, and the splits that their folders say."""

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from saccade.core.split_names import split_of, words_of
from saccade.modalities.images.file_search import HIDDEN

MOST_FOLDERS = 100
"""Folders that are looked into for files of boxes; a folder a class can be thousands."""

MOST_ENTRIES = 200_000
"""Names in a folder that are looked at: a file of boxes may lie beside as many images."""

_DEPTH = 5


def files_ending(path: Path, endings: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files below a folder whose names end so, in the first hundred folders."""
    folders, seen = [(path, 0)], 0
    while folders and seen < MOST_FOLDERS:
        folder, depth = folders.pop(0)
        seen += 1
        inner, files = _entries(folder, endings)
        yield from files
        folders += [(each, depth + 1) for each in inner] if depth < _DEPTH else []


def _entries(folder: Path, endings: tuple[str, ...]) -> tuple[list[Path], list[Path]]:
    """Return the folders in a folder, and the files whose names end so, in order."""
    try:
        with os.scandir(folder) as entries:
            found = [each for each in islice(entries, MOST_ENTRIES) if not each.name.startswith(HIDDEN)]
            inner = sorted(each.path for each in found if each.is_dir())
            files = sorted(each.path for each in found if each.name.lower().endswith(endings) and not each.is_dir())
    except OSError:
        return [], []
    return list(map(Path, inner)), list(map(Path, files))


def split_by_folders(file: Path, root: Path) -> str:
    """Return the split that a folder between a root and a file says, the outermost first; "" where none does."""
    return split_by_names(file.relative_to(root).parts[:-1])


def split_by_names(folders: Sequence[str]) -> str:
    """Return the split that the first of some names of folders says that says one, else ""."""
    return next(filter(None, map(split_of, folders)), "")


def split_by_file(file: Path, root: Path) -> str:
    """Return the split that the name of a file of boxes says, "instances_train2017.json", or else its folders."""
    folders = file.relative_to(root).parts[:-1] if file.is_relative_to(root) else ()
    kind = split_of(file.stem) or words_of(file.stem)[0]
    return {"evaluation": "validation"}.get(kind, kind) or split_by_names(folders)
