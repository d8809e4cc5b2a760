"""Run or model → what its network does over many images: which channels work, where classes lie, what it needs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core import blas
from saccade.core.arrays import Array
from saccade.core.backend import Model, keras
from saccade.core.errors import DataError, RunError
from saccade.core.progress_bar import progress
from saccade.core.run import Run
from saccade.inference import load_model
from saccade.inspection import findings
from saccade.inspection.ablating import Ablation, Sample, ablate
from saccade.inspection.channel_groups import Bank, find_banks, has_weights
from saccade.inspection.features import feature_space, pooled
from saccade.inspection.overview import Images, LayerOverview, Overview
from saccade.inspection.plan import Plan, Step, plan
from saccade.inspection.receptive_field import WHOLE, Field
from saccade.inspection.scoring import ClassScoring, Scoring
from saccade.inspection.statistics import Statistics, Tally
from saccade.inspection.summary import by_key
from saccade.inspection.weight_statistics import weigh
from saccade.tasks import base

IMAGES = 2000
ABLATED = 300
"""Images on which layers are ablated, at most: each needs the network some times a layer. See `ablation_extent`."""

CHANNELS = 16
"""Channels a layer that are ablated one by one, at most."""

FEWEST = 100
"""Validation images below which the training split is looked at instead."""

MOST_FEATURES = 16_384
"""Of the numbers that come into the last layer, so many are used, drawn at random, when there are more."""

MOST_VALUES = 1_500_000_000
"""Of all layers with channels over all images, at most: more images are not looked at: some 20 seconds of a core."""

BATCH_BYTES = 128 * 2**20
"""Of values in a batch, at most, but for a batch of one image."""

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Studied:
    """The data of a run as an overview looks at them.

    Attributes:
        labels: (n,) positions in `groups`.
        groups: by which images are drawn and compared: classes, or ranges of a number.
        truth: (n, …) what the data say, as the scoring takes it.
        scoring: what answers are worth.
    """

    labels: Rows
    groups: tuple[str, ...]
    truth: Array
    scoring: Scoring


Study = Callable[[Any], Studied]
"""From the data of a run."""


def of_classes(dataset: Any) -> Studied:
    """Return data whose labels are classes."""
    return Studied(dataset.labels, dataset.classes, dataset.labels, ClassScoring(dataset.classes))


def overview_of_run(
    run: Run,
    *,
    split: str = "",
    data: str | None = None,
    images: int = IMAGES,
    model: Model = None,
    study: Study = of_classes,
    quiet: bool = False,
) -> Overview:
    """Return what a run's network does over its data.

    Args:
        run: a trained run.
        split: "validation" or "train"; left out: validation, on which the network answers as on new images, or the
            training split when there are fewer than `FEWEST` of it. The test split stays sealed.
        data: where the data lie now, when they or the run have moved.
        images: looked at, at most.
        model: the network, when it is loaded already.
        study: says of the data how images are grouped and what answers are worth; left out: by classes.
        quiet: no progress bars.

    Raises:
        RunError: the split is empty or sealed, the data have changed, or there is no network.
    """
    if split not in ("", "train", "validation"):
        raise RunError(f"An overview looks at 'validation' or 'train', not at '{split}': the test split stays sealed.")
    dataset = base.reload(run, data=data, quiet=quiet)
    split = split or ("validation" if len(dataset.rows("validation")) >= FEWEST else "train")
    rows = dataset.rows(split)
    if not len(rows):
        raise RunError(f"There are no {split} images in this run. Look at the other split: 'train' or 'validation'.")
    studied = study(dataset)
    network = load_model(run) if model is None else model
    drawn = rows[spread(studied.labels[rows], _affordable(network, dataset.images, images))]
    pictured = Images(
        images=dataset.images[drawn],
        labels=studied.labels[drawn],
        truth=studied.truth[drawn],
        names=dataset.names[drawn],
        split=split,
        drawn_from=len(rows),
    )
    return _look_over(network, pictured, studied.groups, studied.scoring, quiet=quiet)


def overview(
    model: Model,
    images: Array,
    labels: Array,
    classes: Sequence[str],
    *,
    names: NDArray[np.str_] | None = None,
    most: int = IMAGES,
    seed: int = 0,
    quiet: bool = True,
) -> Overview:
    """Return what a network does over images.

    Args:
        model: a functional or built Sequential Keras model: images in, one probability (or logit) a class out.
        images: (n, h, w, c), raw as the model expects them; may be memory-mapped.
        labels: (n,) positions of their classes.
        classes: k names, in the order of the outputs.
        names: (n,) of the images; numbers when left out.
        most: images looked at, at most; drawn from each class in proportion.
        seed: draws the images, and the halves of layers that are ablated.
        quiet: no progress bars.

    Raises:
        DataError: the images, labels or classes do not fit the network.
        RunError: the network cannot be looked into, or computes numbers that are not finite.
    """
    truth = np.asarray(labels, np.int64)
    _refuse_misfits(model, images, truth, classes)
    rows = spread(truth, _affordable(model, images, most), seed=seed)
    named = np.array([str(row) for row in rows]) if names is None else np.asarray(names)[rows]
    pictured = Images(np.asarray(images[rows]), truth[rows], truth[rows], named, "", len(images))
    return _look_over(model, pictured, tuple(classes), ClassScoring(tuple(classes)), seed=seed, quiet=quiet)


def spread(labels: Rows, count: int, *, seed: int = 0) -> Rows:
    """Return `count` positions, ascending, drawn from each class in proportion; all when there are fewer."""
    return np.sort(_in_proportion(labels, seed)[:count])


def _in_proportion(labels: Rows, seed: int) -> Rows:
    """Return all positions, drawn at random, so that every beginning holds each class in proportion."""
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    shuffled = shuffled[np.argsort(labels[shuffled], kind="stable")]
    counts = np.bincount(labels)[labels[shuffled]]
    first = np.searchsorted(labels[shuffled], labels[shuffled])
    # the first of ten stands at .05, the second at .15: the lowest of all classes are an even share of each
    places = (np.arange(len(labels)) - first + 0.5) / counts
    return shuffled[np.argsort(places, kind="stable")]


def _refuse_misfits(model: Model, images: Array, labels: Rows, classes: Sequence[str]) -> None:
    shapes = zip(model.input_shape[1:], images.shape[1:], strict=False)
    if images.ndim != len(model.input_shape) or any(wanted not in (None, found) for wanted, found in shapes):
        raise DataError(f"Expected images of shape {model.input_shape[1:]}, found {images.shape[1:]}.")
    if model.output_shape[-1] != len(classes) or len(classes) < 2:
        raise DataError(f"The network answers for {model.output_shape[-1]} classes, but {len(classes)} are named.")
    if not len(images) or len(images) != len(labels):
        raise DataError(f"Expected a label for each image, found {len(images)} images and {len(labels)} labels.")
    if labels.min() < 0 or labels.max() >= len(classes):
        raise DataError(f"Labels are 0 to {len(classes) - 1}; found {labels.min()} to {labels.max()}.")


def _look_over(
    model: Model, images: Images, classes: tuple[str, ...], scoring: Scoring, *, seed: int = 0, quiet: bool
) -> Overview:
    network = plan(model)
    if len(network.answers) != 1:
        raise RunError(
            f"The network '{model.name}' gives {len(network.answers)} outputs; only networks with one, the answer, can "
            "be looked over."
        )
    banks = find_banks(network)
    size = _batch_size(network, images.images)
    measured = _measure(network, banks, images.images, scoring, size=size, seed=seed, quiet=quiet)
    ablations = _ablate(network, banks, measured, images, scoring, seed=seed, quiet=quiet)
    views = _views(model, network)
    layers = {
        bank.name: _layer(bank, measured.statistics[bank.name], ablations.get(bank.name), views[bank.number])
        for bank in banks
    }
    return Overview(
        name=str(model.name),
        classes=classes,
        scoring=scoring,
        images=images,
        probabilities=measured.probabilities,
        layers=layers,
        weights=weigh(network),
        features=feature_space(_last(network).name, measured.features, images.labels, len(classes)),
        findings=findings.judge(list(layers.values())),
    )


@dataclass(frozen=True)
class _Measured:
    """What one pass over the images gave: statistics a layer, answers (n, k), features (n, d)."""

    statistics: dict[str, Statistics]
    probabilities: NDArray[np.float64]
    features: Array


def _measure(
    network: Plan, banks: Sequence[Bank], images: Array, scoring: Scoring, *, size: int, seed: int, quiet: bool
) -> _Measured:
    tallies = {bank.name: Tally(bank.bounds) for bank in banks}
    answers, features = [], []
    # products of a layer's channels are small: two threads wait for each other most of the time
    with blas.one_thread(), progress("Looking over the images", len(images), quiet=quiet) as advance:
        for rows in _batches(np.arange(len(images)), size):
            values = network.run(images[rows])
            for bank in banks:
                tallies[bank.name].add(_finite(values[bank.number], bank), rows)
            answers.append(scoring.read(values[network.answer]))
            features.append(_few(pooled(keras.ops.convert_to_numpy(values[_last(network).inputs[0]])), seed))
            advance(len(rows))
    statistics = {name: tally.statistics() for name, tally in tallies.items()}
    return _Measured(statistics, np.concatenate(answers), np.concatenate(features))


def _ablate(
    network: Plan,
    banks: Sequence[Bank],
    measured: _Measured,
    images: Images,
    scoring: Scoring,
    *,
    seed: int,
    quiet: bool,
) -> dict[str, Ablation]:
    sample = Sample(images.images, images.truth, _in_proportion(images.labels, seed)[:ABLATED])
    judged = [bank for bank in banks if not bank.is_answer]
    with progress("Ablating", len(sample.rows), quiet=quiet) as advance:
        return ablate(
            network,
            judged,
            measured.statistics,
            sample,
            scoring=scoring,
            channels=CHANNELS,
            seed=seed,
            advance=advance,
        )


def _layer(bank: Bank, known: Statistics, ablation: Ablation | None, view: Field) -> LayerOverview:
    return LayerOverview(
        bank=bank,
        statistics=known,
        dead=findings.dead(known),
        saturated=findings.saturated(known),
        same=findings.same(known),
        ablation=ablation,
        view=view,
    )


def _views(model: Model, network: Plan) -> dict[int, Field]:
    """Return what a number of each value sees; all of the image where the network takes images of any size."""
    made = [step.outputs[0] for step in network.steps]
    if None in model.input_shape[1:]:
        return dict.fromkeys(made, WHOLE)
    return dict(zip(made, (layer.view for layer in by_key(model).values()), strict=True))


def _last(network: Plan) -> Step:
    """Return the last step with weights: the one that divides the features into classes."""
    weighted = [step for step in network.steps if has_weights(step.layer)]
    if not weighted:
        raise RunError("The network has no layer with weights: there is nothing to look into.")
    return weighted[-1]


def _batch_size(network: Plan, images: Array) -> int:
    """Return how many images' values fit into the memory that a batch may take."""
    values = network.run(images[:1]).values()
    return int(np.clip(BATCH_BYTES // sum(4 * prod(value.shape) for value in values), 1, 256))


def _affordable(model: Model, images: Array, most: int) -> int:
    """Return how many images are looked at, at most: fewer than asked for where the layers give very many values."""
    network = plan(model)
    values = network.run(images[:1])
    count = sum(int(prod(values[bank.number].shape)) for bank in find_banks(network))
    return int(min(most, max(FEWEST, MOST_VALUES // max(1, count))))


def _batches(rows: Rows, size: int) -> Iterator[Rows]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _finite(value: Any, bank: Bank) -> NDArray[np.float32]:
    array = np.asarray(keras.ops.convert_to_numpy(value), np.float32)
    if not np.isfinite(array).all():
        raise RunError(
            f"The layer '{bank.measured_at}' gives numbers that are not finite: the training diverged. Lower "
            "--learning-rate and train again."
        )
    return array


def _few(features: Array, seed: int) -> Array:
    count = features.shape[1]
    if count <= MOST_FEATURES:
        return features
    return features[:, np.sort(np.random.default_rng(seed).permutation(count)[:MOST_FEATURES])]
