"""A file in a drop-in folder is a name the user can say; listing imports nothing heavy.

`models/lenet5.py` is the model `lenet5`, `recipes/mnist-dense.yaml` the recipe `mnist-dense`. The one-line
description of a name is the first line of its docstring (or of the recipe's header comment), read without
importing it.
"""

import ast
import importlib
import importlib.util
from pathlib import Path
from types import ModuleType

from saccade.core.errors import EXTRAS, not_installed, unknown

DROP_INS = {
    "models": "saccade.models",
    "autoencoders": "saccade.models.autoencoders",
    "tasks": "saccade.tasks",
    "metrics": "saccade.tasks.classification.metrics",
    "baselines": "saccade.tasks.classification.baselines",
    "detectors": "saccade.tasks.anomaly_detection.baselines",
    "data": "saccade.modalities.images.catalogue",
    "sources": "saccade.modalities.images.sources",
    "checks": "saccade.modalities.images.audit.checks",
    "faults": "saccade.diagnosis.faults",
    "formats": "saccade.export.formats",
    "engines": "saccade.inference.engines",
}
RECIPES = Path(__file__).parent / "recipes"


def names(kind: str) -> list[str]:
    """Return the sorted names of one kind: a key of `DROP_INS`, or "recipes"."""
    return sorted(_files(kind))


def descriptions(kind: str) -> dict[str, str]:
    """Return one line a name, read from the files without importing them."""
    return {name: _first_line(path) for name, path in sorted(_files(kind).items())}


def load(kind: str, name: str) -> ModuleType:
    """Import the module behind a name.

    Raises:
        UnknownNameError: there is none; names the nearest.
        MissingPackageError: it needs a package that is not installed; says how to install it.
    """
    if name not in _files(kind):
        raise unknown(_singular(kind), name, names(kind))
    try:
        return importlib.import_module(f"{DROP_INS[kind]}.{name}")
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
    if name not in _files(kind):
        raise unknown(_singular(kind), name, names(kind))
    path = _files(kind)[name]
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == constant:
            return ast.literal_eval(statement.value)
    raise LookupError(f"{path} sets no {constant} at its top.")


def recipe_path(name: str) -> Path:
    """Return the file of a ready recipe; raises UnknownNameError with the nearest name."""
    files = _files("recipes")
    if name not in files:
        raise unknown("recipe", name, files)
    return files[name]


def _files(kind: str) -> dict[str, Path]:
    if kind == "recipes":
        return {path.stem: path for path in RECIPES.glob("*.yaml")}
    spec = importlib.util.find_spec(DROP_INS[kind])  # unlike an import, this does not run the __init__
    folders = (spec.submodule_search_locations if spec else None) or ()
    files = (path for folder in folders for path in Path(folder).glob("*.py"))
    return {path.stem: path for path in files if not path.stem.startswith("_")}


def _singular(kind: str) -> str:
    return {"data": "data set"}.get(kind, kind.removesuffix("s"))


def _first_line(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".yaml":
        return text.partition("\n")[0].lstrip("# ").strip()
    return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
