"""The rules of the house, read from the source (see the design): who may import whom, and how."""

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import saccade

SOURCE = Path(saccade.__file__).parent

# The page of the design, top to bottom: a module imports from its own floor and the floors below. The longest
# prefix counts: "data.dataset" stands on another floor than "data".
FLOORS = {
    "faces": ["__init__", "__main__", "api", "trained", "cli", "serving", "studio", "display"],
    "stages": [
        "preparing",
        "training",
        "evaluating",
        "comparing",
        "predicting",
        "inspecting",
        "auditing",
        "diagnosing",
        "drawing",
        "locating",
        "pages",
        "labelling",
        "calibrating",
        "thresholding",
        "drifting",
        "exporting",
        "reporting",
    ],
    # data.named is what the files of the catalogue share
    "drop-ins": [
        "models",
        "autoencoders",
        "tasks",
        "metrics",
        "baselines",
        "detectors",
        "detection_metrics",
        "data.catalogue",
        "data.named",
        "data.sources",
        "formats",
        "engines",
    ],
    "data": ["data"],
    "things": [
        "registry",
        "backend",
        "recipe",
        "run",
        "writing",
        "safe_json",
        "safe_yaml",
        "typed",
        "run_files",
        "showing",
        "finding",
        "score",
        "evaluation",
        "passport",
        "calibration",
        "ask",
        "threshold",
        "heat",
        "schema",
        "anomaly",
        "heat",
        "data.dataset",
        "data.table",
    ],
    "errors": ["errors"],
}
RANKS = {
    name: rank for rank, names in enumerate(reversed(FLOORS.values())) for name in names
}  # errors is 0, faces the largest

DROP_INS = FLOORS["drop-ins"]

# Laziness has three doors, and the backend module, which asks TensorFlow only when it is the backend.
LAZY = ("__init__", "registry", "cli", "backend")

# Fast paths of one backend, the backend module itself, and what runs TensorFlow's own file format.
TENSORFLOW = ("backend", "data.feeding", "training", "engines.saved_model")

HEAVY = {
    "keras",
    "tensorflow",
    "numpy",
    "scipy",
    "sklearn",
    "matplotlib",
    "polars",
    "pydantic",
    "PIL",
    "rich",
    "yaml",
    "joblib",
}


@dataclass(frozen=True)
class Import:
    """One import of a module of ours."""

    module: str
    line: int
    target: str
    within_function: bool

    def __str__(self) -> str:
        return f"{self.module} (line {self.line}) imports {self.target}"


def files() -> dict[str, Path]:
    """Return every module of ours by its name below saccade: "data.dataset", "cli", "__init__"."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        is_package = parts[-1] == "__init__" and len(parts) > 1
        found[".".join(parts[:-1] if is_package else parts)] = path
    return found


FILES = files()
TREES = {module: ast.parse(path.read_text(encoding="utf-8")) for module, path in FILES.items()}
every_module = pytest.mark.parametrize("module", FILES)


def modules_in(*places: str) -> Any:
    """Run a test for the modules in some places."""
    return pytest.mark.parametrize("module", [module for module in FILES if is_in(module, places)])


def modules_outside(*places: str) -> Any:
    """Run a test for all other modules."""
    return pytest.mark.parametrize("module", [module for module in FILES if not is_in(module, places)])


def is_in(module: str, places: Iterable[str]) -> bool:
    """Say whether a module is one of the places or within one."""
    return any(module == place or module.startswith(f"{place}.") for place in places)


def rank(module: str) -> int:
    """Return the floor of a module, counted from errors = 0."""
    parts = module.split(".")
    prefixes = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    known = next((prefix for prefix in prefixes if prefix in RANKS), None)
    assert known, f"'{module}' stands on no floor. Add it to FLOORS in {Path(__file__).name}, where it belongs."
    return RANKS[known]


def imports(module: str) -> Iterator[Import]:
    """Return a module's imports that run; not those that are for the type checker."""
    yield from _imports(module, TREES[module], within_function=False)


def _imports(module: str, node: ast.AST, *, within_function: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.Import | ast.ImportFrom):
            for target in _targets(child):
                yield Import(module, child.lineno, target, within_function)
        inside = within_function or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from _imports(module, child, within_function=inside)


def _targets(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    assert node.level == 0, "imports are written in full: from saccade.data import …"
    # `from saccade import models` is the module, `from saccade.run import Run` a name in one
    return [
        f"{node.module}.{alias.name}" if _ours(f"{node.module}.{alias.name}") in FILES else str(node.module)
        for alias in node.names
    ]


def _ours(target: str) -> str:
    """Return the name below saccade, "" for foreign modules."""
    if target == "saccade":
        return "__init__"
    return target.removeprefix("saccade.") if target.startswith("saccade.") else ""


@every_module
def test_imports_go_down_the_page_only(module):
    wrong = [str(each) for each in imports(module) if (to := _ours(each.target)) and rank(to) > rank(module)]
    assert not wrong, "\n".join(wrong)


@modules_outside(*FLOORS["faces"], *FLOORS["drop-ins"])
def test_drop_ins_are_loaded_by_name(module):
    wrong = [
        f"{each}: load it through registry.load"
        for each in imports(module)
        if is_in(_ours(each.target), DROP_INS) and _ours(each.target) not in DROP_INS
    ]
    assert not wrong, "\n".join(wrong)


@modules_outside(*LAZY)
def test_imports_stand_at_the_top_but_for_the_doors_of_laziness(module):
    # at the top of a fast path, TensorFlow would be loaded under the other backends too
    allowed = {"tensorflow"} if is_in(module, TENSORFLOW) else set()
    inside = [each for each in imports(module) if each.within_function]
    wrong = [str(each) for each in inside if each.target.split(".")[0] not in allowed]
    assert not wrong, "\n".join(wrong)


@modules_outside("backend")
def test_keras_comes_from_the_backend_module(module):
    wrong = [str(each) for each in imports(module) if each.target.split(".")[0] == "keras"]
    assert not wrong, "write: from saccade.backend import keras\n" + "\n".join(wrong)


@modules_outside(*TENSORFLOW)
def test_tensorflow_stays_where_its_fast_paths_are(module):
    wrong = [str(each) for each in imports(module) if each.target.split(".")[0] == "tensorflow"]
    assert not wrong, "\n".join(wrong)


@modules_in("metrics", "detection_metrics", "detectors")
def test_metrics_need_arrays_only(module):
    allowed = ("numpy", "scipy", "sklearn", "saccade", "typing", "collections", "dataclasses")
    wrong = [str(each) for each in imports(module) if each.target.split(".")[0] not in allowed]
    assert not wrong, "\n".join(wrong)


@every_module
def test_nothing_from_a_user_is_unpickled_or_run(module):
    calls = [node for node in ast.walk(TREES[module]) if isinstance(node, ast.Call)]
    called = {ast.unparse(call.func): call.lineno for call in calls}
    forbidden = {"pickle.load", "pickle.loads", "joblib.load", "yaml.load", "eval", "exec", "torch.load"}
    wrong = [f"{module} (line {line}) calls {name}" for name, line in called.items() if name in forbidden]
    for call in calls:
        wrong += [
            f"{module} (line {call.lineno}) passes {word.arg}={ast.unparse(word.value)}"
            for word in call.keywords
            if (word.arg, ast.unparse(word.value)) in {("allow_pickle", "True"), ("safe_mode", "False")}
        ]
    assert not wrong, "\n".join(wrong)


@every_module
def test_everything_public_says_what_it_is(module):
    tree = TREES[module]
    assert ast.get_docstring(tree), f"{module} has no docstring"
    silent = [name for name, node in _public(tree) if not ast.get_docstring(node)]
    assert not silent, f"{module}: {', '.join(silent)} without a docstring"


def _public(node: ast.Module | ast.ClassDef, prefix: str = "") -> Iterator[tuple[str, ast.AST]]:
    for child in node.body:
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if child.name.startswith("_"):
                continue
            yield f"{prefix}{child.name}", child
            if isinstance(child, ast.ClassDef):
                yield from _public(child, f"{child.name}.")


def loaded_after(code: str) -> set[str]:
    """Return the heavy packages that a fresh Python has loaded after some code."""
    ending = f"\nimport sys\nprint('LOADED', *sorted({HEAVY!r} & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", code + ending], capture_output=True, text=True, check=True, timeout=60
    )
    return set(result.stdout.rpartition("LOADED")[2].split())


def test_importing_saccade_is_light():
    assert loaded_after("import saccade") == set()


def test_help_is_light():
    assert loaded_after("from saccade.cli import run\nassert run(['--help']) == 0") == set()


@pytest.mark.parametrize("kind", ["models", "tasks", "metrics", "data", "sources", "recipes", "formats", "engines"])
def test_listing_names_is_light(kind):
    code = f"from saccade import registry\nregistry.descriptions({kind!r})"
    assert loaded_after(code) <= {"numpy"}


def test_reading_a_recipe_does_not_load_keras():
    code = "from saccade import recipe\nrecipe.read('mnist-convnet')"
    assert loaded_after(code).isdisjoint({"keras", "tensorflow", "scipy", "sklearn", "matplotlib"})
