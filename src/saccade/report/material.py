"""Run → RunMaterial: what every report says of a run, read once; a task adds what its own says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from saccade.core.audit import Audit
from saccade.core.dataset import SkippedItem
from saccade.core.errors import RunError
from saccade.core.recipe import Recipe
from saccade.core.run import Run
from saccade.core.skipped_files import by_reason
from saccade.inference import load_model
from saccade.inspection.summary import LayerSummary, summarize
from saccade.tasks import base

NOT_YET = {"versions": {}, "precision": "", "seconds": 0, "best": {}}
"""What a run.json lacks whose training did not end."""

OTHER_VERSION = "Its evaluation was written by another version of Saccade and cannot be read by this one."


@dataclass(frozen=True)
class Shipped:
    """An exported file.

    Attributes:
        name: in the run's folder export/.
        current: whether it was made of the network and the calibration as they are now.
        record: what was measured of it, its entry of parity.json.
    """

    name: str
    current: bool
    record: Mapping[str, Any]


@dataclass(frozen=True)
class Publication:
    """How a run is published: its card stands in a folder of its own then, not in that of the run.

    Attributes:
        licence: of the weights, as the Hub calls it; "" where none was chosen.
        has_onnx: whether model.onnx is in the folder.
        has_report: whether report.html is.
    """

    licence: str = ""
    has_onnx: bool = True
    has_report: bool = False


@dataclass(frozen=True)
class RunMaterial:
    """What every report says of a run, whatever the task.

    Attributes:
        run: the run.
        task: what its network is asked.
        manifest: run.json, with empty entries for what it lacks.
        recipe: its settings.
        data: data.json.
        history: a row an epoch.
        audit: what is wrong with the data; None when it was trained without a check.
        layers: of the network; empty when there is none yet.
        shipped: the exported files that are there.
        unscored: why there is no evaluation, one sentence; else "".
        others: evaluations on data that are not the run's own, of the network as it is now.
        publication: how it is published, of a card that is; else None.
    """

    run: Run
    task: base.Task
    manifest: Mapping[str, Any]
    recipe: Recipe
    data: Mapping[str, Any]
    history: list[dict[str, float]]
    audit: Audit | None
    layers: list[LayerSummary]
    shipped: list[Shipped]
    unscored: str
    others: list[dict[str, Any]] = field(default_factory=list, kw_only=True)
    publication: Publication | None = field(default=None, kw_only=True)

    @property
    def title(self) -> str:
        """What was trained on what."""
        return f"{self.recipe.name} on {self.data['name']}"

    @property
    def sizes(self) -> dict[str, int]:
        """How many inputs there are in each split, 0 for one that was not cut."""
        counts = self.data["counts"]
        names = dict.fromkeys(("train", "validation", *counts, "test"))
        return {split: sum(counts.get(split, {}).values()) for split in names}

    @property
    def skipped(self) -> list[str]:
        """What of the inputs is not used, a line a reason."""
        if "skipped" in self.data or "rows_skipped" in self.data:  # rows are listed one by one
            return [each["text"] for each in self.data.get("skipped", ())]
        return [
            str(each) for each in by_reason(SkippedItem(**each) for each in self.data["skipped_items"])
        ]  # of older runs

    @property
    def noun(self) -> str:
        """What to call what the network is asked about."""
        return self.task.noun


def common(run: Run) -> dict[str, Any]:
    """Return what every report tells of a run, by the names of `RunMaterial`; all but `unscored`."""
    return {
        "run": run,
        "task": base.for_run(run),
        "manifest": {**NOT_YET, **run.manifest},
        "recipe": run.recipe,
        "data": run.data,
        "history": run.history,
        "audit": run.read_audit(Audit.from_dict),
        "layers": _layers(run),
        "shipped": _shipped(run),
        "others": [each for each in run.other_evaluations if each.get("when", "") >= run.manifest["updated"]],
    }


def unseen_test(run: Run, noun: str) -> str:
    """Return why there are no numbers of the network as it is now, one sentence; "" when there are."""
    if not run.has_evaluation:
        if not run.data["counts"].get("test"):
            return f"There are no test {noun} in this run, so nobody knows how good it is on new ones."
        return f"The sealed test split was not opened yet, so nobody knows how good the network is on new {noun}."
    if run.manifest["updated"] > run.evaluation["when"]:  # both UTC, ISO 8601
        return "It was evaluated before its training went on: those numbers are of another network."
    return ""


def _layers(run: Run) -> list[LayerSummary]:
    try:
        return summarize(load_model(run))
    except RunError:  # stopped before its first epoch, or a network of another kind: the rest can be told
        return []


def _shipped(run: Run) -> list[Shipped]:
    folder = run.path / "export"
    there = [(name, record) for name, record in run.parity.items() if (folder / name).exists()]
    return [Shipped(name, run.exported(name) is not None, record) for name, record in there]
