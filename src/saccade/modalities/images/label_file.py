r"""The label file: what a person said of images, one line a word, only ever added to; the last word on an image counts.

    {"saccade_labels": 1, "images": ".", "folders": "ignored"}
    {"time": "2026-11-27T08:00:00Z", "path": "a/1.jpg", "label": "glass"}
    {"time": "2026-11-27T08:00:02Z", "path": "a/1.jpg", "label": null}

The first line says where the images lie and whether the folders they lie in say their classes. Paths are relative to
the file. Several programs may write at once, and one that is killed loses its last word at most.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Literal

from filelock import FileLock

from saccade.core.errors import DataError
from saccade.core.safe_json import parse_json
from saccade.modalities.images.file_search import printable
from saccade.modalities.images.unicode_forms import composed

NAME = "labels.jsonl"
"""How it is called beside the images."""

FORMAT = "saccade_labels"
"""The first field of its first line, with the version."""

LONGEST_LABEL = 200  # letters

_AS_OF = re.compile(r"(.+\.jsonl)@(\d+)")

Folders = Literal["ignored", "classes"]


@dataclass(frozen=True)
class Word:
    """What was said of one image.

    Attributes:
        path: of the image, relative to the file, with "/".
        label: the class, or None: no class any more.
        time: when, in UTC: "2026-11-27T08:00:00Z".
    """

    path: str
    label: str | None
    time: str = ""


@dataclass(frozen=True)
class Labels:
    """What a label file says.

    Attributes:
        images: the folder of the images.
        folders: "classes" where an image that nothing is said of has the class of its folder.
        words: all of them, in order.
    """

    images: Path
    folders: Folders
    words: tuple[Word, ...]

    @property
    def last(self) -> dict[str, str | None]:
        """The last word on each image, by its path."""
        return {word.path: word.label for word in self.words}

    @property
    def counts(self) -> dict[str, int]:
        """Images a class, in the order in which the classes came up."""
        return dict(Counter(label for label in self.last.values() if label is not None))


class LabelFile:
    """A label file that may be written and read.

    For example::

        labels = LabelFile.beside(Path("photos"))
        labels.append([("a/1.jpg", "glass"), ("a/2.jpg", None)])
        labels.read().last                                       # {"a/1.jpg": "glass", "a/2.jpg": None}

    Attributes:
        path: of the file, which need not exist before the first word.
        images: the folder of the images.
        folders: "classes" or "ignored", as the first line will say if the file is not there yet.
    """

    def __init__(self, path: Path, *, images: Path | None = None, folders: Folders = "ignored") -> None:
        self.path, self.images, self.folders = path, images or path.parent, folders

    @classmethod
    def beside(cls, images: Path, *, folders: Folders = "ignored") -> "LabelFile":
        """Return the file that lies in the folder of the images."""
        return cls(images / NAME, images=images, folders=folders)

    def name(self, image: str | Path) -> str:
        """Return an image's path as the file has it: relative to it, with "/"."""
        return printable(os.path.relpath(image, self.path.parent).replace(os.sep, "/"))

    def append(self, words: Iterable[tuple[str, str | None]]) -> None:
        """Add words, (path, class or None) each, all flushed to the disk when it returns.

        Raises:
            DataError: a class has no name, the file is no label file, or it cannot be written.
        """
        lines = [_line(path, label) for path, label in words]
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self.path.with_name(f".{self.path.name}.lock")), self.path.open("a+b") as file:
                self._mend(file)
                file.write("".join(lines).encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise DataError(
                f"Cannot write the labels to {self.path}: {error.strerror}. The label was not kept; free some space, "
                "or keep the labels in another folder."
            ) from error

    def _mend(self, file: IO[bytes]) -> None:
        """Give a new file its first line; of a writer that was killed, drop half a line and end a whole one."""
        file.seek(0)
        content = file.read()
        whole, _, rest = content.rpartition(b"\n")
        if rest and _parsed(rest) is None:
            file.truncate(len(content) - len(rest))
            rest = b""
        if rest:
            file.write(b"\n")
        if not whole and not rest:
            images = os.path.relpath(self.images, self.path.parent).replace(os.sep, "/")
            file.write(_json({FORMAT: 1, "images": images, "folders": self.folders}))
        elif not is_label_file(self.path):
            raise DataError(
                f"{self.path} is there already and is no label file: its first line does not begin with "
                f'{{"{FORMAT}": 1. Move it away, or keep the labels in another file.'
            )

    def read(self, *, words: int | None = None) -> Labels:
        """Return what it says; of a file that is not there yet, nothing.

        Args:
            words: only so many, from the first on, as the file was once.

        Raises:
            DataError: it cannot be read, or has less words than are asked for.
        """
        if not self.path.exists():
            return Labels(self.images, self.folders, ())
        return read(self.path, words=words)


def _line(path: str, label: str | None) -> str:
    if label is not None:
        label = composed(label.strip())
        if not label or len(label) > LONGEST_LABEL or not label.isprintable():
            raise DataError(f"{label[:40]!r} is no name of a class: expected 1 to {LONGEST_LABEL} letters on one line.")
    time = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _json({"time": time, "path": path, "label": label}).decode()


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False) + "\n").encode()


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        content = parse_json(line.decode())
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def is_label_file(path: Path) -> bool:
    """Say by its first line whether a file is one."""
    try:
        with path.open("rb") as file:
            start = file.read(4096).partition(b"\n")[0]
    except OSError:
        return False
    return FORMAT in (_parsed(start) or {})


def as_of(path: Path) -> tuple[Path, int | None]:
    """Return the file and how many words an address such as `labels.jsonl@60` says, None where it says nothing."""
    found = _AS_OF.fullmatch(str(path))
    return (Path(found[1]), int(found[2])) if found and not path.exists() else (path, None)


def read(path: Path, *, words: int | None = None) -> Labels:
    """Return what a label file says; half a line at its end, of a writer that was killed, is left out.

    Raises:
        DataError: it cannot be read, is of a later version, a line is damaged, or there are less words than are asked
            for.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"Cannot read the labels {path}: {error.strerror}.") from error
    first, *others = content.split(b"\n")
    head = _head(first, path)
    found = list(_words(others, path))
    if words is not None and len(found) < words:
        raise DataError(f"{path} has {len(found):,} labels, and {words:,} were asked for: some were taken away.")
    return Labels(Path(os.path.normpath(path.parent / head["images"])), head["folders"], tuple(found[:words]))


def _head(line: bytes, path: Path) -> dict[str, Any]:
    head = {"images": ".", "folders": "ignored", **(_parsed(line) or {})}
    if head.get(FORMAT) != 1 or head["folders"] not in ("ignored", "classes") or not isinstance(head["images"], str):
        raise DataError(
            f'{path} is no label file of a version that is read: its first line is not {{"{FORMAT}": 1, …}}.'
        )
    return head


def _words(lines: Sequence[bytes], path: Path) -> Iterator[Word]:
    for number, line in enumerate(lines, 2):
        if not line.strip():
            continue
        content = _parsed(line)
        label = content.get("label") if content else None
        good = content is not None and isinstance(content.get("path"), str) and isinstance(label, str | None)
        if good and content is not None:
            yield Word(content["path"], label, str(content.get("time", "")))
        elif number <= len(lines):  # the last line has no end: what was being written when its writer was killed
            raise DataError(
                f"Line {number} of {path} is damaged. Mend or delete it; each other line stands for itself."
            )
