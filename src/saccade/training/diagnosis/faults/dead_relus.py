"""ReLUs that answer with zero to every image: no gradient passes them, and nothing before them learns."""

from collections.abc import Iterator

import numpy as np
from scipy.special import bdtrc

from saccade.core.backend import Layer, keras
from saccade.core.finding import Finding
from saccade.training.diagnosis.evidence import Evidence

MOSTLY = 0.75
"""Channels of a layer that may be silent before it is worth a finding."""

BY_LUCK = 1e-4
"""In a fresh network a channel is silent with one half when images are much alike; such luck is no fault."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each layer of which most channels are silent on all images."""
    for heard in evidence.look.layers:
        channels, silent = len(heard.alive), int((~heard.alive).sum())
        if not _is_relu(heard.layer) or not np.isfinite(heard.outputs).all():
            continue
        unlucky = silent > 0 and bdtrc(silent - 1, channels, 0.5) < BY_LUCK
        if silent == channels or (silent > MOSTLY * channels and unlucky):
            yield Finding(
                kind="dead_relus",
                severity="severe" if silent == channels else "warning",
                title=f"{silent / channels:.0%} of the channels of {heard.layer.name} are silent on "
                f"{len(evidence.images)} images (dead ReLUs): they learn nothing any more.",
                advice="Try a smaller learning rate, kernels from he_normal and biases from zero.",
                share=silent / channels,
                values={"layer": heard.layer.name, "silent": silent, "channels": channels},
            )


def _is_relu(layer: Layer) -> bool:
    if isinstance(layer, keras.layers.ReLU):
        return not layer.negative_slope and not layer.threshold
    return getattr(getattr(layer, "activation", None), "__name__", "") in ("relu", "relu6")
