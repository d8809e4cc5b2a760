"""Has an autoencoder learnt what usual rows look like, or does it copy whatever it is given?"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.backend import Layer, Model, keras, seed_everything
from saccade.core.finding import Finding
from saccade.tasks.anomaly_detection.evaluation import Probe, Rival
from saccade.tasks.anomaly_detection.metrics import difference, rankings

DISTANCES = (3, 10, 30)
"""How far the probes are pushed from training rows, in standard deviations of a column."""

MOST_ROWS = 2000
"""Of each kind, to probe with: enough for two digits."""

COPIED = 0.9
"""A network that reproduces so much of rows from nowhere has learnt little beyond the identity."""

GROWN = 0.95
"""The farthest probes should score higher than nearly every normal row."""

Features = NDArray[np.float32]
MetricValue = Callable[[Features], Array]


def probes(
    score: MetricValue,
    training: Features,
    normal: Features,
    *,
    untrained: MetricValue | None = None,
    squared: bool,
    seed: int = 0,
) -> tuple[Probe, ...]:
    """Return how a network takes rows that cannot be, against normal rows that it was not trained on.

    Args:
        score: returns (n,) sums of a network's errors for features (n, w).
        training: (n, w) standardised features of training rows.
        normal: (m, w) those of normal rows that were not trained on.
        untrained: as `score`, of the same network before training.
        squared: whether the errors are squared differences of features, so that the share that is copied can be told.
        seed: for the sample and the directions.
    """
    rng = np.random.default_rng(seed)
    start, reference = _some(training, rng), _some(normal, rng)
    return tuple(
        _probe(name, strange, reference, score, untrained, squared=squared)
        for name, strange in _made(start, rng).items()
    )


def _some(features: Features, rng: np.random.Generator) -> Features:
    return features[np.sort(rng.permutation(len(features))[:MOST_ROWS])]


def _made(start: Features, rng: np.random.Generator) -> dict[str, Features]:
    """Return rows from nowhere, made from training rows (n, w): pushed out, and with every column shuffled."""
    directions = rng.normal(size=start.shape).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    pushed = {f"{distance} deviations": start + distance * directions for distance in DISTANCES}
    return {"shuffled": rng.permuted(start, axis=0), **pushed}


def _probe(
    name: str,
    strange: Features,
    reference: Features,
    score: MetricValue,
    untrained: MetricValue | None,
    *,
    squared: bool,
) -> Probe:
    rows = np.concatenate([reference, strange])
    labels = np.repeat([0, 1], [len(reference), len(strange)])
    networks = {"trained": score} | ({"untrained": untrained} if untrained else {})
    scores = {each: np.asarray(of(rows), np.float64) for each, of in networks.items()}
    found = rankings(labels, scores)
    lengths = np.square(strange, dtype=np.float64).sum(axis=1)
    left = np.median(scores["trained"][labels == 1] / np.maximum(lengths, np.finfo(np.float32).tiny))
    return Probe(
        name=name,
        roc_auc=found["trained"].roc_auc,
        copied=float(np.clip(1 - left, 0, 1)) if squared else None,
        untrained=found["untrained"].roc_auc if untrained else None,
        gain=difference(found["untrained"], found["trained"], "roc_auc") if untrained else None,
    )


def fresh(model: Model, *, seed: int = 0) -> Model:
    """Return the same network before training: new weights, but for layers with nothing to train (scaling)."""
    seed_everything(seed)
    plain = keras.Model(model.input, model.output)  # a compiled one would be compiled again, and may not be able to
    copy = keras.models.clone_model(plain)
    _keep_scaling(plain.layers, copy.layers)
    return copy


def _keep_scaling(layers: Iterable[Layer], copies: Iterable[Any]) -> None:
    for layer, copy in zip(layers, copies, strict=True):
        if getattr(layer, "layers", None):
            _keep_scaling(layer.layers, copy.layers)
        elif not layer.trainable_variables:
            copy.set_weights(layer.get_weights())


def findings(found: Iterable[Probe], untrained: Rival | None) -> Iterator[Finding]:
    """Yield what the probes, and the same network before training, say against a network.

    Args:
        found: what `probes` returned.
        untrained: on rows with labels; None without any.
    """
    by_name = {each.name: each for each in found}
    if by_name:
        yield from _blind(by_name[f"{DISTANCES[-1]} deviations"])
    if untrained:
        yield from _no_better(untrained)
    elif "shuffled" in by_name:
        yield from _not_learnt(by_name["shuffled"])


def _blind(farthest: Probe) -> Iterator[Finding]:
    values = {"roc_auc": farthest.roc_auc.value, "copied": farthest.copied}
    advice = "Make the hidden layers narrower, or corrupt the inputs in training (a denoising autoencoder)."
    if (farthest.roc_auc.value or 0) < GROWN:
        yield Finding(
            kind="blind_far_away",
            severity="severe",
            title=f"Rows {farthest.name} away from training rows often score no higher than normal ones (ROC AUC "
            f"{farthest.roc_auc.value:.2f}): the network copies what it is given.",
            advice=advice,
            values=values,
        )
    elif (farthest.copied or 0) > COPIED:
        yield Finding(
            kind="copies_its_input",
            severity="warning",
            title=f"The network reproduces {farthest.copied:.0%} of rows {farthest.name} away from training rows: it "
            "mostly copies, and only what is left tells strange rows from usual ones.",
            advice=advice,
            values=values,
        )


def _no_better(untrained: Rival) -> Iterator[Finding]:
    if untrained.beaten:
        return
    yield Finding(
        kind="no_better_than_untrained",
        severity="warning",
        title="It is not shown that training made the network better at finding these anomalies: ROC AUC is "
        f"{untrained.roc_auc.value:.3f} before, and the difference is {untrained.roc_auc_gain.value:+.3f}.",
        advice="With few anomalies a real gain may not show. Else what finds them is how the network is made, or how "
        "far a row lies from the mean: try other settings, or a simple detector.",
        values={
            "roc_auc": untrained.roc_auc.value,
            "roc_auc_gain": untrained.roc_auc_gain.to_dict(),
            "average_precision_gain": untrained.average_precision_gain.to_dict(),
        },
    )


def _not_learnt(shuffled: Probe) -> Iterator[Finding]:
    gain = shuffled.gain
    if gain is None or gain.is_positive:
        return
    yield Finding(
        kind="no_better_than_untrained",
        severity="warning",
        title="Rows whose columns were drawn from different rows look as usual to the network as before training "
        f"(ROC AUC {shuffled.roc_auc.value:.2f}).",
        advice="Either the columns have nothing to do with each other, or the network has not learnt how they hang "
        "together: train longer, or make the hidden layers narrower.",
        values={"roc_auc": shuffled.roc_auc.value, "gain": gain.to_dict()},
    )
