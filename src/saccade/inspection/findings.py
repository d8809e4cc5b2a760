"""What is wrong inside a network, in words, the worst first, each with what to do."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from saccade.core.finding import Finding, worst_first
from saccade.inspection.statistics import Statistics

if TYPE_CHECKING:
    from saccade.inspection.overview import LayerOverview

SATURATED = 0.95
"""Share of a channel's values near a bound of its activation from which it is called saturated."""

SAME = 0.95
"""Correlation, without its sign, above which two channels are called the same."""

MOST_PAIRS = 100
"""Pairs that a finding names."""

FROZEN = (
    "The layer came with its weights and was not trained here: nothing went wrong, it is larger than these data need."
)

MANY = 0.25
"""Share of a layer's channels that repeat others, from which that is a warning."""

IDLE = 0.02
"""Share of answers that change, at the upper end of its interval, below which a layer is not needed."""


def dead(known: Statistics) -> tuple[int, ...]:
    """Return the channels that give the same whatever the image."""
    return tuple(np.flatnonzero(~known.varying).tolist())


def saturated(known: Statistics) -> tuple[int, ...]:
    """Return the channels that are nearly always at a bound of their activation, the dead ones apart."""
    return tuple(np.flatnonzero(known.varying & (known.near_bound >= SATURATED)).tolist())


def same(known: Statistics) -> tuple[tuple[int, int, float], ...]:
    """Return pairs of channels that do the same, (first, second, correlation), the most alike first."""
    if known.correlation is None:
        return ()
    upper = np.triu(known.correlation, 1)
    first, second = np.nonzero(np.abs(upper) > SAME)
    order = np.argsort(-np.abs(upper[first, second]), kind="stable")
    values = upper[first, second][order].tolist()
    return tuple(zip(first[order].tolist(), second[order].tolist(), values, strict=True))


def repeats(pairs: Sequence[tuple[int, int, float]], channels: int) -> int:
    """Return how many channels could go because one that stays does the same; the first of those alike stays."""
    alike = np.zeros((channels, channels), bool)
    for first, second, _ in pairs:
        alike[first, second] = alike[second, first] = True
    kept: list[int] = []
    for channel in range(channels):
        if not alike[channel, kept].any():
            kept.append(channel)
    return channels - len(kept)


def judge(layers: Sequence["LayerOverview"]) -> tuple[Finding, ...]:
    """Return what is wrong, the worst first. The answers themselves are not judged: they have to differ as they do."""
    found = [finding for layer in layers if not layer.bank.is_answer for finding in _of(layer)]
    return worst_first(found)


def _of(layer: "LayerOverview") -> Iterator[Finding]:
    if layer.dead:
        yield _dead(layer)
    if layer.saturated:
        yield _saturated(layer)
    if layer.same:
        yield _same(layer)
    if len(layer.dead) < layer.channels:
        yield from _idle(layer)


def _dead(layer: "LayerOverview") -> Finding:
    does = "never fire" if layer.bank.activation in ("relu", "relu6") else "never change"
    share = len(layer.dead) / layer.channels
    done = "computed" if layer.bank.is_frozen else "computed and trained"
    return _of_channels(
        layer,
        "dead",
        layer.dead,
        f"{does} on {layer.statistics.images:,} images: {share:.0%} of the layer was {done} for nothing.",
        "Lower the learning rate, put batch normalisation before the activation, or give the layer fewer channels.",
    )


def _saturated(layer: "LayerOverview") -> Finding:
    return _of_channels(
        layer,
        "saturated",
        layer.saturated,
        f"are saturated: {SATURATED:.0%} or more of their values lie at an end of {layer.bank.activation}, where it is "
        "flat and hardly anything more is learnt.",
        "Start from smaller weights, lower the learning rate, normalise before the activation, or use relu.",
    )


def _of_channels(layer: "LayerOverview", kind: str, channels: Sequence[int], what: str, advice: str) -> Finding:
    """Return what is wrong with some channels of a layer."""
    share = len(channels) / layer.channels
    severity = "note" if layer.bank.is_frozen else "severe" if share >= 0.5 else "warning" if share >= 0.1 else "note"
    title = f"{layer.name}: {len(channels)} of {layer.channels} channels {what}"
    advice = FROZEN if layer.bank.is_frozen else advice
    return Finding(kind, severity, title, advice, share=share, values={"layer": layer.name, "channels": list(channels)})


def _same(layer: "LayerOverview") -> Finding:
    extra, frozen = layer.repeats, layer.bank.is_frozen
    rest = layer.channels - extra
    first, second, value = layer.same[0]
    return Finding(
        "same",
        "warning" if extra / layer.channels >= MANY and not frozen else "note",  # it costs time, not answers
        f"{layer.name}: {extra} of {layer.channels} channels repeat{'s' if extra == 1 else ''} what another does; the "
        f"most alike are {first} and {second} (correlation {value:.3f}).",
        FROZEN if frozen else f"One of those that do the same says nearly as much: try about {rest} channels.",
        share=extra / layer.channels,
        values={"layer": layer.name, "pairs": [list(pair) for pair in layer.same[:MOST_PAIRS]], "repeats": extra},
    )


def _idle(layer: "LayerOverview") -> Iterator[Finding]:
    found = layer.ablation
    if found and found.whole and (found.whole.changed.high or 0) < IDLE:
        yield Finding(
            "idle",
            "warning",
            f"{layer.name}: the answers do not need it: with all of its channels at their mean, "
            f"{found.whole.changed.value:.1%} of the answers change (at most {found.whole.changed.high:.1%}).",
            "Leave the layer out and train again: the network gets smaller and faster.",
            share=1 - (found.whole.changed.value or 0),
            values={"layer": layer.name},
        )
    elif found and found.halves and layer.channels >= 4 and (found.halves.changed.high or 0) < IDLE:
        yield Finding(
            "wide",
            "note",
            f"{layer.name}: half of its channels is enough: with either half at its mean, "
            f"{found.halves.changed.value:.1%} of the answers change (at most {found.halves.changed.high:.1%}).",
            f"Try {layer.channels // 2} channels.",
            share=0.5,
            values={"layer": layer.name},
        )
