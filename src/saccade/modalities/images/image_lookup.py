"""Image files below a folder, found by what files of boxes call them: paths of other machines, without ending."""

import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qs, unquote, urlsplit

from saccade.core.dataset import SkippedItem
from saccade.modalities.images.box_files import split_by_folders
from saccade.modalities.images.file_kinds import skipped_by_ending
from saccade.modalities.images.file_search import files_below, printable

_UPLOADED = re.compile(r"[0-9a-f]{8}-.")
"""Label Studio puts eight random digits before the name of an uploaded file."""


class ImageLookup:
    """The image files below a folder.

    Attributes:
        folder: where they lie.
        files: image files, in order.
        others: files of other kinds, in order.
        skipped_items: images that cannot be read, by their ending.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files, self.others, self.skipped_items = list[Path](), list[Path](), list[SkippedItem]()
        for found in files_below(folder):
            self._sort(found)

    def _sort(self, found: str | SkippedItem) -> None:
        skipped = found if isinstance(found, SkippedItem) else skipped_by_ending(found)
        if skipped is None:
            self.files.append(Path(str(found)))
        elif isinstance(found, str) and skipped.kind == "other":
            self.others.append(Path(found))
        elif skipped.kind != "other":
            self.skipped_items.append(SkippedItem(self.name(Path(skipped.name)), skipped.reason, kind=skipped.kind))

    def name(self, path: Path) -> str:
        """Return a path relative to the folder, as text."""
        return printable(os.path.relpath(path, self.folder).replace(os.sep, "/"))

    @cached_property
    def _by_name(self) -> dict[str, list[Path]]:
        """Files by their name, and by their name without its ending, in small letters."""
        found = dict[str, list[Path]]()
        for path in self.files:
            for key in {_folded(path.name), _folded(path.stem)}:
                found.setdefault(key, []).append(path)
        return found

    def find(self, said: str, *, near: Path, split: str = "") -> Path | None:
        """Return the file that a text names; of several of its name the one whose path is most like it.

        Args:
            said: a name, a path here or on another machine, or an address; with or without an ending.
            near: the file that says it: an image beside it, or in a folder beside it, comes first.
            split: images in a folder of this split come first.
        """
        parts = _parts(said)
        candidates = self._candidates(parts[-1]) if parts else []
        if len(candidates) < 2:
            return candidates[0] if candidates else None
        return max(candidates, key=lambda path: (self._is_of(split, path), _likeness(path, parts, near)))

    def _is_of(self, split: str, path: Path) -> bool:
        return bool(split) and split_by_folders(path, self.folder) == split

    def _candidates(self, name: str) -> list[Path]:
        bare = name.rpartition(".")[0]
        keys = (name, bare) if bare and skipped_by_ending(name) is None else (name,)
        keys = (*keys, *(key[9:] for key in keys if _UPLOADED.match(key)))
        return next((found for key in keys if (found := self._by_name.get(_folded(key)))), [])


def _folded(name: str) -> str:
    return name.casefold() if name.isascii() else unicodedata.normalize("NFC", printable(name)).casefold()


def _parts(said: str) -> Sequence[str]:
    """Return the folders and the name in a path or an address, whatever separates them."""
    plain = said.strip().replace("\\", "/")
    if "://" in plain or plain.startswith("/data/"):  # an address, or what Label Studio calls its files
        try:
            address = urlsplit(plain)
        except ValueError:
            return ()
        plain = parse_qs(address.query).get("d", [unquote(address.path)])[0].replace("\\", "/")
    return PurePosixPath(plain).parts


def _common_end(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many folders two paths have in common before their names, from the last on."""
    return sum(1 for _ in _same(reversed(one[:-1]), reversed(other[:-1])))


def _likeness(path: Path, parts: Sequence[str], near: Path) -> tuple[int, int, int]:
    """Return how like a path is to what was said, and then how near to the file that says it; more is more."""
    return _common_end(path.parts, parts), *_common_start(path, near)


def _common_start(one: Path, other: Path) -> tuple[int, int]:
    """Return how many folders two files share from the first on; the shorter of two such paths is nearer."""
    return sum(1 for _ in _same(iter(one.parent.parts), iter(other.parent.parts))), -len(one.parts)


def _same(one: Iterator[str], other: Iterator[str]) -> Iterator[str]:
    for first, second in zip(one, other, strict=False):
        if _folded(first) != _folded(second):
            return
        yield first
