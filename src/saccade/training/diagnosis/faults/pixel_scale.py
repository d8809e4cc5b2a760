"""Pixels on another scale than the weights expect: 0 to 255 for 0 to 1, and the reverse."""

from collections.abc import Iterator

import numpy as np

from saccade.core.arrays import Array
from saccade.core.backend import keras
from saccade.core.finding import Finding
from saccade.core.sign_test import sign_test
from saccade.training.diagnosis.activation_probe import weight_values
from saccade.training.diagnosis.evidence import Evidence, Scaling

SCALES: dict[str, dict[str, Scaling]] = {
    "0 to 255": {
        "divided by 255": lambda pixels: pixels / 255,
        "scaled to -1 to 1": lambda pixels: pixels / 127.5 - 1,
    },
    # not to -1 to 1: twice the contrast makes a network that is half trained surer
    "0 to 1": {"multiplied by 255": lambda pixels: pixels * 255},
    "-1 to 1": {
        "scaled to 0 to 1": lambda pixels: (pixels + 1) / 2,
        "scaled to 0 to 255": lambda pixels: (pixels + 1) * 127.5,
    },
}
LEARNT = 0.5
"""A loss below so much of the best constant answer's is no luck of random weights."""

SHRUNK = 1 / 50
MIXED_UP = 1e-4
"""How improbable by luck a better scale must be (McNemar)."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield at most one finding. A model that does well on the images as they are is right by definition."""
    given, answers = _scale(evidence), evidence.look.answers
    if not given or answers is None or not np.isfinite(answers).all():
        return
    knows_labels = evidence.classes is not None
    costs = evidence.costs() if knows_labels else None
    if costs is not None and costs.mean() < LEARNT * _prior(evidence):
        return
    shrunk = _shrunk(evidence)
    if shrunk:
        yield _finding(
            "severe",
            f"The images are {given} already, and the layer '{shrunk}' scales them down again: layers after it see "
            "next to no difference between them.",
            f"Give pixels from 0 to 255, or drop '{shrunk}'.",
        )
    elif costs is not None and (better := _better(evidence, costs, given)):
        yield better
    elif costs is not None and given == "0 to 255" and _is_fresh(evidence):
        yield from _far_too_large(evidence)


def _scale(evidence: Evidence) -> str:
    """Return the scale on which the images are, "" for another one or no images."""
    images = evidence.images
    low, high = float(images.min()), float(images.max())
    whole = np.array_equal(images[:8], np.round(images[:8]))
    if images.ndim not in (2, 3, 4) or (images.ndim == 2 and images.shape[1] < 16):
        return ""  # a table
    if low >= 0 and 100 < high <= 255 and (whole or images.ndim > 2):
        return "0 to 255"
    if low >= 0 and 0.5 <= high <= 1:
        return "0 to 1"
    return "-1 to 1" if -1 <= low < -0.25 and 0.25 < high <= 1 else ""


def _prior(evidence: Evidence) -> float:
    """Return the loss of the best answer that never looks at an image."""
    shares = np.bincount(evidence.classes) / len(evidence.images)  # type: ignore[arg-type]
    return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())


def _shrunk(evidence: Evidence) -> str:
    """Return the name of a scaling layer that takes the images in and leaves nearly nothing of them."""
    low, high = float(evidence.images.min()), float(evidence.images.max())
    for heard in evidence.look.layers:
        scales = isinstance(heard.layer, keras.layers.Rescaling | keras.layers.Normalization)
        if scales and high <= 1 and np.allclose(heard.inputs, (low, high), rtol=1e-3):
            left = heard.outputs[1] - heard.outputs[0]
            if left <= SHRUNK * (high - low):
                return str(heard.layer.name)
    return ""


def _better(evidence: Evidence, costs: Array, given: str) -> Finding | None:
    """Return a finding when the model has learnt these images on another scale."""
    # with statistics of the batch too: moving ones may not have settled yet
    least = min(costs.mean(), evidence.costs(training=True).mean())
    if given == "0 to 255" and least > LEARNT * _prior(evidence) and (sure := _too_sure(evidence, costs)):
        return sure
    if least < _prior(evidence):  # what is better than guessing may be learning still
        return None
    enough = np.log(2)  # a class that costs less is the likeliest of all
    for name, scale in SCALES[given].items():
        other = evidence.costs(scale)
        mended, spoilt = (int(np.sum(mask)) for mask in (_right(costs, other, enough), _right(other, costs, enough)))
        learnt = other.mean() < LEARNT * _prior(evidence) and mended > spoilt + 0.1 * len(costs)
        if learnt and sign_test(spoilt, mended) < MIXED_UP:
            before, after = float(np.mean(costs < enough)), float(np.mean(other < enough))
            return _finding(
                "severe",
                f"The model is sure of the right class on {after:.0%} of the images when they are {name}, and on "
                f"{before:.0%} as they are given ({given}).",
                "Give it the images on the scale on which it was trained.",
                {"given": before, "scaled": after},
            )
    return None


def _too_sure(evidence: Evidence, costs: Array) -> Finding | None:
    """Return a finding when pixels from 0 to 1 cost far less.

    A net of ReLUs still finds the class on pixels 255 times too large, but it is sure of every mistake.
    """
    for name, scale in SCALES["0 to 255"].items():
        other = evidence.costs(scale).mean()
        if other < LEARNT * _prior(evidence):
            return _finding(
                "severe",
                f"The loss is {costs.mean():.3g} on the images as they are given (0 to 255), and {other:.3g} when "
                f"they are {name}; guessing costs {_prior(evidence):.3g}.",
                "Give it the images on the scale on which it was trained.",
                {"given": float(costs.mean()), "scaled": float(other)},
            )
    return None


def _right(before: Array, after: Array, enough: float) -> Array:
    return (before >= enough) & (after < enough)


def _is_fresh(evidence: Evidence) -> bool:
    """Say whether weights look untrained: whatever starts at zero is zero."""
    starts_at_zero = [each for each in evidence.model.trainable_weights if each.name in ("bias", "beta")]
    return bool(starts_at_zero) and not any(np.any(weight_values(each)) for each in starts_at_zero)


def _far_too_large(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding when the first loss of training is far above chance, and pixels from 0 to 1 would mend it."""
    first = float(evidence.costs(training=True).mean())
    scaled = float(evidence.costs(SCALES["0 to 255"]["divided by 255"], training=True).mean())
    if first > 2 * evidence.chance and scaled < 1.5 * evidence.chance:
        yield _finding(
            "warning",
            f"Pixels from 0 to 255 reach the weights unscaled: before training the loss is {first:.1f}; divided by "
            f"255 it is {scaled:.2f}, and guessing costs {evidence.chance:.2f}.",
            "Begin the model with Rescaling(1/255), or divide the images by 255, in prediction too.",
            {"loss": first, "scaled": scaled, "chance": evidence.chance},
        )


def _finding(severity: str, title: str, advice: str, values: dict[str, float] | None = None) -> Finding:
    return Finding(kind="pixel_scale", severity=severity, title=title, advice=advice, values=values or {})
