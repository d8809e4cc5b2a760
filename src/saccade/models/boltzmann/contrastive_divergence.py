"""Contrastive divergence, as a loss whose gradient Keras takes: any optimizer and any graph of steps will do."""

from typing import Any

from saccade.core.backend import keras
from saccade.models.boltzmann.machine import BoltzmannMachine

ops = keras.ops


def contrastive_divergence(
    machine: BoltzmannMachine, visible: Any, *, seed: Any, steps: Any = 1, known: Any = None, as_means: bool = False
) -> Any:
    """Return F(v) − F(v after `steps` of Gibbs sampling), (n,); its gradient is that of CD-k.

    The chain's end is a constant, so the derivative by W is ⟨v h⟩ at the end less ⟨v h⟩ of the data, h by its means.
    The value itself is no likelihood: near 0 it says that the machine dreams of what it sees (Hinton 2002, "Training
    products of experts by minimizing contrastive divergence").

    Args:
        machine: its weights are what the gradient is of.
        visible: (n, visible), 0 or 1; or means from 0 to 1, as of grey pixels.
        seed: a `keras.random.SeedGenerator`; it must be part of the state of training.
        steps: of the chain, at least 1: a number, or a tensor or variable that changes in the course of training.
        known: (n, visible) 1 or 0: units that are 0 stay so and are no part of the machine; None: all are known.
        as_means: visible units of the chain are their means; hidden ones are drawn all the same.
    """
    end = ops.stop_gradient(gibbs_chain(machine, visible, seed=seed, steps=steps, known=known, as_means=as_means))
    return machine.free_energy(visible) - machine.free_energy(end)


def gibbs_chain(
    machine: BoltzmannMachine, visible: Any, *, seed: Any, steps: Any = 1, known: Any = None, as_means: bool = False
) -> Any:
    """Return visible states (n, visible) after some steps of Gibbs sampling; arguments as above."""

    def step(states: Any) -> Any:
        return machine.gibbs_step(states, seed=seed, known=known, as_means=as_means)

    if isinstance(steps, int):
        for _ in range(steps):
            visible = step(visible)
        return visible
    done = ops.convert_to_tensor(0)
    bound = ops.cast(steps, "int32")
    return ops.while_loop(lambda at, _: at < bound, lambda at, states: (at + 1, step(states)), (done, visible))[1]
