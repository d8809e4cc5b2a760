"""A memory of typical rows, asked at several scales, beside a small denoising network: the default.

The row is rebuilt in several ways, each with its own notion of what is usual:

* from memory: a softmax attention over stored centres of the training rows answers with their weighted mean. At a small
  scale that is the nearest normal row, so the error is the nearest-neighbour distance; at a large one it is the mean of
  all rows, for which fewer centres do. That is the memory-augmented autoencoder of Gong et al. (2019), whose memory is
  here the centres of k-means and whose answers are those of the optimal denoiser of these centres, as in a modern
  Hopfield network (Ramsauer et al. 2021). Whatever the row, the answer lies among normal rows: an anomaly cannot be
  copied.
* by a dense denoising autoencoder with tanh (Vincent et al. 2008), which can generalise between the centres and, being
  bounded, does not follow rows into the far field either.

The row's error is the geometric mean over the ways, so that their sizes need not be weighed against each other; its
columns share it as they share the errors of the ways.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from saccade.core.backend import keras
from saccade.core.errors import RecipeError

TAKES = "tables"

ROWS_A_CENTER = 100  # of larger tables, so many rows are enough to place the centres
SHARE_OF_MEMORY = 6 / 7  # of the geometric mean, its scales together; the denoising network has the rest
MEMORIES = ("", "coarse_")  # how the layers of the two memories begin their names: of the first scale, of the others
SCALES = (0.25, 0.8, 2.4)
NEVER = -1e9  # the similarity of an empty place of the memory to any row
ROWS_OF_USUAL_ERROR = 20_000
SMALL = 0.01  # of a column's variance: no column is usually rebuilt better than this


def build(
    width: int,
    *,
    memory: int = 384,
    coarse_memory: int = 128,
    scales: Sequence[float] = SCALES,
    hidden: Sequence[int] = (64, 16, 64),
    noise: float = 0.3,
    floor: float = 1e-4,
) -> Any:
    """Return a network from features (n, width) to errors (n, width), float32, not negative.

    Until `initialize` has filled its memory, and `finish` has measured the usual errors, it finds little.

    Args:
        width: number of features, standardised.
        memory: centres that are stored for the first scale; of tables with fewer than twice as many rows, half as many
            as rows.
        coarse_memory: the same for all other scales, which tell fewer centres apart.
        scales: widths of the kernels with which the memory answers, in standard deviations of a feature.
        hidden: units of the layers of the denoising network.
        noise: standard deviation of the noise that it learns to take away, 0 to 1.
        floor: errors squared below this count as this much: what repeats itself exactly is not infinitely usual.

    Raises:
        RecipeError: an option is not positive or out of its range, or a list is empty.
    """
    _check(memory=[memory], coarse_memory=[coarse_memory], scales=scales, hidden=hidden, floor=[floor])
    if not 0 <= noise <= 1:
        raise RecipeError(f"'noise' is from 0 to 1, in standard deviations of a feature; found {noise!r}.")
    features = keras.Input((width,), name="features")
    rebuilt = [
        *_recalled(features, memory, scales[:1], MEMORIES[0]),
        *_recalled(features, coarse_memory, scales[1:], MEMORIES[1]),
        _decoded(features, hidden, noise),
    ]
    return keras.Model(features, _shared_error(features, rebuilt, floor), name="ae")


def _shared_error(features: Any, rebuilt: list[Any], floor: float) -> Any:
    """Return the row's error, (n, width): the geometric mean of the ways' errors, shared out among the features.

    The last way is the denoising network's.

    The ways stand side by side, (n, ways · width): a product of matrices adds up each way's columns several times as
    fast as a mean over an axis of (n, ways, width) does.
    """
    ways, width = len(rebuilt), features.shape[-1]
    side_by_side = keras.layers.Concatenate(name="rebuilt")(rebuilt)
    same = keras.layers.Concatenate(name="repeated")([features] * ways)
    residuals = keras.layers.Subtract(name="residuals")([side_by_side, same])
    weigh = keras.layers.EinsumDense(
        "nf,f->nf", ways * width, kernel_initializer="ones", trainable=False, name="usual_error"
    )
    errors = weigh(keras.ops.square(residuals)) + floor
    of_way = np.kron(np.eye(ways, dtype=np.float32), np.ones((width, 1), np.float32))
    means = keras.ops.matmul(errors, of_way / width)
    weights = np.array([SHARE_OF_MEMORY / (ways - 1)] * (ways - 1) + [1 - SHARE_OF_MEMORY], np.float32)
    row_error = keras.ops.exp(keras.ops.matmul(keras.ops.log(means), weights[:, None]))
    # of each row's columns: in each way their mean is the way's weight
    shares = errors * keras.ops.matmul(1 / means, (of_way * weights).T)
    return keras.layers.Add(name="shares")(keras.ops.split(shares, ways, axis=1)) * row_error


def initialize(
    model: Any,
    features: NDArray[np.float32],
    rows: NDArray[np.int64],
    *,
    seed: int,
    scales: Sequence[float] = SCALES,
    **_: Any,
) -> None:
    """Store the centres of the training rows' clusters; before training, which leaves the memory as it is.

    Args:
        model: from `build`.
        features: (n, width) standardised rows.
        rows: (m,), which of them are normal and for training.
        seed: of the choice of rows and of k-means.
        scales: those of `build`.
    """
    for name, scale in zip(MEMORIES, scales, strict=False):  # the coarse one holds its first scale
        similarity = model.get_layer(f"{name}similarity")
        centers = _centers(features[rows], similarity.units, seed)
        kept = np.zeros((similarity.units, features.shape[1]))
        kept[: len(centers)] = centers
        closeness = np.full(similarity.units, NEVER)
        closeness[: len(centers)] = -np.square(centers).sum(axis=1) / (2 * scale**2)
        similarity.set_weights([kept.T / scale**2, closeness])
        model.get_layer(f"{name}memory").set_weights([kept])


def _centers(features: NDArray[np.float32], most: int, seed: int) -> NDArray[np.float32]:
    """Return the centres (k, width) of the clusters of rows (m, width)."""
    some = _some(features, ROWS_A_CENTER * most, seed)
    number = max(1, min(most, len(some) // 2, len(np.unique(some, axis=0))))
    # not by small batches: the centres would depend so much on the seed that ROC AUC does, by half a point
    clusters = KMeans(number, n_init=1, max_iter=20, random_state=seed).fit(some)
    return np.asarray(clusters.cluster_centers_, np.float32)


def finish(model: Any, features: NDArray[np.float32]) -> None:
    """Divide the errors squared of each way and column by their usual size, after training.

    That is the root of their mean over training rows: half way between the plain errors, which overlook the columns
    that can be foretold well, and fully standardised ones, which believe every rare value.

    Args:
        model: trained.
        features: (m, width) standardised training rows, normal ones only.
    """
    residuals = keras.Model(model.inputs, model.get_layer("residuals").output)
    some = _some(features, ROWS_OF_USUAL_ERROR, seed=0)
    reference = np.square(residuals.predict(some, batch_size=4096, verbose=0)).mean(axis=0)
    model.get_layer("usual_error").set_weights([1 / np.sqrt(reference + SMALL)])


def _recalled(features: Any, places: int, scales: Sequence[float], name: str) -> list[Any]:
    """Return a memory's answer at each scale: the mean of its centres, weighted by a Gaussian kernel."""
    if not scales:
        return []
    # what is left of -|feature - centre|²/(2 scale²) without the split that all centres have in common
    similarity = keras.layers.Dense(places, trainable=False, name=f"{name}similarity")(features)
    recall = keras.layers.Dense(features.shape[-1], use_bias=False, trainable=False, name=f"{name}memory")
    softmax = keras.layers.Softmax(name=f"{name}attention")
    wider = [similarity * (scales[0] / scale) ** 2 for scale in scales[1:]]
    return [recall(softmax(each)) for each in (similarity, *wider)]


def _decoded(features: Any, hidden: Sequence[int], noise: float) -> Any:
    code = keras.layers.GaussianNoise(noise, name="noise")(features)
    for number, units in enumerate(hidden, start=1):
        code = keras.layers.Dense(units, activation="tanh", name=f"dense_{number}")(code)
    return keras.layers.Dense(features.shape[-1], name="decoded")(code)


def _some(rows: NDArray[np.float32], most: int, seed: int) -> NDArray[np.float32]:
    if len(rows) <= most:
        return rows
    return rows[np.sort(np.random.default_rng(seed).choice(len(rows), most, replace=False))]


def _check(**options: Sequence[float]) -> None:
    for name, values in options.items():
        if not values or min(values) <= 0:
            raise RecipeError(f"'{name}' needs numbers above 0; found {values!r}.")
