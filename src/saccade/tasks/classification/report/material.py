"""Run → Material: everything that a report tells, read once."""

from dataclasses import dataclass
from functools import partial

from saccade.core.errors import RunError, SaccadeError
from saccade.core.run import Run
from saccade.modalities.images.dataset import ImageDataset
from saccade.report.material import OTHER_VERSION, RunMaterial, common, unseen_test
from saccade.tasks import base
from saccade.tasks.classification.calibration import Calibration
from saccade.tasks.classification.evaluation import Evaluation

SHOWN_METRICS = {"accuracy", "macro_f1", "calibration_error", "recall", "confusion", "reliability", "risk_coverage"}


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
class Material(RunMaterial):
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


def _answers(run: Run, classes: list[str]) -> list[Answer]:
    number = {name: position for position, name in enumerate(classes)}
    return run.read_predictions(
        lambda row: Answer(row["name"], number[row["true"]], number[row["predicted"]], float(row["probability"]))
    )


def _dataset(run: Run, data: str | None, *, quiet: bool) -> tuple[ImageDataset | None, str]:
    """Return the data, or None and why they cannot be shown; data that were asked for must be there."""
    try:
        return base.reload(run, data=data, quiet=quiet), ""
    except SaccadeError as error:
        if data is not None:
            raise
        return None, str(error)
