r"""The label file: what a person said of images, one line a word, only ever added to; the last word on an image counts.

    {"saccade_labels": 1, "images": ".", "folders": "ignored"}
    {"time": "2026-11-27T08:00:00Z", "path": "a/1.jpg", "label": "glass"}
    {"time": "2026-11-27T08:00:02Z", "path": "a/1.jpg", "label": null}

The first line says where the images lie and whether the folders they lie in say their classes. Paths are relative to
the file. Several programs may write at once, and one that is killed loses its last word at most.

A file of boxes says all boxes of an image in one word: left, top, right and bottom in pixels of the image as it is
seen, and the size (height, width) that it had. An empty list says that there is nothing in it, null that nothing is
said any more:

    {"saccade_labels": 1, "images": ".", "folders": "annotations", "kind": "boxes"}
    {"time": "…", "path": "a/1.jpg", "size": [480, 640], "boxes": [{"label": "cat", "box": [8, 9, 90, 70]}]}

There "annotations" means that an image without a word has the boxes that other files of the folder say, such as COCO.
"""

import json
import math
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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

MOST_BOXES = 2000  # of an image

_BLOCK = 1 << 16  # bytes that are read at once from the end

Folders = Literal["ignored", "classes", "annotations"]

Kind = Literal["classes", "boxes"]


@dataclass(frozen=True)
class SaidBox:
    """A box that was drawn.

    Attributes:
        label: the class of what is in it.
        sides: left, top, right and bottom in pixels of the image as it is seen.
        is_ignored: neither learnt nor judged: a crowd, or what somebody called difficult.
    """

    label: str
    sides: tuple[float, float, float, float]
    is_ignored: bool = False


@dataclass(frozen=True)
class Word:
    """What was said of one image.

    Attributes:
        path: of the image, relative to the file, with "/".
        label: the class, or None: no class any more; in a file of boxes always None.
        time: when, in UTC: "2026-11-27T08:00:00Z".
        boxes: in a file of boxes, all of the image, or None: nothing is said of it any more.
        size: (height, width) of the image as it was seen, where boxes are said.
    """

    path: str
    label: str | None
    time: str = ""
    boxes: tuple[SaidBox, ...] | None = None
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class Labels:
    """What a label file says.

    Attributes:
        images: the folder of the images.
        folders: "classes" where an image that nothing is said of has the class of its folder, "annotations" where it
            has the boxes that other files in the folder say.
        words: all of them, in order.
        kind: "classes" of whole images, or "boxes" around objects.
    """

    images: Path
    folders: Folders
    words: tuple[Word, ...]
    kind: Kind = "classes"

    @property
    def last(self) -> dict[str, str | None]:
        """The last word on each image, by its path."""
        return {word.path: word.label for word in self.words}

    @property
    def last_words(self) -> dict[str, Word]:
        """The last word on each image, whole, by its path."""
        return {word.path: word for word in self.words}

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
        folders: "classes", "annotations" or "ignored", as the first line will say if the file is not there yet.
        kind: "classes" or "boxes", likewise.
    """

    def __init__(
        self, path: Path, *, images: Path | None = None, folders: Folders = "ignored", kind: Kind = "classes"
    ) -> None:
        self.path, self.images, self.folders, self.kind = path, images or path.parent, folders, kind
        self._before: _Before | None = None

    @classmethod
    def beside(cls, images: Path, *, folders: Folders = "ignored", kind: Kind = "classes") -> "LabelFile":
        """Return the file that lies in the folder of the images."""
        return cls(images / NAME, images=images, folders=folders, kind=kind)

    def name(self, image: str | Path) -> str:
        """Return an image's path as the file has it: relative to it, with "/"."""
        return printable(os.path.relpath(image, self.path.parent).replace(os.sep, "/"))

    def append(self, words: Iterable[tuple[str, str | None]]) -> None:
        """Add words, (path, class or None) each, all flushed to the disk when it returns.

        Raises:
            DataError: a class has no name, the file is no label file, or it cannot be written.
        """
        self._add([_line(path, {"label": None if label is None else class_name(label)}) for path, label in words])

    def append_boxes(self, words: Iterable[Word]) -> None:
        """Add words on the boxes of images, all flushed to the disk when it returns.

        Raises:
            DataError: a box has no class or no area, the file is no label file of boxes, or it cannot be written.
        """
        self._add([_line(word.path, _said_boxes(word)) for word in words])

    def _add(self, lines: Sequence[str]) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self.path.with_name(f".{self.path.name}.lock")), self.path.open("a+b") as file:
                self._refuse_others()
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
        rest, size = _unended(file), file.seek(0, os.SEEK_END)
        if rest and _parsed(rest) is None:
            size = file.truncate(size - len(rest))
            rest = b""
        if rest:
            file.write(b"\n")
        if not size:
            images = os.path.relpath(self.images, self.path.parent).replace(os.sep, "/")
            kind = {} if self.kind == "classes" else {"kind": self.kind}
            file.write(_json({FORMAT: 1, "images": images, "folders": self.folders, **kind}))

    def _refuse_others(self) -> None:
        """Raise DataError where the file is there and is no label file of this kind; it is then not touched."""
        if _is_just_begun(self.path):
            return
        kind = kind_of(self.path)
        if kind is None:
            raise DataError(
                f"{self.path} is there already and is no label file: its first line does not begin with "
                f'{{"{FORMAT}": 1. Move it away, or keep the labels in another file.'
            )
        if kind != self.kind:
            raise _of_another_kind(self.path, self.kind)

    def read(self, *, words: int | None = None) -> Labels:
        """Return what it says; of a file that is not there yet, nothing. What was read before is not parsed again.

        Args:
            words: only so many, from the first on, as the file was once.

        Raises:
            DataError: it cannot be read, is of the other kind, or has less words than are asked for.
        """
        if _is_just_begun(self.path):
            return Labels(self.images, self.folders, (), self.kind)
        self._before, found = _read_on(self.path, self._before)
        if found.kind != self.kind:
            raise _of_another_kind(self.path, self.kind)
        return _first_words(found, words, self.path)


def _of_another_kind(path: Path, wanted: Kind) -> DataError:
    has, not_these = {"boxes": ("classes of whole images", "boxes"), "classes": ("boxes around objects", "classes")}[
        wanted
    ]
    return DataError(
        f"{path} is there already and has {has}, so {not_these} cannot be kept in it. Open the folder for what it has, "
        "or give the file another name to begin anew."
    )


def class_name(label: str) -> str:
    """Return the name of a class as a file keeps it; raises DataError for what is none."""
    label = composed(label.strip())
    if not label or len(label) > LONGEST_LABEL or not label.isprintable():
        raise DataError(f"{label[:40]!r} is no name of a class: expected 1 to {LONGEST_LABEL} letters on one line.")
    return label


def _said_boxes(word: Word) -> dict[str, Any]:
    if word.boxes is None:
        return {"boxes": None}
    if len(word.boxes) > MOST_BOXES:
        raise DataError(f"{word.path} has {len(word.boxes):,} boxes, and {MOST_BOXES:,} are the most of an image.")
    size = {} if word.size is None else {"size": list(word.size)}
    return {**size, "boxes": [_said_box(each, word.path) for each in word.boxes]}


def _said_box(box: SaidBox, path: str) -> dict[str, Any]:
    left, top, right, bottom = box.sides
    if not (all(map(math.isfinite, box.sides)) and left < right and top < bottom):
        raise DataError(f"A box '{box.label}' of {path} has no area: {left:g}, {top:g}, {right:g}, {bottom:g}.")
    ignored = {"ignored": True} if box.is_ignored else {}
    return {"label": class_name(box.label), "box": [round(float(side), 2) for side in box.sides], **ignored}


def _line(path: str, said: Mapping[str, Any]) -> str:
    time = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _json({"time": time, "path": path, **said}).decode()


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
    return FORMAT in _first_line(path)


def kind_of(path: Path) -> Kind | None:
    """Return what a label file has by its first line, "classes" or "boxes"; None where it is none."""
    first = _first_line(path)
    return ("boxes" if first.get("kind") == "boxes" else "classes") if FORMAT in first else None


def _first_line(path: Path) -> dict[str, Any]:
    return _parsed(_first_bytes(path).partition(b"\n")[0]) or {}


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4096)
    except OSError:
        return b""


def _is_just_begun(path: Path) -> bool:
    """Say whether a file is not there, is empty, or has half of its first line: its writer has not come further."""
    first = _first_bytes(path)
    return not first or (_begins_a_file(first) and b"\n" not in first and not is_label_file(path))


def _begins_a_file(content: bytes) -> bool:
    """Say whether a text, whole or not, begins as a label file does."""
    begin = f'{{"{FORMAT}"'.encode()
    return content.startswith(begin) or begin.startswith(content)


def _unended(file: IO[bytes]) -> bytes:
    """Return what stands behind the last line end of a file, found from its end."""
    begin, rest = file.seek(0, os.SEEK_END), b""
    while begin and b"\n" not in rest:
        end, begin = begin, max(0, begin - _BLOCK)
        file.seek(begin)
        rest = file.read(end - begin) + rest
    return rest.rpartition(b"\n")[2]


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
    return _first_words(_read_on(path, None)[1], words, path)


def _first_words(labels: Labels, words: int | None, path: Path) -> Labels:
    if words is None:
        return labels
    if len(labels.words) < words:
        raise DataError(f"{path} has {len(labels.words):,} labels, and {words:,} were asked for: some were taken away.")
    return replace(labels, words=labels.words[:words])


@dataclass(frozen=True)
class _Before:
    """What a file had when it was read: its whole lines, how many, and what they say."""

    content: bytes
    lines: int
    labels: Labels


def _read_on(path: Path, before: _Before | None) -> tuple[_Before, Labels]:
    """Return the whole lines of a file, and what all of it says; only what was added since `before` is parsed."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"Cannot read the labels {path}: {error.strerror}.") from error
    if before is None or not content.startswith(before.content):
        before = _beginning(content, path)
    end = max(content.rfind(b"\n") + 1, len(before.content))
    added = content[len(before.content) : end].split(b"\n")
    labels = _with(before.labels, _words(added, path, before.labels.kind, first=before.lines + 1))
    whole = _Before(content[:end], before.lines + len(added) - 1, labels)
    rest = content[end:].split(b"\n")
    return whole, _with(labels, _words(rest, path, labels.kind, first=whole.lines + 1))


def _beginning(content: bytes, path: Path) -> _Before:
    """Return what the first line of a file says."""
    first, end, _ = content.partition(b"\n")
    head = _head(first, path)
    images = Path(os.path.normpath(path.parent / head["images"]))
    return _Before(first + end, 1, Labels(images, head["folders"], (), head["kind"]))


def _with(labels: Labels, words: Iterable[Word]) -> Labels:
    return replace(labels, words=(*labels.words, *words))


def _head(line: bytes, path: Path) -> dict[str, Any]:
    head = {"images": ".", "folders": "ignored", "kind": "classes", **(_parsed(line) or {})}
    folders = {"classes": ("ignored", "classes"), "boxes": ("ignored", "annotations")}.get(str(head["kind"]), ())
    if head.get(FORMAT) != 1 or head["folders"] not in folders or not isinstance(head["images"], str):
        raise DataError(
            f'{path} is no label file of a version that is read: its first line is not {{"{FORMAT}": 1, …}}.'
        )
    return head


def _words(lines: Sequence[bytes], path: Path, kind: Kind, *, first: int) -> Iterator[Word]:
    """Yield what lines say, of which the first is that of this number in the file, and the last has no end."""
    understand = _word_of_class if kind == "classes" else _word_of_boxes
    for number, line in enumerate(lines, first):
        if not line.strip():
            continue
        content = _parsed(line)
        word = understand(content) if content is not None and isinstance(content.get("path"), str) else None
        if word:
            yield word
        elif number < first + len(lines) - 1:  # the last has no end: it was being written when its writer was killed
            raise DataError(
                f"Line {number} of {path} is damaged. Mend or delete it; each other line stands for itself."
            )


def _word_of_class(content: Mapping[str, Any]) -> Word | None:
    label = content.get("label")
    return Word(content["path"], label, str(content.get("time", ""))) if isinstance(label, str | None) else None


def _word_of_boxes(content: Mapping[str, Any]) -> Word | None:
    said, size = content.get("boxes"), _size(content.get("size"))
    boxes = [_box(each) for each in said] if isinstance(said, list) else []
    if not isinstance(said, list | None) or None in boxes:
        return None
    every = None if said is None else tuple(each for each in boxes if each)
    return Word(content["path"], None, str(content.get("time", "")), every, size)


def _size(said: Any) -> tuple[int, int] | None:
    whole = isinstance(said, list) and len(said) == 2 and all(type(side) is int and side > 0 for side in said)
    return (said[0], said[1]) if whole else None


def _box(said: Any) -> SaidBox | None:
    """Return a box as a line has it, None where it is none."""
    box, label = (said.get("box"), said.get("label")) if isinstance(said, dict) else (None, None)
    if not isinstance(box, list) or len(box) != 4 or not isinstance(label, str):
        return None
    if not all(type(side) in (int, float) for side in box):
        return None
    left, top, right, bottom = map(float, box)
    return SaidBox(label, (left, top, right, bottom), said.get("ignored") is True)
