"""Find out early that a network cannot learn, and say so."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.backend import keras
from saccade.errors import RecipeError
from saccade.training.progress import Progress

MOSTLY_DEAD = 0.5
"""Channels of a layer that may be silent on every picture before it is worth a note."""

LOOKED_AT = 64
"""Pictures on which silent channels are looked for."""


def refuse_dead_start(network: Any) -> None:
    """Raise RecipeError when a kernel starts at zero: its gradient, or that of the layers below, stays zero."""
    for weight in network.trainable_weights:
        if "kernel" in weight.path and not np.any(keras.ops.convert_to_numpy(weight)):
            raise RecipeError(
                f"All of {weight.path} starts at zero, so nothing can be learned through it. "
                "Use kernel_initializer: he_normal (or glorot_uniform)."
            )


class Doctor(keras.callbacks.Callback):
    """After the first epoch: is the loss better than guessing, and do the layers answer at all?"""

    def __init__(self, network: Any, pictures: NDArray[np.uint8], *, progress: Progress) -> None:
        super().__init__()
        self._network, self._pictures, self._progress = network, pictures[:LOOKED_AT], progress

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Look once, after the first epoch."""
        if epoch == 0:
            for finding in [*_no_better_than_chance(logs or {}, self._network), *self._silent_layers()]:
                self._progress.note(finding)

    def _silent_layers(self) -> list[str]:
        layers = [layer for layer in self._network.layers if _is_relu(layer)]
        if not layers:
            return []
        outputs = keras.Model(self._network.input, [layer.output for layer in layers])
        answers = outputs(self._pictures.astype("float32"), training=False)
        dead = {
            layer.name: _silent_share(keras.ops.convert_to_numpy(keras.ops.cast(answer, "float32")))
            for layer, answer in zip(layers, answers if isinstance(answers, list) else [answers], strict=True)
        }
        return [
            f"{share:.0%} of the channels of {name} are silent on {len(self._pictures)} pictures (dead ReLUs): "
            "they learn nothing any more. Try a smaller --learning-rate."
            for name, share in dead.items()
            if share > MOSTLY_DEAD
        ]


def _no_better_than_chance(logs: dict[str, Any], network: Any) -> list[str]:
    chance = math.log(network.output_shape[-1])
    loss = float(logs.get("val_loss", logs["loss"]))
    if loss <= chance:
        return []
    return [
        f"After one epoch the loss is {loss:.3f}; always answering the same probabilities gives {chance:.3f}. "
        "The learning rate may be too large or too small, or the labels may not fit the pictures."
    ]


def _is_relu(layer: Any) -> bool:
    return getattr(getattr(layer, "activation", None), "__name__", "") == "relu" or isinstance(layer, keras.layers.ReLU)


def _silent_share(answers: NDArray[np.float32]) -> float:
    """Return the part of the channels, the last axis, that are zero everywhere."""
    return float(np.mean(~np.any(answers.reshape(-1, answers.shape[-1]) > 0, axis=0)))
