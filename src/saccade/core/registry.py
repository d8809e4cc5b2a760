"""A file in a drop-in folder is a name the user can say; listing imports nothing heavy.

`models/lenet5.py` is the model `lenet5`, `recipes/mnist-dense.yaml` the recipe `mnist-dense`. The one-line
description of a name is the first line of its docstring (or of the recipe's header comment), read without
importing it.
"""

import ast
import importlib
import sys
from collections.abc import Sequence
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from saccade.core.errors import EXTRAS, not_installed, unknown

DROP_INS = {
    "models": "saccade.models",
    "autoencoders": "saccade.models.autoencoders",
    "backbones": "saccade.models.backbones",
    "pyramids": "saccade.models.pyramids",
    "recommenders": "saccade.models.recommenders",
    "tasks": "saccade.tasks",
    "metrics": "saccade.tasks.classification.metrics",
    "baselines": "saccade.tasks.classification.baselines",
    "detectors": "saccade.tasks.anomaly_detection.baselines",
    "simple_recommenders": "saccade.tasks.recommendation.baselines",
    "data": "saccade.modalities.images.catalogue",
    "sources": "saccade.modalities.images.sources",
    "box_formats": "saccade.modalities.images.box_formats",
    "checks": "saccade.modalities.images.audit.checks",
    "faults": "saccade.training.diagnosis.faults",
    "formats": "saccade.export.formats",
    "engines": "saccade.inference.engines",
    "trackers": "saccade.training.tracking.trackers",
}
GROUP = "saccade.{kind}"
"""Other packages add names as entry points of these groups, each the module that stands behind the name:

    [project.entry-points."saccade.tasks"]
    counting = "saccade_counting.task"
"""

_TASK = "task.py"
"""A task is a folder, and this file in it is what the registry knows of it."""

_PACKAGE = Path(__file__).parents[1]
RECIPES = _PACKAGE / "recipes"


def names(kind: str) -> list[str]:
    """Return the sorted names of one kind: a key of `DROP_INS`, or "recipes"."""
    return sorted(_files(kind))


def descriptions(kind: str) -> dict[str, str]:
    """Return one line a name, read from the files without importing them."""
    return {name: _first_line(path) for name, path in sorted(_files(kind).items())}


def known_data() -> dict[str, str]:
    """Return one line for each data set that a name stands for: files of images, and what tasks say they bring along.

    A task says it in its file, `KNOWN_DATA = {"invented_films": "Invented films: …"}`.
    """
    said = (_says(_find("tasks", name), "KNOWN_DATA") for name in names("tasks"))
    own = {name: about for each in said if isinstance(each, dict) for name, about in each.items()}
    return dict(sorted({**descriptions("data"), **own}.items()))


def load(kind: str, name: str) -> ModuleType:
    """Import the module behind a name.

    Raises:
        UnknownNameError: there is none; names the nearest.
        MissingPackageError: it needs a package that is not installed; says how to install it.
    """
    _find(kind, name)
    ours = f"{DROP_INS[kind]}.{name}{'.task' if kind == 'tasks' else ''}"
    try:
        return importlib.import_module(ours if name in _ours(kind) else _of_others(kind)[name])
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in EXTRAS:
            raise
        raise not_installed(error.name or "") from error


def constant(kind: str, name: str, constant: str) -> object:
    """Return what a drop-in sets a name to at its top, read from its file without importing it.

    Raises:
        UnknownNameError: there is no such drop-in; names the nearest.
        LookupError: it does not say; a mistake in the drop-in.
    """
    path = _find(kind, name)
    found = _says(path, constant)
    if found is None:
        raise LookupError(f"{path} sets no {constant} at its top.")
    return found


def default_task() -> str:
    """Return the task of a recipe that names none: the one whose file says `IS_DEFAULT = True`."""
    return next(name for name, path in _ours("tasks").items() if _says(path, "IS_DEFAULT") is True)


@cache
def _says(path: Path, constant: str) -> object:
    """Return what a file sets a name to at its top, None where it does not; every recipe asks, so it is remembered."""
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == constant:
            return ast.literal_eval(statement.value)
    return None


def recipe_path(name: str) -> Path:
    """Return the file of a ready recipe; raises UnknownNameError with the nearest name."""
    return _find("recipes", name)


def _find(kind: str, name: str) -> Path:
    """Return the file of a name: ours, else that of another package, for which all that is installed is looked at."""
    ours = _ours(kind)
    if name in ours:
        return ours[name]
    if name in _of_others(kind):
        return _source(_of_others(kind)[name])
    raise unknown(_singular(kind), name, names(kind), more=f"See: saccade list {kind}.")


def _files(kind: str) -> dict[str, Path]:
    return {**{name: _source(module) for name, module in _of_others(kind).items()}, **_ours(kind)}


def _ours(kind: str) -> dict[str, Path]:
    if kind == "recipes":
        return {path.stem: path for path in RECIPES.glob("*.yaml")}
    pattern = f"*/{_TASK}" if kind == "tasks" else "*.py"
    files = [path for folder in _folders(DROP_INS[kind]) for path in Path(folder).glob(pattern)]
    return {name: path for path in files if not (name := _name(path)).startswith("_")}


def _of_others(kind: str) -> dict[str, str]:
    """Return the modules that other packages add, by name."""
    return {each.name: each.module for each in _installed().select(group=GROUP.format(kind=kind))}


@cache
def _installed() -> Any:
    return entry_points()


@cache
def _source(module: str) -> Path:
    """Return the file of a module of another package, which is not imported; its parents are."""
    found = find_spec(module)
    if found is None or not found.origin:
        raise LookupError(f"There is no module {module}, which an entry point of another package names.")
    return Path(found.origin)


def _folders(package: str) -> Sequence[str]:
    """Return the folders of a package without importing it, or what its import has made of them."""
    if package in sys.modules:
        return list(sys.modules[package].__path__)
    return [str(_PACKAGE.joinpath(*package.split(".")[1:]))]


def _name(path: Path) -> str:
    return path.parent.name if path.name == _TASK else path.stem


def _singular(kind: str) -> str:
    return {"data": "data set"}.get(kind, kind.removesuffix("s"))


def _first_line(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".yaml":
        return text.partition("\n")[0].lstrip("# ").strip()
    return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
