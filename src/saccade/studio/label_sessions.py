"""LabelSessions: the folders that are being labelled; a studio that is started again finds them."""

import hashlib
import json
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from saccade.core import registry
from saccade.core.atomic_files import write_text
from saccade.core.errors import DataError
from saccade.core.safe_json import parse_json
from saccade.studio.context import Context
from saccade.tasks import base

MOST = 30
"""Folders that are remembered."""


CLASSES, BOXES = "classes", "boxes"
"""Kinds of labels, as tasks call them."""


@dataclass(frozen=True)
class Opened:
    """A folder that is being labelled.

    Attributes:
        images: the folder.
        use_folders: whether the folders in it say the classes of images without a label.
        kind: "classes" of whole images, or "boxes" around objects.
    """

    images: str
    use_folders: bool = False
    kind: str = CLASSES

    @property
    def folder(self) -> Path:
        """The folder, as a path."""
        return Path(self.images)

    @property
    def name(self) -> str:
        """What addresses have."""
        kind = "" if self.kind == CLASSES else f" {self.kind}"
        return hashlib.sha256(f"{self.images}{kind}".encode()).hexdigest()[:12]

    @property
    def address(self) -> str:
        """Where it is labelled."""
        return f"{'/label' if self.kind == CLASSES else f'/{self.kind}'}/{self.name}"


class LabelSessions:
    """The sessions, each made once, in a thread."""

    @classmethod
    def of(cls, context: Context) -> "LabelSessions":
        """Return those of a studio, which all screens share."""
        if "label_sessions" not in context.memory:
            context.memory["label_sessions"] = cls(context)
        found: LabelSessions = context.memory["label_sessions"]
        return found

    def __init__(self, context: Context) -> None:
        self._context = context
        self._file = context.own / "labelled.json"
        self._made: dict[str, Future[Any]] = {}
        self._threads = ThreadPoolExecutor(2, "labelling")

    def all(self) -> list[Opened]:
        """Return the folders that were opened, the newest first."""
        try:
            found = parse_json(self._file.read_bytes())
        except (OSError, ValueError):
            return []
        return [
            Opened(str(each["images"]), bool(each["use_folders"]), str(each.get("kind", CLASSES)))
            for each in found
            if isinstance(each, dict)
        ]

    def open(self, images: Path, *, use_folders: bool = False, kind: str = CLASSES) -> Opened:
        """Open a folder that a person named, and begin to read it; raises DataError where there is none."""
        folder = self._context.opened.add(images)
        if not folder.is_dir():
            raise DataError(f"{folder} is no folder. Name the folder that the photos are in.")
        opened = Opened(str(folder), use_folders, kind)
        rest = [each for each in self.all() if each.name != opened.name]
        write_text(self._file, json.dumps([asdict(each) for each in [opened, *rest][:MOST]], indent=1) + "\n")
        self._made.pop(opened.name, None)
        self.session(opened.name)
        return opened

    def at(self, images: Path, kind: str = CLASSES) -> Opened | None:
        """Return what was opened of a folder for labels of a kind, None where it was not."""
        every = (each for each in self.all() if each.kind == kind)
        return next((each for each in every if Path(each.images) == images.resolve()), None)

    def opened(self, name: str) -> Opened:
        """Return what was opened under a name; raises DataError where nothing was."""
        found = next((each for each in self.all() if each.name == name), None)
        if found is None:
            raise DataError("This folder is not open any more. Open it again.")
        return found

    def session(self, name: str) -> "Future[Any]":
        """Return the session of a name, which may still be reading; raises DataError where nothing was opened."""
        if name not in self._made:
            opened = self.opened(name)
            make: Any = task_for(opened.kind).label_session
            folder = self._context.opened.check(Path(opened.images))
            options = {"use_folders": opened.use_folders} if opened.kind == CLASSES else {}
            self._made[name] = self._threads.submit(make, folder, **options)
        return self._made[name]

    def ready(self, name: str) -> Any:
        """Return the session of a name; raises DataError while it is being read, and what went wrong."""
        future = self.session(name)
        if not future.done():
            raise DataError("The images are still being read. Wait a moment.")
        if future.exception() is not None:
            self._made.pop(name)
        return future.result()


def task_for(kind: str) -> Any:
    """Return the first task that keeps labels of a kind; raises DataError where none does."""
    every = (task for name in registry.names("tasks") for task in base.all_of(name))
    found = next((task for task in every if type(task).label_session is not None and task.label_kind == kind), None)
    if found is None:
        raise DataError(f"There are no labels of the kind '{kind[:40]}'. Choose classes or boxes.")
    return found
