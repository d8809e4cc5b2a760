"""How much the answers owe to a layer or a channel: replace what it gives by its mean, and see what changes.

Why the mean and not zero: zero is a value that the following layers have never seen at a channel that is always at
five, so that the damage would show the surprise, not what the channel tells them. With its mean (at each position, over
the images), a channel says what it says on average, and nothing about the image.

Where everything goes through one layer, replacing all of it leaves one answer for all images, whatever the layer is
worth. So two halves of its channels, drawn at random, are replaced one after the other, which compares such layers; the
whole is replaced only where something goes around it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.backend import keras
from saccade.core.metric_value import MetricValue
from saccade.inspection.channel_groups import Bank
from saccade.inspection.plan import Plan
from saccade.inspection.scoring import Scoring, share
from saccade.inspection.statistics import Statistics

RESAMPLES = 1000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Effect:
    """What replacing by the mean does to the answers, with 95% intervals over the images.

    Attributes:
        drop: in what the answers are worth, of classes the accuracy, 0 to 1; below 0 where they get better. A paired
            bootstrap.
        changed: share of images that are answered otherwise; where two halves were replaced, by either. Wilson.
        moved: how much answers move an image, of classes how much probability goes from some to others, 0 to 1.
            Bootstrap.
    """

    drop: MetricValue
    changed: MetricValue
    moved: MetricValue


@dataclass(frozen=True)
class Ablation:
    """What the answers owe to one layer.

    Attributes:
        halves: the effect of replacing half of its channels, over two halves; None for a single channel.
        whole: the effect of replacing all; None where everything goes through the layer.
        channels: the effect of replacing one, by its number; those that vary most.
    """

    halves: Effect | None
    whole: Effect | None
    channels: Mapping[int, Effect]


def ablate(
    plan: Plan,
    banks: Sequence[Bank],
    statistics: Mapping[str, Statistics],
    batches: Iterable[tuple[Array, Array]],
    *,
    scoring: Scoring,
    channels: int,
    seed: int = 0,
) -> dict[str, Ablation]:
    """Return what the answers owe to each layer.

    Args:
        plan: of the network.
        banks: the layers, without the answer itself.
        statistics: of each, by its name; their mean outputs are what replaces.
        batches: (images, what the data say of them) each.
        scoring: what answers are worth.
        channels: that are replaced one by one in each layer, those that vary most.
        seed: draws the halves.
    """
    masks = {bank.name: _masks(plan, bank, statistics[bank.name], channels, seed) for bank in banks}
    answers: dict[tuple[str, str], list[Floats]] = {}
    labels: list[Array] = []
    for images, truth in batches:
        labels.append(truth)
        values = plan.run(images)
        answers.setdefault(("", ""), []).append(scoring.read(values[plan.answer]))
        for bank in banks:
            mean = keras.ops.convert_to_tensor(statistics[bank.name].mean_output.astype(np.float32))
            for what, mask in masks[bank.name].items():
                replaced = keras.ops.where(mask, mean, values[bank.number])
                answer = plan.answer_with(values, {bank.number: replaced})
                answers.setdefault((bank.name, what), []).append(scoring.read(answer))
    every, truth = {key: np.concatenate(splits) for key, splits in answers.items()}, np.concatenate(labels)
    resamples = _resamples(len(truth))

    def effect(name: str, *what: str) -> Effect:
        return _effect(scoring, every["", ""], [every[name, each] for each in what], truth, resamples)

    return {name: _ablation(those, partial(effect, name)) for name, those in masks.items()}


def _masks(plan: Plan, bank: Bank, known: Statistics, channels: int, seed: int) -> dict[str, NDArray[np.bool_]]:
    """Return which channels are replaced, by what that is called: "whole", "half 1", "half 2", "7"."""
    count = len(known.std)
    half = np.isin(np.arange(count), np.random.default_rng(seed).permutation(count)[: count // 2])
    masks = {"half 1": half, "half 2": ~half} if count > 1 else {}
    if goes_around(plan, bank.number):
        masks["whole"] = np.ones(count, bool)
    single = [number for number in np.argsort(-known.std, kind="stable")[:channels] if known.varying[number]]
    return masks | {str(number): np.arange(count) == number for number in sorted(single)}


def goes_around(plan: Plan, number: int) -> bool:
    """Say whether something of the image reaches the answer without passing a value."""
    reached = {0} - {number}
    for step in plan.steps:
        if reached.intersection(step.inputs):
            reached.update(set(step.outputs) - {number})
    return plan.answer in reached


def _ablation(masks: Mapping[str, Any], effect: Callable[..., Effect]) -> Ablation:
    return Ablation(
        halves=effect("half 1", "half 2") if "half 1" in masks else None,
        whole=effect("whole") if "whole" in masks else None,
        channels={int(each): effect(each) for each in masks if each.isdecimal()},
    )


def _effect(scoring: Scoring, before: Floats, after: Sequence[Floats], truth: Array, resamples: Floats) -> Effect:
    still = np.mean([scoring.worth(each, truth) for each in after], axis=0)
    drop = scoring.worth(before, truth) - still
    moved = np.mean([scoring.moved(before, each) for each in after], axis=0)
    changed = np.any([scoring.differs(before, each) for each in after], axis=0)
    return Effect(drop=_mean(drop, resamples), changed=share(changed), moved=_mean(moved, resamples))


def _resamples(images: int) -> Floats:
    """Return how much each image counts in each resample, (RESAMPLES, n): all means are taken over the same ones."""
    drawn = np.random.default_rng(0).multinomial(images, np.full(images, 1 / images), size=RESAMPLES)
    return np.asarray(drawn / images)


def _mean(values: Floats, resamples: Floats) -> MetricValue:
    """Return a mean over images (n,) with its bootstrap interval; none where all are equal."""
    low, high = np.quantile(resamples @ values, (0.025, 0.975)).tolist()
    return (
        MetricValue(float(values.mean()), low, high) if values.min() < values.max() else MetricValue(float(values[0]))
    )
