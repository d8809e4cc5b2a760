"""How much the answers owe to a layer or a channel: replace what it gives by its mean, and see what changes.

Why the mean and not zero: zero is a value that the following layers have never seen at a channel that is always at
five, so that the damage would show the surprise, not what the channel tells them. With its mean (at each position, over
the images), a channel says what it says on average, and nothing about the image.

Where everything goes through one layer, replacing all of it leaves one answer for all images, whatever the layer is
worth. So two halves of its channels, drawn at random, are replaced one after the other, which compares such layers; the
whole is replaced only where something goes around it.

Of a network that works much, not every layer is ablated on all images, nor every channel: see `ablation_extent`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.backend import keras
from saccade.core.metric_value import MetricValue
from saccade.inspection import ablation_extent
from saccade.inspection.ablation_extent import Extent, Wish, extents, work_after
from saccade.inspection.channel_groups import Bank
from saccade.inspection.plan import Plan
from saccade.inspection.remainder import Remainder
from saccade.inspection.scoring import Scoring, share
from saccade.inspection.statistics import Statistics

RESAMPLES = 1000

BATCH_BYTES = 128 * 2**20
"""Of values that are held at once, at most, but for a batch of one image."""

LARGEST_BATCH = 64
"""Images at once; more are no faster."""

Floats = NDArray[np.float64]
Masks = Mapping[str, NDArray[np.bool_]]
Advance = Callable[[int], None]


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
        images: on how many images.
    """

    halves: Effect | None
    whole: Effect | None
    channels: Mapping[int, Effect]
    images: int


@dataclass(frozen=True)
class Sample:
    """Images that are answered.

    Attributes:
        images: (n, h, w, c), of which some are chosen.
        truth: (n, …) what the data say of them, as the scoring takes it.
        rows: (m,) the chosen ones, in an order of which every beginning is a fair sample.
    """

    images: Array
    truth: Array
    rows: NDArray[np.int64]


def ablate(
    plan: Plan,
    banks: Sequence[Bank],
    statistics: Mapping[str, Statistics],
    sample: Sample,
    *,
    scoring: Scoring,
    channels: int,
    seed: int = 0,
    advance: Advance = lambda images: None,
) -> dict[str, Ablation]:
    """Return what the answers owe to each layer; a layer that would take too much work is left out.

    Args:
        plan: of the network.
        banks: the layers, without the answer itself.
        statistics: of each, by its name; their mean outputs are what replaces.
        sample: the images.
        scoring: what answers are worth.
        channels: that are replaced one by one in each layer, those that vary most; fewer where they work much.
        seed: draws the halves.
        advance: is told of each batch how many images it had.
    """
    wanted = {bank.name: _masks(plan, bank, statistics[bank.name], channels, seed) for bank in banks}
    found = _extents(plan, banks, wanted, sample)
    done = [bank for bank in banks if found[bank.name].images]
    masks = {bank.name: _most_varying(wanted[bank.name], found[bank.name].channels) for bank in done}
    tried = [_Tried(bank, Remainder(plan, bank.number), masks[bank.name], statistics[bank.name]) for bank in done]
    answers: dict[tuple[str, str], list[Floats]] = defaultdict(list)
    size = min(batch_size(plan, sample.images), len(sample.rows))
    for start in range(0, len(sample.rows), size):
        rows = sample.rows[start : start + size]
        now = [each for each in tried if start < found[each.bank.name].images]
        # every batch is as large as the first, so that nothing is compiled twice
        for key, answer in _answers(plan, now, sample.images[np.resize(rows, size)]):
            answers[key].append(scoring.read(answer)[: len(rows)])
        advance(len(rows))
    judge = _Judge(scoring, sample, {key: np.concatenate(batches) for key, batches in answers.items()})
    return {bank.name: _ablation(masks[bank.name], judge, bank.name, found[bank.name].images) for bank in done}


class _Tried:
    """A layer of which channels are replaced."""

    def __init__(self, bank: Bank, remainder: Remainder, masks: Masks, known: Statistics) -> None:
        self.bank, self.remainder, self.masks = bank, remainder, masks
        self.mean = keras.ops.convert_to_tensor(known.mean_output.astype(np.float32))


def _answers(plan: Plan, tried: Sequence[_Tried], images: Array) -> Iterator[tuple[tuple[str, str], Any]]:
    """Yield answers to images by (layer, what is replaced); ("", "") for those of the whole network."""
    by_number = {each.bank.number: each for each in tried}
    values: Mapping[int, Any] = {}
    for step, values in plan.walk(images):
        if each := by_number.get(step.outputs[0]):
            here = plan.with_branches(values, each.bank.number)
            for what, mask in each.masks.items():
                yield (each.bank.name, what), each.remainder.answer(here, mask, each.mean)
    yield ("", ""), values[plan.answer]


def batch_size(plan: Plan, images: Array) -> int:
    """Return how many images fit into the memory that a batch may take, where only what is still needed is kept."""
    held = (sum(4 * prod(value.shape) for value in values.values()) for _, values in plan.walk(images[:1]))
    return int(np.clip(BATCH_BYTES // max(held), 1, LARGEST_BATCH))


def _extents(plan: Plan, banks: Sequence[Bank], masks: Mapping[str, Masks], sample: Sample) -> dict[str, Extent]:
    values = plan.run(sample.images[:1])
    wishes = {}
    for bank in banks:
        single = sum(what.isdecimal() for what in masks[bank.name])
        work = work_after(plan, values, bank.number)
        wishes[bank.name] = Wish(work, splits=len(masks[bank.name]) - single, channels=single)
    return extents(wishes, len(sample.rows), bound=ablation_extent.WORK)


def _masks(plan: Plan, bank: Bank, known: Statistics, channels: int, seed: int) -> Masks:
    """Return which channels are replaced, by what that is called: "whole", "half 1", "half 2", "7"; single ones last.

    The single ones come in the order of how much they vary.
    """
    count = len(known.std)
    half = np.isin(np.arange(count), np.random.default_rng(seed).permutation(count)[: count // 2])
    masks = {"half 1": half, "half 2": ~half} if count > 1 else {}
    if goes_around(plan, bank.number):
        masks["whole"] = np.ones(count, bool)
    single = [number for number in np.argsort(-known.std, kind="stable")[:channels] if known.varying[number]]
    return masks | {str(number): np.arange(count) == number for number in single}


def _most_varying(masks: Masks, channels: int) -> Masks:
    """Return masks without single channels beyond the first so many."""
    kept = [what for what in masks if what.isdecimal()][:channels]
    return {what: mask for what, mask in masks.items() if what in kept or not what.isdecimal()}


def goes_around(plan: Plan, number: int) -> bool:
    """Say whether something of the image reaches the answer without passing a value."""
    reached = {0} - {number}
    for step in plan.steps:
        if reached.intersection(step.inputs):
            reached.update(set(step.outputs) - {number})
    return plan.answer in reached


@dataclass(frozen=True)
class _Judge:
    """Answers to a sample, (m, k) or to the first of it, by (layer, what was replaced), and what they are worth."""

    scoring: Scoring
    sample: Sample
    answers: Mapping[tuple[str, str], Floats]

    def effect(self, name: str, what: Sequence[str], images: int) -> Effect:
        """Return the effect of some replacements in a layer on the first so many images."""
        rows = self.sample.rows[:images]
        order = np.argsort(rows)
        before, *after = (self.answers[key][:images][order] for key in (("", ""), *((name, each) for each in what)))
        truth = self.sample.truth[rows[order]]
        return _effect(self.scoring, before, after, truth, _resamples(images))


def _ablation(masks: Masks, judge: _Judge, name: str, images: int) -> Ablation:
    def effect(*what: str) -> Effect:
        return judge.effect(name, what, images)

    return Ablation(
        halves=effect("half 1", "half 2") if "half 1" in masks else None,
        whole=effect("whole") if "whole" in masks else None,
        channels={number: effect(str(number)) for number in sorted(int(each) for each in masks if each.isdecimal())},
        images=images,
    )


def _effect(scoring: Scoring, before: Floats, after: Sequence[Floats], truth: Array, resamples: Floats) -> Effect:
    still = np.mean([scoring.worth(each, truth) for each in after], axis=0)
    drop = scoring.worth(before, truth) - still
    moved = np.mean([scoring.moved(before, each) for each in after], axis=0)
    changed = np.any([scoring.differs(before, each) for each in after], axis=0)
    return Effect(drop=_mean(drop, resamples), changed=share(changed), moved=_mean(moved, resamples))


@cache
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
