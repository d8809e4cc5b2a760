"""BoltzmannMachine: the weights of a restricted Boltzmann machine, and what follows from them."""

from dataclasses import dataclass
from typing import Any

from saccade.core.backend import keras
from saccade.models.boltzmann.visible_units import BERNOULLI, VisibleUnits, draw

ops = keras.ops


@dataclass(frozen=True)
class BoltzmannMachine:
    """A restricted Boltzmann machine with Bernoulli hidden units: p(v, h) ∝ exp(v·W·h + v·b + h·c).

    It holds no variables of its own: W, b and c are those of layers of a network, or arrays. So a dense layer with a
    sigmoid *is* the upward half of a machine, and training one trains the other. Source: Hinton 2010, "A practical
    guide to training restricted Boltzmann machines". For example::

        machine = BoltzmannMachine(layer.kernel, visible_bias, layer.bias)
        loss = contrastive_divergence(machine, images, seed=keras.random.SeedGenerator(1))

    Attributes:
        kernel: W, (visible, hidden).
        visible_bias: b, (visible,), or (n, visible) where rows differ.
        hidden_bias: c, (hidden,), or (n, hidden) where rows differ, as in a conditional machine.
        units: what the visible units are.
    """

    kernel: Any
    visible_bias: Any
    hidden_bias: Any
    units: VisibleUnits = BERNOULLI

    def hidden_logits(self, visible: Any) -> Any:
        """Return the total inputs (n, hidden) of the hidden units for states or means (n, visible)."""
        return ops.matmul(visible, self.kernel) + self.hidden_bias

    def hidden_means(self, visible: Any) -> Any:
        """Return the probability that each hidden unit is on (n, hidden), 0 to 1."""
        return ops.sigmoid(self.hidden_logits(visible))

    def visible_logits(self, hidden: Any) -> Any:
        """Return the total inputs (n, visible) of the visible units for states or means (n, hidden)."""
        return ops.matmul(hidden, ops.transpose(self.kernel)) + self.visible_bias

    def visible_means(self, hidden: Any, *, known: Any = None) -> Any:
        """Return the probability of each visible unit (n, visible); 0 where `known` (n, visible) is 0."""
        return self.units.means(self.visible_logits(hidden), known=known)

    def reconstruct(self, visible: Any, *, known: Any = None) -> Any:
        """Return the mean-field reconstruction (n, visible): up by means, and down by means."""
        return self.visible_means(self.hidden_means(visible), known=known)

    def gibbs_step(self, visible: Any, *, seed: Any, known: Any = None, as_means: bool = False) -> Any:
        """Return new visible states (n, visible): hidden states drawn for the visible ones, then visible for those.

        With `as_means` the visible ones are their means, not drawn: less noise, and fit for data that are means
        themselves, like grey pixels (Hinton 2010, section 3.2).
        """
        hidden = draw(self.hidden_means(visible), seed=seed)
        if as_means:
            return self.visible_means(hidden, known=known)
        return self.units.sample(self.visible_logits(hidden), known=known, seed=seed)

    def free_energy(self, visible: Any) -> Any:
        """Return −log Σ over h of exp(v·W·h + v·b + h·c), (n,): lower is likelier, up to a constant.

        Of units in groups, those that are not known are 0 in `visible`: constants differ from row to row then.
        """
        hidden = ops.sum(ops.softplus(self.hidden_logits(visible)), axis=-1)
        return -ops.sum(visible * self.visible_bias, axis=-1) - hidden
