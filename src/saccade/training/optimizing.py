"""Recipe → Keras optimizer with its learning-rate schedule."""

from typing import Any

from saccade.core.backend import keras
from saccade.core.recipe import Recipe
from saccade.training.muon import Muon
from saccade.training.time_budget import WHOLE, Clock, TimedSchedule

LONGEST_RISE = 200
"""Steps in which a trapezoid rises, at most."""

FALL = 0.2
"""Part of the steps in which it falls."""


def optimizer(recipe: Recipe, *, total_steps: int, output_layer: str, clock: Clock | None = None) -> Any:
    """Return the recipe's optimizer for a training of `total_steps` batches, or one that follows a clock.

    Weight decay leaves out biases and normalisation (Loshchilov and Hutter 2019, arXiv 1711.05101); Muon updates the
    kernels of dense layers and convolutions, and leaves the output layer and the rest to AdamW, as its authors ask.
    """
    common: dict[str, Any] = {
        "learning_rate": _timed(recipe, clock) if clock else schedule(recipe, total_steps=total_steps),
        "weight_decay": recipe.weight_decay or None,
        "use_ema": bool(recipe.ema),
        "ema_momentum": recipe.ema,
    }
    made = _make(recipe, common, output_layer)
    if recipe.weight_decay:
        made.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return made


def schedule_name(recipe: Recipe) -> str:
    """Return the schedule of a recipe; until a target, if none is asked for, one that may end at any time."""
    return "trapezoid" if recipe.until and "schedule" not in recipe.asked else recipe.schedule


class Trapezoid(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that rises to its peak, stays, and falls to zero in the last fifth of the steps."""

    def __init__(self, peak: float, *, rise: float, steps: int) -> None:
        super().__init__()
        self._peak, self._rise, self._steps = peak, max(1.0, rise), steps

    def __call__(self, step: Any) -> Any:
        """Return the rate at a step, from 0."""
        done = keras.ops.cast(step, "float32")
        left = (self._steps - done) / (FALL * self._steps)
        return self._peak * keras.ops.clip(keras.ops.minimum((done + 1) / self._rise, left), 0.0, 1.0)

    def get_config(self) -> dict[str, Any]:
        """Return what it was made of."""
        return {"peak": self._peak, "rise": self._rise, "steps": self._steps}


def schedule(recipe: Recipe, *, total_steps: int) -> Any:
    """Return a learning rate, or a Keras schedule over `total_steps`.

    `one_cycle` rises in a line from a 25th of the peak and falls along a cosine to zero (after Smith and Topin 2018,
    arXiv 1708.07120); `cosine` only falls; `trapezoid` rises for at most 200 steps, stays, and falls in a line to zero
    in the last fifth (Hägele et al. 2024, arXiv 2405.18392).
    """
    name = schedule_name(recipe)
    if name == "constant":
        return recipe.learning_rate
    if name == "trapezoid":
        return Trapezoid(recipe.learning_rate, rise=min(LONGEST_RISE, recipe.warmup * total_steps), steps=total_steps)
    cosine = keras.optimizers.schedules.CosineDecay
    if name == "cosine":
        return cosine(recipe.learning_rate, total_steps)
    rise = int(recipe.warmup * total_steps)
    return cosine(
        recipe.learning_rate / 25,
        max(1, total_steps - rise),
        warmup_target=recipe.learning_rate,
        warmup_steps=rise,
    )


def _timed(recipe: Recipe, clock: Clock) -> Any:
    whole = schedule(recipe, total_steps=WHOLE)
    return TimedSchedule(clock, whole) if callable(whole) else whole


def _make(recipe: Recipe, common: dict[str, Any], output_layer: str) -> Any:
    kinds = keras.optimizers
    if recipe.optimizer == "sgd":
        return kinds.SGD(momentum=recipe.momentum, nesterov=recipe.nesterov, **common)
    if recipe.optimizer == "rmsprop":
        return kinds.RMSprop(momentum=recipe.momentum, **common)
    if recipe.optimizer == "muon":
        return Muon(
            momentum=recipe.momentum or 0.95,
            nesterov=recipe.nesterov,
            exclude_layers=[output_layer],
            adam_weight_decay=recipe.weight_decay or None,
            adam_beta_2=recipe.beta_2,
            **common,
        )
    # Keras' AdamW is its Adam with a default decay; ours is always the recipe's
    return kinds.Adam(beta_2=recipe.beta_2, **common)
