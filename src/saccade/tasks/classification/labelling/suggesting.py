"""What a model that learnt from the labels so far says of all images: which class, how sure, what to label next."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import MiniBatchKMeans
from sklearn.model_selection import KFold
from threadpoolctl import threadpool_limits

from saccade.tasks.classification import linear_head

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]

AT_ONCE = 24
"""Images that are put in order with an eye to each other; those behind them by how unsure the model is alone."""

FEW_A_CLASS = 3
"""Labels a class up to which images are chosen that stand for many others: a model knows too little to be unsure."""

MOST_CLUSTERED = 5000
_POOL = 8  # times as many as are chosen are looked at for how they differ
_FOLDS = 8

CONFIDENT = 0.6
"""Probability of another class from which on a label is doubted."""


@dataclass(frozen=True)
class Suggestions:
    """What the model says.

    Attributes:
        classes: names, k of them.
        probabilities: (n, k), float32; of images that the model learnt from as well.
        order: rows without a label, the most useful first.
        doubted: labelled rows whose label the model doubts that did not learn from them, the most doubtful first.
        rather: the class, by its number, that it would give each of these.
        accuracy: of that model on labelled images that it had not seen; None with too few labels.
    """

    classes: tuple[str, ...]
    probabilities: Vectors
    order: Rows
    doubted: Rows
    rather: Rows
    accuracy: float | None


@threadpool_limits.wrap(limits=1)  # type: ignore[untyped-decorator]  # small products: threads would wait for each other
def suggest(
    vectors: Vectors, labels: Rows, classes: tuple[str, ...], *, sealed: NDArray[np.bool_], seed: int = 0
) -> Suggestions:
    """Return what a model on the labels says of every image.

    It never learns from the test split, and does not say of which images of it to give a label first.

    Args:
        vectors: (n, d), features.
        labels: (n,), the number of each image's class, -1 where it has none.
        classes: their names.
        sealed: (n,), whether an image belongs to the test split.
        seed: of the choice among equals.
    """
    usable = np.flatnonzero((labels >= 0) & ~sealed)
    taught, chosen = vectors[usable], labels[usable]
    free = np.flatnonzero((labels < 0) & ~sealed)
    blind = np.flatnonzero((labels < 0) & sealed)
    if len(np.unique(chosen)) < 2:
        order = typical(vectors, free, usable, number=AT_ONCE, seed=seed)
        empty = np.zeros((len(vectors), len(classes)), np.float32)
        return Suggestions(classes, empty, mixed(order, blind), usable[:0], usable[:0], None)
    head = linear_head.solved(taught, chosen, classes=len(classes))
    answers = head.answers(vectors)
    few = len(chosen) < FEW_A_CLASS * len(classes)
    first = typical(vectors, free, usable, number=AT_ONCE, seed=seed) if few else unsure(vectors, answers, free)
    doubted, rather, accuracy = _doubts(taught, chosen, usable, len(classes), seed=seed)
    return Suggestions(classes, answers, mixed(first, blind), doubted, rather, accuracy)


def unsure(vectors: Vectors, answers: Vectors, free: Rows, *, number: int = AT_ONCE) -> Rows:
    """Return all free rows, first those of which the model is least sure and which differ from each other.

    Args:
        vectors: (n, d).
        answers: (n, k), probabilities.
        free: (m,), rows to be put in order.
        number: how many are chosen with an eye to each other.
    """
    best = np.partition(answers[free], -2, axis=1)[:, -2:]
    doubt = 1 - (best[:, 1] - best[:, 0])
    ranked = free[np.argsort(-doubt, kind="stable")]
    pool, value = ranked[: _POOL * number], np.sort(-doubt, kind="stable")[: _POOL * number] * -1
    chosen = _spread(vectors[pool], value, number)
    return np.concatenate([pool[chosen], np.delete(pool, chosen), ranked[_POOL * number :]])


def _spread(vectors: Vectors, value: Vectors, number: int) -> Rows:
    """Return positions, each time the one of most value times distance to those before it."""
    normed = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    distance, chosen = np.ones(len(vectors), np.float32), list[int]()
    for _ in range(min(number, len(vectors))):
        gain = value * distance
        gain[chosen] = -1
        chosen.append(int(gain.argmax()))
        distance = np.minimum(distance, 1 - normed @ normed[chosen[-1]])
    return np.array(chosen, np.int64)


def typical(vectors: Vectors, free: Rows, labelled: Rows, *, number: int, seed: int) -> Rows:
    """Return all free rows, first those that stand for groups of images of which none has a label yet.

    With few labels that teaches more than the unsure ones (Hacohen et al. 2022, arXiv 2202.02794).
    """
    rng = np.random.default_rng(seed)
    some = rng.permutation(free)[:MOST_CLUSTERED]
    groups = min(len(labelled) + number, len(some))
    if groups < 2:
        return free
    near = _normed(vectors[np.concatenate([labelled, some])])
    model = MiniBatchKMeans(groups, random_state=seed, n_init=1, batch_size=1024).fit(near)
    home, centre = model.labels_, model.cluster_centers_
    taken = np.bincount(home[: len(labelled)], minlength=groups) > 0
    sizes = np.bincount(home[len(labelled) :], minlength=groups)
    away = np.linalg.norm(near[len(labelled) :] - centre[home[len(labelled) :]], axis=1)
    firsts = [
        some[members[away[members].argmin()]]
        for group in np.argsort(-sizes, kind="stable")
        if not taken[group] and len(members := np.flatnonzero(home[len(labelled) :] == group))
    ]
    chosen = np.array(firsts[:number], np.int64)
    return np.concatenate([chosen, rng.permutation(np.setdiff1d(free, chosen))])


def _normed(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6))


def mixed(order: Rows, blind: Rows) -> Rows:
    """Return the rows of both, evenly mixed: the test split gets its share of labels, in no order of the model's."""
    if not len(blind):
        return order
    places = np.concatenate([np.arange(len(order)) / max(1, len(order)), (np.arange(len(blind)) + 0.5) / len(blind)])
    return np.asarray(np.concatenate([order, blind])[np.argsort(places, kind="stable")])


def _doubts(vectors: Vectors, labels: Rows, rows: Rows, classes: int, *, seed: int) -> tuple[Rows, Rows, float | None]:
    """Return labelled rows whose label models doubt that had not seen them, what they say, and how often they agree.

    A label is doubted where another class is as probable as that class is, on average, for images that have it
    (confident learning, Northcutt et al. 2021, arXiv 1911.00068), and more probable than not.
    """
    counts = np.bincount(labels, minlength=classes)
    judged = np.flatnonzero(counts[labels] > 1)
    if len(judged) < 2 * _FOLDS or len(np.unique(labels[judged])) < 2:
        return rows[:0], rows[:0], None
    answers = np.zeros((len(judged), classes), np.float32)
    for kept, left in KFold(_FOLDS, shuffle=True, random_state=seed).split(judged):
        head = linear_head.solved(vectors[judged[kept]], labels[judged[kept]], classes=classes)
        answers[left] = head.answers(vectors[judged[left]])
    given, said = labels[judged], answers.argmax(axis=1)
    usual = np.array([answers[given == each, each].mean() if (given == each).any() else 1 for each in range(classes)])
    doubted = np.flatnonzero((said != given) & (answers.max(axis=1) >= np.maximum(usual[said], CONFIDENT)))
    doubted = doubted[np.argsort(answers[doubted, given[doubted]], kind="stable")]
    return rows[judged[doubted]], said[doubted].astype(np.int64), float((said == given).mean())
