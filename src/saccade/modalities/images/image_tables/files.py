"""The image files that a table's cells name: with or without ending, beside the table or in a folder near it."""

import os
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from saccade.modalities.images.file_search import HIDDEN, is_folder
from saccade.modalities.images.pixels import SUFFIXES
from saccade.modalities.images.unicode_forms import existing

SAMPLE = 40
"""So many names say where all others are looked for."""

_MOST_FOLDERS = 200
_DEPTH = 2  # folders below the table: images/, images/cat/
_BESIDE = {
    "images", "image", "imgs", "img", "pictures", "photos", "data", "train", "valid", "val", "test", "jpg", "png",
}  # fmt: skip
_UPLOADED = re.compile(r"[0-9a-f]{8}-(?=.)")
"""Label Studio puts eight random digits before the name of an uploaded file."""


def is_image_name(text: str) -> bool:
    """Say whether a text ends as the name of an image file does."""
    text = text.partition("?")[0] if "?" in text else text
    return text[text.rfind(".") :].lower() in SUFFIXES


class Folder:
    """The files of one folder by their names, for looking up.

    Attributes:
        names: of its files.
    """

    def __init__(self, names: Collection[str]) -> None:
        self.names = frozenset(names)

    @cached_property
    def _otherwise(self) -> dict[str, str]:
        """Files by how their names may also be written, the more exact last; made only when a name is not there."""
        ordered = sorted(self.names, reverse=True)
        bare = {_folded(name[: name.rfind(".")]): name for name in ordered if is_image_name(name)}
        return bare | {_folded(name): name for name in ordered}

    def find(self, name: str) -> str | None:
        """Return the file called so; else one that differs in case or in how accents are written, or has an ending."""
        return name if name in self.names else self._otherwise.get(_folded(name))


class Finder:
    """Finds the files that a table names.

    Attributes:
        table: the table's file.
        roots: folders that names may be relative to.
    """

    def __init__(self, table: Path) -> None:
        self.table = table
        self.roots = [str(root) for root in _roots(table)]
        self._folders = dict[str, Folder]()
        self._forms = dict[Path, dict[str, str]]()

    def place(self, names: Sequence[str]) -> "Place":
        """Return where the files of some names are.

        Leading folders of the names are left out only where nothing is found otherwise, and names stay different.
        """
        sample = set(names[:: max(1, len(names) // SAMPLE)])
        for dropped in range(max(len(_readings(name)) for name in sample)):
            here = {root: self._images(sample, root, dropped) for root in self.roots}
            ranked = sorted((root for root in self.roots if here[root]), key=lambda root: -len(here[root]))
            found = {name: file for root in reversed(ranked) for name, file in here[root].items()}
            if found and len(set(found.values())) == len(found):
                return Place(self, tuple(ranked), dropped, len(found) / len(sample))
        return Place(self, (), 0, 0.0)

    def _images(self, names: Collection[str], root: str, dropped: int) -> dict[str, str]:
        found = {name: self.file(name, root, dropped) for name in names}
        return {name: file for name, file in found.items() if file and is_image_name(file)}

    def file(self, name: str, root: str, dropped: int) -> str | None:
        """Return a file by its name below a root, when so many of the name's leading folders are left out."""
        readings = _readings(name)
        if dropped >= len(readings):
            return None
        # text, not pathlib, where it is done 60,000 times
        path = os.path.join(root, readings[dropped])  # noqa: PTH118
        folder, _, name = path.rpartition("/")
        folder = folder if folder.isascii() else str(existing(Path(folder), self._forms))
        found = self._folder(folder).find(name)
        return f"{folder}/{found}" if found else None

    def _folder(self, folder: str) -> Folder:
        if folder not in self._folders:
            self._folders[folder] = _listed(folder)
        return self._folders[folder]


@dataclass(frozen=True)
class Place:
    """Where the files of a column are.

    Attributes:
        finder: looks there.
        roots: folders in which some are, most first.
        dropped: so many leading folders of the names are not there.
        share: of the names that were tried, 0 to 1.
    """

    finder: Finder
    roots: tuple[str, ...]
    dropped: int
    share: float

    def file(self, name: str) -> str | None:
        """Return the file that a cell names, or None."""
        found = (self.finder.file(name, root, self.dropped) for root in self.roots)
        return next(filter(None, found), None)

    def described(self) -> str:
        """Return where that is, for people: "" beside the table."""
        base = self.finder.roots[0]
        away = [os.path.relpath(root, base) for root in self.roots if root != base]
        where = f" in {' and '.join(f'{folder}/' for folder in away[:3])}" if away else ""
        return f"{where}{', found by the end of their paths' if self.dropped else ''}"


def _readings(name: str) -> list[str]:
    """Return what a name may be below a root: all of it, then with less and less of its leading folders."""
    plain = name.replace("\\", "/")
    if "://" in plain or plain.startswith("/data/"):  # an address, or what Label Studio calls its files
        address = urlsplit(plain)
        plain = parse_qs(address.query).get("d", [unquote(address.path)])[0]
    splits = plain.split("/")
    ways = ["/".join(splits[start:]) for start in range(len(splits))]
    bare = _UPLOADED.sub("", splits[-1], count=1)
    return ways if bare == splits[-1] else [*ways, bare]


def _roots(table: Path) -> Iterator[Path]:
    """Yield the table's folder, what lies below it, and well-known folders beside it."""
    base = table.absolute().parent
    known = {*_BESIDE, table.name.partition(".")[0].lower()}
    below = _below(base)
    yield base
    yield from sorted(below, key=lambda folder: (len(folder.parts), folder.name.lower() not in known))
    yield from (folder for folder in _subfolders(base.parent) if folder != base and folder.name.lower() in known)
    yield base.parent


def _below(base: Path) -> list[Path]:
    found, level = list[Path](), [base]
    for _ in range(_DEPTH):
        level = [folder for parent in level for folder in _subfolders(parent)][: _MOST_FOLDERS - len(found)]
        found += level
    return found


def _subfolders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(
                Path(entry.path) for entry in entries if is_folder(entry) and not entry.name.startswith(HIDDEN)
            )
    except OSError:
        return []


def _listed(folder: str) -> Folder:
    try:
        with os.scandir(folder) as entries:
            return Folder([entry.name for entry in entries if not is_folder(entry)])
    except (OSError, ValueError):  # there is no such folder, or its name cannot be one
        return Folder(())


def _folded(name: str) -> str:
    return name.casefold() if name.isascii() else unicodedata.normalize("NFC", name).casefold()
