"""What the process does that looks through data: `python -m saccade.studio.data_process FOLDER`.

It writes beside the request, in this order: which image files there are, what there is to see of the data as they are,
the same in splits, and what the audit finds. The studio shows each as it comes, and never loads what reading data
needs. Without a folder it loads that, and waits on standard input for one: then the data are seen at once.
"""

import json
import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from saccade.core import recipe as recipes
from saccade.core import registry
from saccade.core.atomic_files import write_whole
from saccade.core.data_view import DataView, Records, Thumbnails
from saccade.core.errors import SaccadeError
from saccade.core.safe_json import Json, parse_json
from saccade.tasks import base, steps

AT_ONCE = 1024  # thumbnails

LISTED, READ, CUT, CHECKED = 1, 2, 3, 4
"""How far it is: files, images or columns, splits, findings are there."""

PATIENCE = 600.0
"""Seconds for which it waits for a folder."""

READING, CUTTING, CHECKING, DONE, FAILED = (
    "Reading the data",
    "Cutting the splits",
    "Looking for problems",
    "",
    "failed",
)


def main(folder: Path) -> None:
    """Look through the data of a request."""
    request = parse_json((folder / "request.json").read_bytes())
    say = _Saying(folder)
    try:
        _look(folder, request, say)
    except SaccadeError as error:
        say(FAILED, error=str(error))
    except BaseException as error:
        say(FAILED, error=f"This is a fault in Saccade, not in your data: {type(error).__name__}: {error}")
        raise


def wait() -> None:
    """Load what reading data needs, and look through the data whose folder comes on standard input."""
    leave = threading.Timer(PATIENCE, os._exit, (0,))
    leave.daemon = True
    leave.start()
    for name in registry.names("tasks"):
        for task in base.all_of(name):
            _ = task.browse, task.prepare, task.view
    folder = sys.stdin.readline().strip()
    leave.cancel()
    if folder:
        with (Path(folder) / "errors.txt").open("wb") as errors:
            os.dup2(errors.fileno(), 2)
        main(Path(folder))


def draw_changes(folder: Path) -> None:
    """Draw what the random changes of training make of a few inputs: changes.json, and changes.npy where there is one.

    It loads Keras.
    """
    recipe = _recipe(parse_json((folder / "request.json").read_bytes()))
    task = base.for_recipe(recipe)
    sheet = None
    if task.augmentation_sheet is not None:
        found = task.browse(recipe, quiet=True)
        sheet = task.augmentation_sheet(found or steps.prepare(recipe, quiet=True).dataset, recipe.augment)
    if sheet is not None:
        _write_array(folder / "changes.npy", lambda file: np.save(file, sheet))
    said = recipe.augment.model_dump() if hasattr(recipe, "augment") else {}
    used = {name: value for name, value in said.items() if value not in (0, "none")}
    _write_json(folder / "changes.json", {"recipe": recipe.name, "augment": used, "drawn": sheet is not None})


def _recipe(request: Json) -> Any:
    data, fields = str(request["data"]), dict(word.split("=", 1) for word in request.get("settings", ()))
    return recipes.read(steps.default_recipe(data, task=fields.get("task")), data=data, **fields)


def _look(folder: Path, request: Json, say: "_Saying") -> None:
    say(READING)
    recipe = _recipe(request)
    task = base.for_recipe(recipe)
    if files := task.listed_files(recipe):
        write_files(folder, files, name=Path(recipe.data).name, noun=task.noun)
        say(READING, seen=LISTED)
    found = task.browse(recipe, quiet=True)
    if found is not None:
        write_view(folder, task.view(found))
        say(CUTTING, seen=READ)
        _step_back()
    prepared = steps.prepare(recipe, quiet=True)
    write_view(folder, task.view(prepared.dataset))
    say(CHECKING, seen=CUT, task=recipe.task)
    audit = prepared.audit(quiet=True)
    _write_json(folder / "audit.json", audit.to_dict())
    say(DONE, seen=CHECKED)


def _step_back() -> None:
    """Let the page go first, which draws what was read: the rest takes long, and nobody waits for it."""
    if hasattr(os, "nice"):  # not on Windows
        os.nice(5)


class _Saying:
    """Writes how far it is."""

    def __init__(self, folder: Path) -> None:
        self._path, self._said = folder / "stage.json", dict[str, Any]()

    def __call__(self, doing: str, **more: Any) -> None:
        self._said = {**self._said, "doing": doing, **more}
        _write_json(self._path, self._said)


def _write_json(path: Path, content: Json) -> None:
    text = json.dumps(content, ensure_ascii=False)
    write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_files(folder: Path, files: Sequence[str], *, name: str, noun: str) -> None:
    """Write which image files there are, of which the studio decodes those that are looked at."""
    nothing = DataView(name, noun, len(files), {}, ())
    rows: dict[str, Any] = {
        "names": np.array(files),
        "labels": np.full(len(files), -1),
        "splits": np.full(len(files), ""),
    }
    _write_array(folder / "rows.npz", lambda file: np.savez(file, **rows))
    _write_json(folder / "view.json", {**nothing.to_dict(), "pixels": {"files": True}, "classes": []})


def write_view(folder: Path, view: DataView) -> None:
    """Write what there is to see; thumbnails that lie in a file of the cache stay there."""
    said = view.to_dict()
    if view.thumbnails is not None:
        said |= _write_thumbnails(folder, view.thumbnails)
    if view.records is not None:
        said |= _write_records(folder, view.records)
    _write_json(folder / "view.json", said)


def _write_records(folder: Path, found: Records) -> Json:
    _write_array(folder / "values.npy", lambda file: np.save(file, found.values))
    rows = {"names": found.names, "labels": found.labels, "splits": found.splits}
    _write_array(folder / "rows.npz", lambda file: np.savez(file, **rows))  # type: ignore[arg-type]
    return {"records": [asdict(each) for each in found.columns], "classes": list(found.classes)}


def _write_thumbnails(folder: Path, found: Thumbnails) -> Json:
    before = folder / "rows.npz"
    same = before.exists() and np.array_equal(np.load(before)["names"], found.names)
    known = parse_json((folder / "view.json").read_bytes()) if same else {}
    place = {"pixels": known["pixels"]} if known.get("pixels", {}).get("file") else _place(folder, found.pixels)
    _write_array(before, lambda file: np.savez(file, names=found.names, labels=found.labels, splits=found.splits))
    return {**place, "classes": list(found.classes)}


def _place(folder: Path, pixels: Any) -> Json:
    """Return where the thumbnails are: a file in the cache and which rows of it, or a file of our own."""
    file, rows = getattr(pixels, "filename", None), getattr(pixels, "rows", None)
    whole = getattr(pixels, "images", pixels)
    if file and str(file).endswith(".npy") and np.load(file, mmap_mode="r").shape == whole.shape:
        if rows is not None:
            _write_array(folder / "picked.npy", lambda out: np.save(out, rows))
        return {"pixels": {"file": str(file), "picked": rows is not None}}
    _write_array(folder / "pixels.npy", lambda out: _write_pixels(out, pixels))
    return {"pixels": {"file": "pixels.npy", "picked": False}}


def _write_pixels(out: Any, pixels: Any) -> None:
    np.lib.format.write_array_header_1_0(out, {"descr": "|u1", "fortran_order": False, "shape": tuple(pixels.shape)})
    for start in range(0, len(pixels), AT_ONCE):
        out.write(np.ascontiguousarray(pixels[np.arange(start, min(len(pixels), start + AT_ONCE))]).data)


def _write_array(path: Path, write: Callable[[Any], object]) -> None:
    def into(temporary: Path) -> None:
        with temporary.open("wb") as file:
            write(file)

    write_whole(path, into)


if __name__ == "__main__":
    if not sys.argv[1:]:
        wait()
    else:
        (draw_changes if sys.argv[2:] == ["changes"] else main)(Path(sys.argv[1]))
