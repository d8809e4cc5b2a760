"""The rules of the house, read from the source (see the design): who may import whom, and how."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

import saccade
from saccade.core import registry

SOURCE = Path(saccade.__file__).parent

# The page of the design, top to bottom: a module imports from its own floor and the floors below. The longest
# prefix counts: "core.pages" would stand on another floor than "core" if it were named here.
FLOORS = {
    "faces": ["__init__", "__main__", "api", "cli", "studio"],
    "tasks": ["tasks"],
    "stages": [
        "tuning",
        "training",
        "evaluation",
        "drift",
        "inference",
        "inspection",
        "export",
        "report",
        "serving",
    ],
    "modalities and models": ["modalities", "models", "tasks.base", "tasks.protocol", "tasks.parts"],
    "core": ["core"],
    "errors": ["core.errors"],
}
RANKS = {
    name: rank for rank, names in enumerate(reversed(FLOORS.values())) for name in names
}  # errors is 0, faces the largest

TYPES = ("Dataset", "Images", "Table", "Predictor", "Evaluation", "Detection", "Metadata")
"""How types of one task or modality are called."""

ON_ARRAYS = ("tasks.classification.metrics", "tasks.anomaly_detection.metrics", "tasks.anomaly_detection.baselines")

DROP_INS = [
    package.removeprefix("saccade.")
    for kind, package in registry.DROP_INS.items()
    if kind not in {"tasks", "checks", "faults"}
]

# Fast paths of one backend, the backend module itself, and what runs TensorFlow's own file format.
TENSORFLOW = ("core.backend", "core.device", "training", "inference.engines.saved_model")

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
        splits = path.relative_to(SOURCE).with_suffix("").parts
        is_package = splits[-1] == "__init__" and len(splits) > 1
        found[".".join(splits[:-1] if is_package else splits)] = path
    return found


FILES = files()

# Laziness has few doors, and the backend module, which asks TensorFlow only when it is the backend.
LAZY = (
    "__init__",
    "core.registry",
    "cli",
    "studio",
    "core.backend",
    "core.device",
    "tuning.searching",  # Optuna is an extra, which `saccade.api` must do without
    # scikit-learn, SciPy's statistics and Polars take half a second each, and most trainings ask for none of them
    "tasks.classification.baseline_scores",
    "tasks.classification.linear_head",
    "tasks.classification.trials",
    "tasks.modality",
    "training.live_pictures",  # Matplotlib's colours: mostly nobody looks on
    *(module for module in FILES if fnmatch(module, "tasks.*.task") or fnmatch(module, "tasks.*terminal")),
)


@cache
def tree(module: str) -> ast.Module:
    """Return a module's source as a tree, read when it is asked for: not by every process that collects tests."""
    return ast.parse(FILES[module].read_text(encoding="utf-8"))


def is_in(module: str, places: Iterable[str]) -> bool:
    """Say whether a module is one of the places or within one."""
    return any(module == place or module.startswith(f"{place}.") for place in places)


def rank(module: str) -> int:
    """Return the floor of a module, counted from errors = 0."""
    splits = module.split(".")
    prefixes = [".".join(splits[:length]) for length in range(len(splits), 0, -1)]
    known = next((prefix for prefix in prefixes if prefix in RANKS), None)
    assert known, f"'{module}' stands on no floor. Add it to FLOORS in {Path(__file__).name}, where it belongs."
    return RANKS[known]


@cache
def imports(module: str) -> tuple[Import, ...]:
    """Return a module's imports that run; not those that are for the type checker."""
    return tuple(_imports(module, tree(module), within_function=False))


def _imports(module: str, node: ast.AST, *, within_function: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and _name(child.test).endswith("TYPE_CHECKING"):
            continue
        if isinstance(child, ast.Import | ast.ImportFrom):
            for target in _targets(child):
                yield Import(module, child.lineno, target, within_function)
        if isinstance(child, ast.Call) and _called(child) in {"part", "parts"}:  # see tasks/parts.py
            for place in child.args:
                target = ast.literal_eval(place).partition(":")[0]
                target = f"saccade.{module.rpartition('.')[0]}{target}" if target.startswith(".") else target
                yield Import(module, child.lineno, target, True)
        inside = within_function or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from _imports(module, child, within_function=inside)


def _targets(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    assert node.level == 0, "imports are written in full: from saccade.modalities.images import …"
    # `from saccade import models` is the module, `from saccade.core.run import Run` a name in one
    return [
        f"{node.module}.{alias.name}" if _ours(f"{node.module}.{alias.name}") in FILES else str(node.module)
        for alias in node.names
    ]


def _ours(target: str) -> str:
    """Return the name below saccade, "" for foreign modules."""
    if target == "saccade":
        return "__init__"
    return target.removeprefix("saccade.") if target.startswith("saccade.") else ""


def imports_outside(*places: str) -> Iterator[Import]:
    """Yield the imports of all modules but those in some places."""
    for module in FILES:
        if not is_in(module, places):
            yield from imports(module)


def refuse(wrong: Iterable[object], hint: str = "") -> None:
    """Fail with a line for each thing that is wrong."""
    found = [str(each) for each in wrong]
    assert not found, "\n".join([hint, *found]).strip()


def foreign(name: str, *places: str) -> Iterator[Import]:
    """Yield the imports of a package of other people outside of some places."""
    return (each for each in imports_outside(*places) if each.target.split(".")[0] == name)


def test_imports_go_down_and_nothing_shared_knows_a_task_or_a_modality():
    refuse([*_upward(), *_of_one_task_or_modality()], "imports go down the page, and only its own folder knows a task")


def _upward() -> Iterator[Import]:
    return (each for each in imports_outside() if (to := _ours(each.target)) and rank(to) > rank(each.module))


def _of_one_task_or_modality() -> Iterator[Import]:
    """Yield imports of a task's folder from outside of it, and of a modality's from others than tasks and models."""
    for kind, may in (("tasks", []), ("modalities", ["tasks", "models"])):
        for name in _folders(kind):
            yield from (each for each in imports_outside(name, *may) if is_in(_ours(each.target), [name]))


def _folders(kind: str) -> list[str]:
    return sorted(
        {".".join(module.split(".")[:2]) for module in FILES if module.startswith(f"{kind}.") and module.count(".") > 1}
    )


def test_nothing_shared_names_a_task_or_asks_for_a_modality_or_a_type():
    # models say which modality they take, and the registry where drop-ins are
    shared = [
        each
        for each in FILES
        if not is_in(each, [*_folders("tasks"), *_folders("modalities"), "core.registry", "models"])
    ]
    wrong = {f"{module} {what}" for module in shared for what in _named(tree(module))}
    wrong -= {"serving.inference names classification"}  # a word of the Open Inference Protocol
    refuse(sorted(wrong), "ask the task (see tasks/base.py) instead")


def _named(tree: ast.Module) -> Iterator[str]:
    tasks, modalities = ({each.split(".")[1] for each in _folders(kind)} for kind in ("tasks", "modalities"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in tasks:
            yield f"names {node.value}"
        if isinstance(node, ast.Compare):
            texts = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
            yield from (f"asks for {text}" for text in texts if text in modalities)
        if isinstance(node, ast.Call) and _called(node) == "isinstance":
            kinds = {each.id for each in ast.walk(node.args[1]) if isinstance(each, ast.Name)}
            yield from (f"asks for {kind}" for kind in sorted(kinds) if kind.endswith(TYPES))


def test_drop_ins_are_loaded_by_name():
    inside = (
        each
        for each in imports_outside(*FLOORS["faces"], *DROP_INS, "modalities.images.named_data")
        if is_in(_ours(each.target), DROP_INS)
    )
    refuse((each for each in inside if _ours(each.target) not in DROP_INS), "load it through registry.load")


def test_imports_stand_at_the_top_but_for_the_doors_of_laziness():
    # at the top of a fast path, TensorFlow would be loaded under the other backends too
    inside = (each for each in imports_outside(*LAZY) if each.within_function)
    refuse(
        each for each in inside if not (each.target.split(".")[0] == "tensorflow" and is_in(each.module, TENSORFLOW))
    )


def test_keras_comes_from_the_backend_module():
    refuse(foreign("keras", "core.backend"), "write: from saccade.core.backend import keras")


def test_tensorflow_stays_where_its_fast_paths_are():
    refuse(foreign("tensorflow", *TENSORFLOW))


def test_metrics_need_arrays_only():
    allowed = ("numpy", "scipy", "sklearn", "saccade", "typing", "collections", "dataclasses", "itertools")
    metrics = (module for module in FILES if is_in(module, ON_ARRAYS))
    refuse(each for module in metrics for each in imports(module) if each.target.split(".")[0] not in allowed)


def test_nothing_from_a_user_is_unpickled_or_run():
    forbidden = {"pickle.load", "pickle.loads", "joblib.load", "yaml.load", "eval", "exec", "torch.load"}
    words = {("allow_pickle", "True"), ("safe_mode", "False")}
    calls = [(module, node) for module in FILES for node in ast.walk(tree(module)) if isinstance(node, ast.Call)]
    refuse(
        f"{module} (line {call.lineno}) calls {name}" for module, call in calls if (name := _called(call)) in forbidden
    )
    refuse(
        f"{module} (line {call.lineno}) passes {word.arg}={ast.unparse(word.value)}"
        for module, call in calls
        for word in call.keywords
        if word.arg in {"allow_pickle", "safe_mode"} and (word.arg, ast.unparse(word.value)) in words
    )


def _called(call: ast.Call) -> str:
    return _name(call.func)


def _name(node: ast.expr) -> str:
    """Return a name with its dots, "" for what is more than a name; as `ast.unparse` does, which takes its time."""
    if isinstance(node, ast.Attribute):
        before = _name(node.value)
        return f"{before}.{node.attr}" if before else ""
    return node.id if isinstance(node, ast.Name) else ""


def test_everything_public_says_what_it_is():
    refuse(f"{module} has no docstring" for module in FILES if not ast.get_docstring(tree(module)))
    public = ((module, name, node) for module in FILES for name, node in _public(tree(module)))
    refuse(f"{module}: {name} without a docstring" for module, name, node in public if not ast.get_docstring(node))


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


@pytest.mark.heavy
def test_importing_saccade_is_light():
    assert loaded_after("import saccade") == set()


@pytest.mark.heavy
def test_help_is_light():
    assert loaded_after("from saccade.cli import run\nassert run(['--help']) == 0") == set()


@pytest.mark.heavy
@pytest.mark.parametrize("kind", ["models", "tasks", "metrics", "data", "sources", "recipes", "formats", "engines"])
def test_listing_names_is_light(kind):
    code = f"from saccade.core import registry\nregistry.descriptions({kind!r})"
    assert loaded_after(code) <= {"numpy"}


@pytest.mark.heavy
def test_reading_a_recipe_does_not_load_keras():
    code = "from saccade.core import recipe\nrecipe.read('mnist-convnet')"
    assert loaded_after(code).isdisjoint({"keras", "tensorflow", "scipy", "sklearn", "matplotlib"})


@pytest.mark.heavy
def test_preparing_data_does_not_load_keras():
    code = "from saccade.tasks import steps\nsteps.prepare_training('digits', {}, quiet=True)"
    assert loaded_after(code).isdisjoint({"keras", "tensorflow", "matplotlib"})


VERBS = "train|evaluate|predict|inspect|export|check|threshold|summary|report|tune --resume|compare|labels|serve|push"
COMMAND = re.compile(rf"saccade (?:{VERBS}) [^.:;)\n]*$")
READY = {"inputs", "new", "new_inputs", "more", "best", "own", "path", "folder", "known", "hint", "suffix"}
"""Names of what stands in commands already as words of a shell."""


def unquoted(module: str) -> Iterator[str]:
    """Yield the values in commands that are said to people and that a shell would read as something else."""
    for node in ast.walk(tree(module)):
        said = ""
        for value in node.values if isinstance(node, ast.JoinedStr) else ():
            if isinstance(value, ast.Constant):
                said += str(value.value)
            elif isinstance(value, ast.FormattedValue):
                if COMMAND.search(said) and _name_of(value.value) not in {*READY, "shell_word"}:
                    yield f"{module} (line {value.lineno}): {said[-40:]}{{{ast.unparse(value.value)}}}"
                said += "WORD"


def _name_of(value: ast.expr) -> str:
    if isinstance(value, ast.Call | ast.Subscript):
        return _name_of(value.func if isinstance(value, ast.Call) else value.value)
    return value.id if isinstance(value, ast.Name) else value.attr if isinstance(value, ast.Attribute) else ""


def test_commands_that_are_said_can_be_pasted_into_a_shell():
    assert [each for module in FILES if module != "core.run_files" for each in unquoted(module)] == []
