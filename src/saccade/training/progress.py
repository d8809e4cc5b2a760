"""What training tells while it runs; the faces decide how to show it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Plan:
    """What is about to be trained.

    Attributes:
        run: the run folder.
        inputs: what it learns from: "images" or "rows".
        epochs: passes over them; 0 where the network was told all that it knows before the first step.
        steps: batches an epoch.
        total_steps: batches in all; fewer than epochs · steps when the last epoch is cut short.
        batch_size: inputs a batch.
        train, validation: number of inputs.
        parameters: trainable and other weights of the network.
        trainable: those that training adjusts.
        precision: "float32", "mixed_bfloat16" or "mixed_float16".
        device: what computes.
        expected_seconds: measured in advance, for all epochs.
        xla: whether each step is compiled with XLA.
        until: what ends it before them, for people; "" where nothing does.
    """

    run: Path
    inputs: str
    epochs: int
    steps: int
    total_steps: int
    batch_size: int
    train: int
    validation: int
    parameters: int
    precision: str
    device: str
    expected_seconds: float
    trainable: int = 0
    xla: bool = False
    until: str = ""


@dataclass(frozen=True)
class Moment:
    """Where training is within an epoch: epoch from 1, steps done, speed, running results."""

    epoch: int
    step: int
    inputs_per_second: float
    seconds_left: float
    results: dict[str, float]


class Progress:
    """Hears what training does. This one says nothing; the command line has others."""

    def stage(self, about: str, *, verb: str = "Trying") -> None:
        """One of several ways to train is about to be tried, or a part of the network to be trained before the rest."""

    def planned(self, plan: Plan) -> None:
        """Training is about to start."""

    def moved(self, moment: Moment) -> None:
        """Some more steps are done."""

    def epoch_done(self, row: dict[str, float], *, best: bool) -> None:
        """An epoch is done; `row` is its line of history.csv."""

    def note(self, text: str) -> None:
        """Something the user should know."""
