"""Whether each step is compiled with XLA: on a GPU the faster way is kept, as measured when a training starts."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from saccade.core import device
from saccade.core.errors import RecipeError
from saccade.training.trainer import Trainer

GAIN = 0.9
"""XLA is taken where a step takes at most this part of the time without it: else chance would choose."""


class Pace(Protocol):
    """What a measurement gives."""

    @property
    def step_seconds(self) -> float:
        """Of one batch."""
        ...


Measured = TypeVar("Measured", bound=Pace)


def fastest(trainer: Trainer, measure: Callable[[Trainer], Measured], *, setting: str, known: bool | None) -> Measured:
    """Return the pace of a trainer, whose steps are compiled in the faster way from now on.

    Args:
        trainer: compiled without XLA, with its feeds.
        measure: measures the pace, which also compiles, and leaves the state as it was.
        setting: "on", "off", or "auto": XLA on a GPU where it is faster; on a CPU it has been slower each time.
        known: what was chosen before the training broke off; None: nothing yet.

    Raises:
        RecipeError: "on", and XLA cannot compile this network.
    """
    if not trainer.can_choose_xla:
        return measure(trainer)
    if known is not None or setting != "auto":
        return _as_told(trainer, measure, xla=setting == "on" if known is None else known)
    pace = measure(trainer)
    return _faster(trainer, measure, pace) if device.active_gpus() else pace


def _as_told(trainer: Trainer, measure: Callable[[Trainer], Measured], *, xla: bool) -> Measured:
    trainer.compile_steps(xla=xla)
    try:
        return measure(trainer)
    except Exception as error:
        if not xla:
            raise
        raise RecipeError(f"XLA cannot compile this network: {_first_line(error)} Leave --xla on out.") from error


def _faster(trainer: Trainer, measure: Callable[[Trainer], Measured], without: Measured) -> Measured:
    trainer.compile_steps(xla=True)
    try:
        pace = measure(trainer)
    except Exception:  # TensorFlow has many errors for an operation that XLA does not know
        pace = None
    if pace is not None and pace.step_seconds <= GAIN * without.step_seconds:
        return pace
    trainer.compile_steps(xla=False)
    return without


def _first_line(error: Exception) -> str:
    text = str(error).strip().partition("\n")[0] or type(error).__name__
    return text if text.endswith(".") else f"{text}."
