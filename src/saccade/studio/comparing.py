"""What several runs say beside each other: pairs with intervals, curves, disagreements, recipes, sizes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from saccade.core.answered_split import AnsweredInput, AnsweredSplit
from saccade.core.data_identity import grew
from saccade.core.errors import SaccadeError, escaped
from saccade.core.run import Run

SPLIT = "validation"
"""Of which disagreements are shown: the test split is for numbers."""

NOT_SETTINGS = ("name", "asked")
"""Of a recipe: what it is called, and which settings a person chose."""

MOST_SHOWN = 24
"""Inputs of a pair that are shown, of either run."""


@dataclass(frozen=True)
class Pair:
    """Two runs on the same test inputs.

    Attributes:
        first, second: their names.
        verdict: which is better, and how sure that is; "" where nobody can say.
        lines: what stands before it.
        problem: why nobody can say; else "".
    """

    first: str
    second: str
    verdict: str
    lines: tuple[str, ...]
    problem: str


@dataclass(frozen=True)
class Disagreement:
    """Inputs that one of two runs has right, and the other wrong.

    Attributes:
        right, wrong: names of the runs.
        noun: what the inputs are called.
        count: how many there are.
        inputs: some of them, as the run sees them that has them wrong.
    """

    right: str
    wrong: str
    noun: str
    count: int
    inputs: tuple[AnsweredInput, ...]


class Comparisons:
    """Compares pairs of runs, each once as long as neither is evaluated anew."""

    def __init__(self, shown_path: Callable[[Path], str]) -> None:
        """Make one; `shown_path` writes the path of a run as a command in the workspace has it."""
        self._shown_path = shown_path
        self._known: dict[tuple[str, ...], Pair] = {}

    def of(self, runs: Sequence[Run]) -> list[Pair]:
        """Return every pair of some runs, those with the first one first."""
        return [self._pair(one, other) for one, other in combinations(runs, 2)]

    def _pair(self, first: Run, second: Run) -> Pair:
        key = (str(first.path), _evaluated(first), str(second.path), _evaluated(second))
        if key not in self._known:
            self._known[key] = _compared(first, second, self._shown_path)
        return self._known[key]


def _evaluated(run: Run) -> str:
    path = run.path / "evaluation.json"
    return str(path.stat().st_mtime_ns) if path.is_file() else ""


def _compared(first: Run, second: Run, shown_path: Callable[[Path], str]) -> Pair:
    from saccade.evaluation.run_comparison import compare

    names = first.path.name, second.path.name
    try:
        found = compare(first, second)
    except SaccadeError as error:
        return Pair(*names, verdict="", lines=(), problem=_written(escaped(str(error)), shown_path, first, second))
    lines = tuple(_written(line, _name, first, second) for line in found.lines)
    return Pair(*names, verdict=_written(found.verdict, _name, first, second), lines=lines, problem="")


def _name(path: Path) -> str:
    return path.name


def _written(text: str, write: Callable[[Path], str], *runs: Run) -> str:
    """Return a sentence with the paths of runs written otherwise."""
    for run in sorted(runs, key=lambda each: -len(str(each.path))):
        text = text.replace(str(run.path), write(run.path))
    return text


def curves(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Return a chart for each measure that a run has: its name, and for each run the values by epoch, or none."""
    histories = [_history(run) for run in runs]
    names = dict.fromkeys(name for rows in histories for name in (rows[0] if rows else {}))
    longest = max((len(rows) for rows in histories), default=0)
    return [
        {
            "name": name,
            "epochs": list(range(1, longest + 1)),
            "series": [
                {"run": run.path.name, "values": [row.get(name) for row in rows] + [None] * (longest - len(rows))}
                for run, rows in zip(runs, histories, strict=True)
            ],
        }
        for name in sorted(names, key=lambda name: (not name.startswith("val_"), name))
        if name not in ("epoch", "seconds") and longest > 1
    ]


def _history(run: Run) -> list[dict[str, float]]:
    try:
        return run.history
    except SaccadeError:
        return []


def recipe_differences(runs: Sequence[Run]) -> list[tuple[str, list[str]]]:
    """Return (setting, its value in each run) of the settings that are not the same in all of them."""
    flat = [_settings(run) for run in runs]
    names = dict.fromkeys(name for settings in flat for name in settings)
    rows = [(name, [settings.get(name, "–") for settings in flat]) for name in names if name not in NOT_SETTINGS]
    return [(name, values) for name, values in rows if len(set(values)) > 1]


def _settings(run: Run) -> dict[str, str]:
    try:
        content = run.recipe.model_dump(mode="json")
    except SaccadeError:
        return {}
    return dict(_flat(content))


def _flat(content: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in content.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", "left out" if value is None else str(value)


def sizes(run: Run) -> dict[str, str]:
    """Return how large the network of a run is and how long it trained, in words by name."""
    from saccade.studio.writing import duration, size

    network = run.model_path
    exported = run.path / "export" / "model.onnx"
    found = {
        "epochs": f"{len(_history(run))}",
        "training": duration(run.manifest.get("seconds", 0)) if run.manifest.get("seconds") else "–",
        "model.keras": size(network.stat().st_size) if network.is_file() else "–",
        "model.onnx": size(exported.stat().st_size) if exported.is_file() else "–",
    }
    speeds = run.parity.get("model.onnx", {}).get("speeds", {}).get("onnx float32")
    return {**found, "µs an answer": f"{speeds['alone']:,.0f}" if speeds else "–"}


def disagreements(runs: Sequence[Run]) -> list[Disagreement]:
    """Return for each pair of runs what one has right and the other wrong, on the same validation inputs.

    Runs whose answers were not asked for yet, and those of other data, are left out.
    """
    pairs = [
        each
        for one, ours, other, theirs in _answered_pairs(runs)
        if _same_inputs(one, ours, other, theirs)
        for each in (_disagreement(one, ours, other, theirs), _disagreement(other, theirs, one, ours))
    ]
    return [each for each in pairs if each.count]


def strangers(runs: Sequence[Run]) -> list[tuple[str, str]]:
    """Return the pairs of runs that answered other validation inputs, by their names."""
    pairs = _answered_pairs(runs)
    return [
        (one.path.name, other.path.name)
        for one, ours, other, theirs in pairs
        if not _same_inputs(one, ours, other, theirs)
    ]


def _answered_pairs(runs: Sequence[Run]) -> list[tuple[Run, AnsweredSplit, Run, AnsweredSplit]]:
    asked = [(run, _answers(run)) for run in runs]
    known = [(run, answers) for run, answers in asked if answers and answers.right]
    return [(*one, *other) for one, other in combinations(known, 2)]


def _same_inputs(one: Run, ours: AnsweredSplit, other: Run, theirs: AnsweredSplit) -> bool:
    """Say whether both answered the same inputs, or some of the same where labels were added in between."""
    same = ours.right.keys() == theirs.right.keys()
    return same or (grew(one.data, other.data) and bool(ours.right.keys() & theirs.right.keys()))


def unasked(runs: Sequence[Run]) -> list[str]:
    """Return the names of runs whose answers were not asked for yet."""
    return [run.path.name for run in runs if _answers(run) is None]


def _answers(run: Run) -> AnsweredSplit | None:
    from saccade.evaluation.answered_split import kept_answers

    return kept_answers(run, SPLIT)


def _disagreement(right: Run, ours: AnsweredSplit, wrong: Run, theirs: AnsweredSplit) -> Disagreement:
    """Return what `right` has right and `wrong` has not."""
    names = [name for name, is_right in ours.right.items() if is_right and not theirs.right.get(name, True)]
    shown = {each.name: each for group in theirs.groups for each in group.inputs}
    inputs = tuple(shown[name] for name in names if name in shown)[:MOST_SHOWN]
    return Disagreement(right.path.name, wrong.path.name, theirs.noun, len(names), inputs)
