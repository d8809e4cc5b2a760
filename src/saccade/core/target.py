"""Target: what a training is to reach, as a person writes it: ".99" or "accuracy=.99"."""

import math
from dataclasses import dataclass
from typing import Any

WAYS = "write a value as .99, or a metric with its value as accuracy=.99"


@dataclass(frozen=True)
class Target:
    """A value of a metric on the validation split.

    Attributes:
        metric: its name, without "val_"; "" is the one by which the best epoch is chosen.
        value: to be reached.
    """

    metric: str
    value: float

    @classmethod
    def read(cls, text: str) -> "Target":
        """Return the target that a text says; raises ValueError.

        For example::

            Target.read("accuracy=.99")   # Target(metric="accuracy", value=0.99)
        """
        metric, equals, value = text.rpartition("=")
        try:
            number = float(value)
        except ValueError:
            raise ValueError(WAYS) from None
        if not math.isfinite(number) or (equals and not metric.strip()):
            raise ValueError(WAYS)
        return cls(metric.strip().removeprefix("val_"), number)

    def __str__(self) -> str:
        """Return it as `read` takes it: "accuracy=0.99"."""
        return f"{self.metric}={self.value:g}" if self.metric else f"{self.value:g}"


def as_target(value: Any) -> Any:
    """Return what a recipe says, a number, a text or {metric: value}, as the text of a target; "" is none."""
    if value in (None, "") and not isinstance(value, bool):
        return ""
    if isinstance(value, dict) and len(value) == 1:
        value = "=".join(str(each) for each in next(iter(value.items())))
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(WAYS)
    return str(Target.read(str(value)))
