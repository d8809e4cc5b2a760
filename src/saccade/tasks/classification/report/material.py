"""Run → Material: everything that a report tells, read once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from saccade.core.audit import Audit
from saccade.core.dataset import SPLITS, SkippedItem
from saccade.core.errors import RunError, SaccadeError
from saccade.core.recipe import Recipe
from saccade.core.run import Run
from saccade.core.skipped_files import by_reason
from saccade.evaluation import Evaluation
from saccade.inference import load_model
from saccade.inspection.summary import LayerSummary, summarize
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks import base
from saccade.tasks.classification.calibration import Calibration

NOT_YET = {"versions": {}, "precision": "", "seconds": 0, "best": {}}
"""What a run.json lacks whose training did not end."""

SHOWN_METRICS = {"accuracy", "macro_f1", "calibration_error", "recall", "confusion", "reliability", "risk_coverage"}
OTHER_VERSION = "Its evaluation was written by another version of Saccade and cannot be read by this one."


@dataclass(frozen=True)
class Answer:
    """What the network said of one test image.

    Attributes:
        name: of the image.
        true: the true class, by number.
        predicted: the class it said.
        probability: how sure it was, 0 to 1.
    """

    name: str
    true: int
    predicted: int
    probability: float

    @property
    def right(self) -> bool:
        """Whether it is the true class."""
        return self.true == self.predicted


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
class Told:
    """What every report tells, whatever the task.

    Attributes:
        run: the run.
        manifest: run.json, with empty entries for what it lacks.
        recipe: its settings.
        data: data.json.
        history: a row an epoch.
        audit: what is wrong with the data; None when it was trained without a check.
        layers: of the network; empty when there is none yet.
        shipped: the exported files that are there.
        unscored: why there is no evaluation, one sentence; else "".
        others: evaluations on data that are not the run's own, of the network as it is now.
    """

    run: Run
    manifest: Mapping[str, Any]
    recipe: Recipe
    data: Mapping[str, Any]
    history: list[dict[str, float]]
    audit: Audit | None
    layers: list[LayerSummary]
    shipped: list[Shipped]
    unscored: str
    others: list[dict[str, Any]] = field(default_factory=list, kw_only=True)

    @property
    def title(self) -> str:
        """What was trained on what."""
        return f"{self.recipe.name} on {self.data['name']}"

    @property
    def skipped(self) -> list[str]:
        """What of the images is not used, a line a reason; rows of a table are told in another way."""
        if "schema" in self.data or "skipped" in self.data:
            return [each["text"] for each in self.data.get("skipped", ())]
        return [
            str(each) for each in by_reason(SkippedItem(**each) for each in self.data["skipped_items"])
        ]  # of older runs

    @property
    def noun(self) -> str:
        """What to call what the network is asked about."""
        return "rows" if "schema" in self.data else "images"


@dataclass(frozen=True)
class Material(Told):
    """Everything that a report on images with classes tells.

    Attributes:
        evaluation: of the test split; None when it was not opened for the network as it is now.
        answers: a test image each, as evaluated.
        dataset: the data, for their images; None when they are not to be had.
        unseen: why there are no images; else "".
    """

    evaluation: Evaluation | None
    answers: list[Answer]
    dataset: ImageDataset | None
    unseen: str

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, in the order of the network's outputs."""
        return tuple(self.data["classes"])

    @property
    def sizes(self) -> dict[str, int]:
        """Images in each split, 0 for one that was not cut."""
        counts = self.data["counts"]
        return {split: sum(counts.get(split, {}).values()) for split in SPLITS}


def gather(run: Run, *, data: str | None = None, quiet: bool = True) -> Material:
    """Return everything that a report tells of a run; see `report` for arguments and errors."""
    evaluation, unscored = _evaluation(run)
    dataset, unseen = _dataset(run, data, quiet=quiet)
    return Material(
        **common(run),
        unscored=unscored,
        evaluation=evaluation,
        answers=_answers(run, run.data["classes"]) if evaluation else [],
        dataset=dataset,
        unseen=unseen,
    )


def common(run: Run) -> dict[str, Any]:
    """Return what every report tells of a run, by the names of `Told`; all but `unscored`."""
    return {
        "run": run,
        "manifest": {**NOT_YET, **run.manifest},
        "recipe": run.recipe,
        "data": run.data,
        "history": run.history,
        "audit": run.read_audit(Audit.from_dict),
        "layers": _layers(run),
        "shipped": _shipped(run),
        "others": [each for each in run.other_evaluations if each.get("when", "") >= run.manifest["updated"]],
    }


def _evaluation(run: Run) -> tuple[Evaluation | None, str]:
    """Return the evaluation, or None and why there is none."""
    unscored = unseen_test(run, "images")
    if unscored:
        return None, unscored
    try:
        evaluation = run.read_evaluation(partial(Evaluation.from_dict, calibration=run.load(Calibration)))
    except RunError:  # that it is whole, `unseen_test` has seen
        return None, OTHER_VERSION
    return (evaluation, "") if evaluation.metrics.keys() >= SHOWN_METRICS else (None, OTHER_VERSION)


def unseen_test(run: Run, noun: str) -> str:
    """Return why there are no numbers of the network as it is now, one sentence; "" when there are."""
    if not run.has_evaluation:
        if not run.data["counts"].get("test"):
            return f"There are no test {noun} in this run, so nobody knows how good it is on new ones."
        return f"The sealed test split was not opened yet, so nobody knows how good the network is on new {noun}."
    if run.manifest["updated"] > run.evaluation["when"]:  # both UTC, ISO 8601
        return "It was evaluated before its training went on: those numbers are of another network."
    return ""


def _answers(run: Run, classes: list[str]) -> list[Answer]:
    number = {name: position for position, name in enumerate(classes)}
    return run.read_predictions(
        lambda row: Answer(row["name"], number[row["true"]], number[row["predicted"]], float(row["probability"]))
    )


def _layers(run: Run) -> list[LayerSummary]:
    try:
        return summarize(load_model(run))
    except RunError:  # stopped before its first epoch, or a network of another kind: the rest can be told
        return []


def _shipped(run: Run) -> list[Shipped]:
    folder = run.path / "export"
    there = [(name, record) for name, record in run.parity.items() if (folder / name).exists()]
    return [Shipped(name, run.exported(name) is not None, record) for name, record in there]


def _dataset(run: Run, data: str | None, *, quiet: bool) -> tuple[ImageDataset | None, str]:
    """Return the data, or None and why they cannot be shown; data that were asked for must be there."""
    try:
        return base.reload(run, data=data, quiet=quiet), ""
    except SaccadeError as error:
        if data is not None:
            raise
        return None, str(error)
