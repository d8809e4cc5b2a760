"""Aim: a target, and when a validation shows that it is reached."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from saccade.core.errors import RecipeError, unknown
from saccade.core.intervals import wilson
from saccade.core.metric_value import MetricValue
from saccade.core.recipe import Recipe
from saccade.core.target import Target

SHARES = ("CategoricalAccuracy", "SparseCategoricalAccuracy", "TopKCategoricalAccuracy")
"""Metrics of Keras that are a share of the validation inputs, so that Wilson's interval is theirs."""


@dataclass(frozen=True)
class Aim:
    """A value of a metric on the validation split, and what it takes to be believed.

    Attributes:
        metric: its name in the logs of a training, without "val_".
        value: to be reached.
        mode: "max" where larger is better.
        images: validation inputs.
        is_share: whether the metric is a share of them.
        by_interval: whether the lower end of the share's 95% interval must be there; else the number itself, at two
            checks in a row.
    """

    metric: str
    value: float
    mode: Literal["min", "max"]
    images: int
    is_share: bool
    by_interval: bool

    @classmethod
    def of(cls, recipe: Recipe, *, metrics: Sequence[Any], monitor: str, mode: str, images: int) -> "Aim | None":
        """Return what a recipe is to reach; None where it does not say so.

        Args:
            recipe: says the target.
            metrics: of Keras, as training has them.
            monitor: the metric by which the best epoch is chosen: "val_accuracy".
            mode: "max" where a larger one is better, else "min".
            images: validation inputs.

        Raises:
            UnknownNameError: training has no such metric; names the nearest.
            RecipeError: these validation inputs can never show it, whatever the network learns.
        """
        if not recipe.until:
            return None
        target, by_name = Target.read(recipe.until), {each.name: each for each in metrics}
        chosen = monitor.removeprefix("val_")
        metric = target.metric or chosen
        if metric not in (chosen, "loss", *by_name):
            raise unknown("metric of this training", metric, dict.fromkeys(("loss", chosen, *by_name)))
        is_share = type(by_name.get(metric)).__name__ in SHARES
        better = _mode(mode == "max") if metric == chosen else _direction(metric, by_name.get(metric))
        aim = cls(metric, target.value, better, images, is_share, is_share and recipe.until_by == "interval")
        aim.refuse_unreachable()
        return aim

    def refuse_unreachable(self) -> None:
        """Raise RecipeError where no network could show it on so many validation inputs."""
        if not self.images:
            raise RecipeError("until needs validation inputs to look at: raise --validation, or leave it out.")
        if self.is_share and not 0 < self.value <= 1:
            raise RecipeError(f"until: {self.metric} lies between 0 and 1, as .99; found {self.value:g}.")
        if self.by_interval and self.value == 1:
            raise RecipeError(f"until: {self.metric} always lies below 1 by its interval: take --until-by checks.")
        if self.by_interval and self.mistakes_allowed < 0:
            raise RecipeError(
                f"until: on {self.images} validation inputs, no mistake at all shows {self.metric} of "
                f"{self.share(self.images).low:.4f} only. It takes {_needed(self.value)} to show {self.value:g}: "
                "raise --validation, or take --until-by checks."
            )

    @property
    def mistakes_allowed(self) -> float:
        """How many mistakes on the validation split there may be, at most, for a share to be reached; else infinite."""
        if not self.is_share:
            return math.inf
        if not self.by_interval:
            return self.images - math.ceil(self.value * self.images - 1e-9)
        low, high = -1, self.images  # mistakes that are few enough, and too many
        while high - low > 1:
            middle = (low + high) // 2
            found = self.share(self.images - middle).low or 0
            low, high = (middle, high) if found >= self.value else (low, middle)
        return low

    def share(self, right: int) -> MetricValue:
        """Return so many of the validation inputs as a share with its 95% interval."""
        return wilson(np.array([right]), np.array([self.images]))[0]

    def interval(self, value: float) -> MetricValue:
        """Return a value of the metric, with its 95% interval where it is a share."""
        return self.share(round(value * self.images)) if self.is_share else MetricValue(value)

    def is_there(self, value: float) -> bool:
        """Say whether a value on all validation inputs is good enough: once, or at two checks in a row."""
        if self.is_share:
            return round((1 - value) * self.images) <= self.mistakes_allowed
        return value >= self.value if self.mode == "max" else value <= self.value

    def is_hopeless(self, value: float, seen: int) -> bool:
        """Say whether a value on the first inputs has too many mistakes already for the others to help."""
        return self.is_share and round((1 - value) * seen) > self.mistakes_allowed

    def __str__(self) -> str:
        """Return it for people: "validation accuracy is at least 0.99 (the lower end of its 95% interval)"."""
        least = "at least" if self.mode == "max" else "at most"
        how = "the lower end of its 95% interval" if self.by_interval else "at two checks in a row"
        return f"validation {self.metric} is {least} {self.value:g} ({how})"


@dataclass(frozen=True)
class Reaching:
    """How a training came on with its aim.

    Attributes:
        metric, target: what was asked.
        reached: whether it is there.
        value, low, high: the best validation, with the interval of a share; None where nothing was measured.
        seconds: of training, from the first step to where it was reached, or to the end.
        epoch: passes over the training split until then.
        step: batches until then.
    """

    metric: str
    target: float
    reached: bool
    value: float | None
    low: float | None
    high: float | None
    seconds: float
    epoch: float
    step: int

    @classmethod
    def of(cls, aim: Aim, value: float | None, *, reached: bool, seconds: float, epoch: float, step: int) -> "Reaching":
        """Return how an aim was reached, or how far the best validation is from it."""
        found = MetricValue(None) if value is None else aim.interval(value)
        where = round(seconds, 2), round(epoch, 2), step
        return cls(aim.metric, aim.value, reached, found.value, found.low, found.high, *where)

    @property
    def sentence(self) -> str:
        """What a person reads at the end."""
        value = MetricValue(self.value, self.low, self.high)
        if self.reached:
            return (
                f"Reached {self.target:g}: validation {self.metric} {value} after {self.seconds:.1f} s of training, "
                f"{self.epoch:.1f} epochs."
            )
        if self.value is None:
            return f"Did not reach {self.target:g}: there is no validation {self.metric}."
        return (
            f"Did not reach {self.target:g}: validation {self.metric} came to {value} in {self.epoch:.1f} epochs, "
            f"{self.seconds:.1f} s of training. More --epochs or --budget, or another network, may do it."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values for JSON."""
        return asdict(self)


def _direction(name: str, metric: Any) -> Literal["min", "max"]:
    """Return which way a metric is better; raises RecipeError where Keras does not know."""
    direction = "down" if name == "loss" else getattr(metric, "_direction", None)
    if direction is None:
        raise RecipeError(f"until: nothing says whether {name} should be large or small. Take another metric.")
    return _mode(direction == "up")


def _mode(larger: bool) -> Literal["min", "max"]:
    return "max" if larger else "min"


def _needed(value: float) -> int:
    """Return the fewest inputs of which the interval's lower end reaches a value when all are right."""
    low, high = 0, 1
    while not _shows(high, value):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _shows(middle, value) else (middle, high)
    return high


def _shows(count: int, value: float) -> bool:
    """Say whether so many inputs, all of them right, show a share of at least a value."""
    low = wilson(np.array([count]), np.array([count]))[0].low
    return low is not None and low >= value
