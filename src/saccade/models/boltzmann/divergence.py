"""Divergence: what a hidden layer is trained by when it is one half of a restricted Boltzmann machine."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import keras
from saccade.models.boltzmann.contrastive_divergence import gibbs_chain
from saccade.models.boltzmann.machine import BoltzmannMachine

ops = keras.ops

NEVER, ALWAYS = 0.01, 0.99
"""Means of visible units are held between these, where biases are made of them: no unit starts out quite certain."""


class Divergence(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """From visible units (n, visible), 0 to 1, to three numbers a row: divergence, reconstruction error, free energy.

    The mean of the first is what training makes small: the gradient is that of CD-k in training, and of the mean-field
    reconstruction elsewhere, where nothing is drawn. The second is the mean squared difference of a unit and its
    mean-field reconstruction. Where the third is much lower for training rows than for others, the machine overfits
    (Hinton 2010, section 6).

    Attributes:
        hidden: the dense layer with a sigmoid that learns; it is part of this one.
        visible_bias: (visible,), learnt as well.
    """

    def __init__(self, hidden: Any, visible_means: NDArray[np.float32], *, k: int, seed: int) -> None:
        """Make a machine of a layer that is built.

        Args:
            hidden: the layer.
            visible_means: (visible,) of the training rows, 0 to 1: the visible biases start as their log odds.
            k: steps of Gibbs sampling.
            seed: of the draws.
        """
        super().__init__(dtype="float32", name="divergence")
        self.hidden, self._k = hidden, k
        means = np.clip(visible_means, NEVER, ALWAYS)
        start = keras.initializers.Constant(np.log(means / (1 - means)))
        self.visible_bias = self.add_weight(shape=means.shape, initializer=start, name="visible_bias")
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.built = True

    def call(self, visible: Any, training: bool = False) -> Any:
        """Return (n, 3), float32."""
        machine = BoltzmannMachine(self.hidden.kernel, self.visible_bias, self.hidden.bias)
        rebuilt = machine.reconstruct(visible)
        end = self._dreamt(machine, visible) if training else rebuilt
        energy = machine.free_energy(visible)
        error = ops.mean(ops.square(visible - rebuilt), axis=-1)
        return ops.stack([energy - machine.free_energy(ops.stop_gradient(end)), error, energy], axis=-1)

    def _dreamt(self, machine: BoltzmannMachine, visible: Any) -> Any:
        return gibbs_chain(machine, visible, seed=self.seed_generator, steps=self._k, as_means=True)
