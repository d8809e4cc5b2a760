"""Restricted Boltzmann machines: what networks of several tasks are made of; not a network by itself."""

from saccade.models.boltzmann.contrastive_divergence import contrastive_divergence, gibbs_chain
from saccade.models.boltzmann.machine import BoltzmannMachine
from saccade.models.boltzmann.visible_units import BERNOULLI, Bernoulli, Softmax, VisibleUnits

__all__ = [
    "BERNOULLI",
    "Bernoulli",
    "BoltzmannMachine",
    "Softmax",
    "VisibleUnits",
    "contrastive_divergence",
    "gibbs_chain",
]
