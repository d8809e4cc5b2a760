"""LookedData: data that were opened, as a process beside the studio has looked through them."""

import hashlib
import importlib
import json
import os
import shlex
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core import registry
from saccade.core.atomic_files import write_text
from saccade.core.errors import DataError
from saccade.core.pasted_path import pasted_path
from saccade.core.safe_json import Json, parse_json
from saccade.studio.context import Context

SPLITS = ("", "train", "validation", "calibration", "test")
"""A number is a place here, in what pages are sent."""

FILES, SIDE = {"files": True}, 64
"""What a view says of its pixels while only the files are known, and the side of their thumbnails."""

PATIENCE = 0.9
"""Seconds for which a page waits for the first images; then it says that they are being read."""


class Looked:
    """One of them.

    Attributes:
        folder: what the process writes there.
        data: the name or path, as `saccade check` takes it.
        settings: further words of that command: "label=Class".
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        request = _read(folder / "request.json")
        self.data = str(request.get("data", ""))
        self.settings = tuple(map(str, request.get("settings", ())))
        self._pixels: tuple[Json, Any, Any] | None = None
        self._rows: tuple[int, dict[str, NDArray[Any]]] | None = None
        self._findings: tuple[int, list[Json]] = (0, [])

    @property
    def stage(self) -> Json:
        """How far the process is: "doing" in words, "seen" from 0 to 4, "error"."""
        return {"doing": "Starting", "seen": 0, "error": "", **_read(self.folder / "stage.json")}

    @property
    def view(self) -> Json:
        """What there is to see; nothing yet where it is empty."""
        return _read(self.folder / "view.json")

    @property
    def audit(self) -> Json:
        """What is wrong; nothing yet where it is empty."""
        return _read(self.folder / "audit.json")

    def rows(self) -> dict[str, NDArray[Any]]:
        """Return "names", "labels" and "splits" (n,) of images or records; raises DataError while there are none."""
        path = self.folder / "rows.npz"
        if not path.exists():
            raise DataError("The images are still being read. Wait a moment.")
        stamp = path.stat().st_mtime_ns
        if self._rows is None or self._rows[0] != stamp:
            with np.load(path) as arrays:
                self._rows = (stamp, dict(arrays))
        return self._rows[1]

    @property
    def key(self) -> str:
        """What changes with the images and their order: a page that kept thumbnails by their rows takes new ones."""
        names = self.rows()["names"]
        told = json.dumps([self.view.get("pixels"), len(names), str(names.dtype)])
        return hashlib.sha256(told.encode() + names.tobytes()).hexdigest()[:12]

    def findings(self) -> list[Json]:
        """Return what the audit found, with "groups": the rows (and names) that belong side by side, and all "rows"."""
        path = self.folder / "audit.json"
        stamp = path.stat().st_mtime_ns if path.exists() else 0
        if self._findings[0] != stamp:
            found = self.audit.get("findings", ())
            row_of = (
                {name: row for row, name in enumerate(self.rows()["names"].tolist())}
                if {"pixels", "records"} & self.view.keys()
                else {}
            )
            self._findings = (stamp, [_with_rows(each, row_of) for each in found])
        return self._findings[1]

    def values(self) -> NDArray[np.float32]:
        """Return the values of records (n, d), memory-mapped; raises DataError while there are none."""
        path = self.folder / "values.npy"
        if not path.exists():
            raise DataError("The rows are still being read. Wait a moment.")
        found: NDArray[np.float32] = np.load(path, mmap_mode="r")
        return found

    def shape(self) -> tuple[int, int, int, int]:
        """Return (n, h, w, c) of the thumbnails."""
        if self.view.get("pixels") == FILES:
            return len(self.rows()["names"]), SIDE, SIDE, 3
        pixels, picked = self._opened()
        count = len(pixels) if picked is None else len(picked)
        return count, *pixels.shape[1:]

    def load_decoding(self) -> None:
        """Load what decodes the files of a folder, while another process lists them."""
        if Path(self.data).is_dir():
            importlib.import_module("saccade.tasks.file_thumbnails")

    def thumbnails(self, rows: Sequence[int]) -> NDArray[np.uint8]:
        """Return some thumbnails, (m, h, w, c)."""
        if self.view.get("pixels") == FILES:
            from saccade.tasks.file_thumbnails import file_thumbnails

            return file_thumbnails([self.file(row) for row in rows], side=SIDE)
        pixels, picked = self._opened()
        wanted = np.asarray(rows, np.int64)
        return np.asarray(pixels[wanted if picked is None else picked[wanted]])

    def _opened(self) -> tuple[Any, Any]:
        place = self.view.get("pixels")
        if not place:
            raise DataError("The images are still being read. Wait a moment.")
        if self._pixels is None or self._pixels[0] != place:
            pixels = np.load(self.folder / place["file"], mmap_mode="r")  # a full path stays as it is
            picked = np.load(self.folder / "picked.npy") if place["picked"] else None
            self._pixels = (place, pixels, picked)
        return self._pixels[1], self._pixels[2]

    def file(self, row: int) -> Path | None:
        """Return the file of an image, where its name is a path in the folder that was opened."""
        root = Path(self.data)
        if not root.is_dir():
            return None
        path = (root / str(self.rows()["names"][row])).resolve()
        return path if path.is_file() and path.is_relative_to(root.resolve()) else None


def _with_rows(finding: Json, row_of: Mapping[str, int]) -> Json:
    groups = [[(row_of[name], name) for name in names if name in row_of] for names in finding["examples"]]
    groups = [group for group in groups if group]
    return {**finding, "groups": groups, "rows": sorted({row for group in groups for row, _ in group})}


def _read(path: Path) -> Json:
    try:
        found = parse_json(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def words_of(settings: str) -> list[str]:
    """Return settings as words, "label=Class" each; raises DataError for what is none."""
    try:
        words = shlex.split(settings)
    except ValueError as error:
        raise DataError(f"The settings cannot be read: {error}. Close the quotation marks.") from error
    wrong = next((word for word in words if not word.partition("=")[0] or "=" not in word), None)
    if wrong is not None:
        raise DataError(f"'{wrong}' is no setting. Write them as FIELD=VALUE, such as label=Class.")
    return words


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a process that waits for data, of which there will be none."""
    process.kill()
    process.communicate()


class LookedData:
    """All that were opened, the newest first."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._folder = context.own / "data"
        self._known: dict[str, Looked] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._waiting: subprocess.Popen[bytes] | None = None

    def all(self) -> list[Looked]:
        """Return them."""
        found = sorted(self._folder.glob("*/request.json"), key=lambda path: -path.stat().st_mtime_ns)
        return [self.get(path.parent.name) for path in found]

    def get(self, name: str) -> Looked:
        """Return one by what addresses have; raises DataError where there is none."""
        folder = self._folder / name
        if not (name.isalnum() and (folder / "request.json").exists()):
            raise DataError("These data are not open any more. Open them again.")
        if name not in self._known:
            self._known[name] = Looked(folder)
        return self._known[name]

    def open(self, text: str, settings: str = "") -> str:
        """Look through the data that a person names, and return what addresses have for them.

        Args:
            text: a name or path.
            settings: how they are to be read, as on the command line: "label=Class columns.Age=ignore".

        Raises:
            DataError: nothing is there, or a setting is not one.
        """
        data, words = pasted_path(text), words_of(settings)
        if data not in registry.known_data():
            data = str(self._context.opened.add(self._context.path(data)))
        name = hashlib.sha256("\0".join([data, *words]).encode()).hexdigest()[:12]
        request = json.dumps({"data": data, "settings": words}, ensure_ascii=False)
        write_text(self._folder / name / "request.json", request + "\n")
        self.look(name)
        return name

    def open_soon(self, text: str, settings: str = "", *, patience: float = PATIENCE) -> str:
        """Return as `open` does, when there is something to see, or after so many seconds: the page has it at once."""
        name = self.open(text, settings)
        self.get(name).load_decoding()
        end = time.monotonic() + patience
        while time.monotonic() < end and self.stage(name)["seen"] == 0 and self.stage(name)["doing"] != "failed":
            time.sleep(0.01)
        return name

    def look(self, name: str) -> None:
        """Begin to look through data, unless that is being done."""
        running = self._running.get(name)
        if running is not None and running.poll() is None:
            return
        folder = self._folder / name
        for left in ("stage.json", "changes.json"):
            (folder / left).unlink(missing_ok=True)
        self._known.pop(name, None)
        self._running[name] = self._begin(folder.resolve())
        threading.Thread(target=self._running[name].wait, daemon=True).start()  # no process stays as a zombie

    def warm(self) -> None:
        """Start a process that loads what reading data needs, for the data that are opened next."""
        if self._waiting is None or self._waiting.poll() is not None:
            self._waiting = self._process(stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
            self._ending = weakref.finalize(self, _end, self._waiting)

    def _begin(self, folder: Path) -> "subprocess.Popen[bytes]":
        """Return the process that looks through the data of a folder, one that waits already where there is one."""
        process, self._waiting = self._waiting, None
        if process is not None and process.stdin is not None:
            self._ending.detach()
            with suppress(OSError), process.stdin as said:  # it has gone meanwhile
                said.write(f"{folder}\n".encode())
                said.flush()
                return process
        with (folder / "errors.txt").open("wb") as errors:
            return self._process(str(folder), stdin=subprocess.DEVNULL, stderr=errors)

    def _process(self, *words: str, **streams: Any) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "saccade.studio.data_process", *words]
        return subprocess.Popen(
            command, cwd=self._context.workspace, stdout=subprocess.DEVNULL, env=dict(os.environ), **streams
        )

    def draw_changes(self, name: str) -> Json:
        """Return what random changes the recipe makes in training, drawn by a process of its own, once.

        Raises:
            DataError: it could not be drawn.
        """
        folder = self.get(name).folder
        if not (folder / "changes.json").exists():
            command = [sys.executable, "-m", "saccade.studio.data_process", str(folder.resolve()), "changes"]
            subprocess.run(command, cwd=self._context.workspace, check=False, capture_output=True)
        found = _read(folder / "changes.json")
        if not found:
            raise DataError("The changes could not be drawn. See whether the data can be read, above.")
        return found

    def stage(self, name: str) -> Json:
        """Return how far a process is, and that it has gone where it did not end."""
        said = self.get(name).stage
        running = self._running.get(name)
        alive = running is not None and running.poll() is None
        if not alive and said["doing"] not in ("", "failed"):
            said |= {"doing": "failed", "error": "The process that reads the data has gone. Open them again."}
        return said
