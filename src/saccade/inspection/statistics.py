"""What the channels of a layer do over many images, gathered a batch at a time: memory for one batch, one pass.

Everything is exact, whatever the size of the batches, but the histogram: its bins are laid over the first batch, and
what later falls outside counts in the outermost.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array

KEPT = 8
"""Images that are kept a channel: those that excite it most, and least."""

MOST_COMPARED = 2048
"""Channels of one layer that are compared with each other; their products take 32 MiB."""

BINS = 40
NEAR = 0.01
"""Share of the range of a bounded activation: closer to a bound, its slope is below a twentieth of the steepest."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Histogram:
    """How values are distributed.

    Attributes:
        edges: (bins + 1,).
        counts: (bins,); values outside the edges count in the outermost bins.
        low, high: the least and the greatest value of all.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    low: float
    high: float


@dataclass(frozen=True)
class Statistics:
    """What c channels did on n images, over all positions of each.

    Attributes:
        images: n.
        mean, std, low, high: (c,) of the values.
        active: (c,) share of values above 0.
        woken: (c,) share of images with a value above 0 anywhere.
        varying: (c,) bool: some image changes it; a channel that does not vary is dead.
        near_bound: (c,) share of values near a bound of the activation; 0 where it has none.
        correlation: (c, c) between channels over images and positions, 0 where one does not vary; None beyond
            `MOST_COMPARED` channels.
        mean_output: (…, c) the mean over images, at each position.
        strongest: (c, k) rows of the images with the highest peak, the highest first; of equals the earlier row.
        places: (c, k) where that peak was, counted along the rows of the map; 0 where there is no map.
        weakest: (c, k) rows of those with the lowest peak, the lowest first.
        histogram: of all values.
    """

    images: int
    mean: Floats
    std: Floats
    low: Floats
    high: Floats
    active: Floats
    woken: Floats
    varying: NDArray[np.bool_]
    near_bound: Floats
    correlation: Floats | None
    mean_output: Floats
    strongest: NDArray[np.int64]
    places: NDArray[np.int64]
    weakest: NDArray[np.int64]
    histogram: Histogram


class Tally:
    """Gathers the statistics of one layer's channels.

    Args:
        bounds: lowest and highest value that the activation can come close to, None where it has none.
    """

    def __init__(self, bounds: tuple[float | None, float | None] = (None, None)) -> None:
        self._bounds = bounds
        self._images = 0
        self._moments = _Moments()
        self._strongest, self._weakest = _Extremes(largest=True), _Extremes(largest=False)
        self._bins: _Bins | None = None
        self._low: Array = np.empty(0)
        self._high: Array = np.empty(0)

    def add(self, values: Array, rows: NDArray[np.int64]) -> None:
        """Count a batch.

        Args:
            values: (n, …, c), what the layer gave.
            rows: (n,) the images; over all batches each once, ascending.
        """
        by_image = values.reshape(len(values), -1, values.shape[-1])
        flat = values.reshape(-1, values.shape[-1])
        if self._bins is None:
            self._bins = _Bins(float(values.min()), float(values.max()))
            self._start(values)
        self._images += len(values)
        self._active += (flat > 0).sum(axis=0)
        self._woken += (by_image > 0).any(axis=1).sum(axis=0)
        self._near_bound += _near(flat, *self._bounds)
        self._sum += values.sum(axis=0, dtype=np.float64)
        self._low = np.minimum(self._low, values.min(axis=0))
        self._high = np.maximum(self._high, values.max(axis=0))
        self._moments.add(flat)
        self._bins.add(flat)
        peaks = by_image.max(axis=1)
        self._strongest.add(by_image, peaks, rows)
        self._weakest.add(by_image, peaks, rows)

    def _start(self, values: Array) -> None:
        self._active, self._woken, self._near_bound = np.zeros((3, values.shape[-1]), np.int64)
        self._sum = np.zeros(values.shape[1:])
        self._low = np.full(values.shape[1:], np.inf, values.dtype)
        self._high = np.full(values.shape[1:], -np.inf, values.dtype)

    def statistics(self) -> Statistics:
        """Return what was gathered; at least one batch was counted."""
        assert self._bins
        low, high = (each.reshape(-1, each.shape[-1]) for each in (self._low, self._high))
        # at each position apart: behind a padded border, a dead channel differs from position to position
        spread = (high - low).max(axis=0)
        varying = spread > 1e-6 * np.maximum(1, np.abs(high).max(axis=0))
        values = self._moments.count
        return Statistics(
            images=self._images,
            mean=self._moments.mean,
            std=np.sqrt(self._moments.variance),
            low=low.min(axis=0).astype(np.float64),
            high=high.max(axis=0).astype(np.float64),
            active=self._active / values,
            woken=self._woken / self._images,
            varying=varying,
            near_bound=self._near_bound / values,
            correlation=self._moments.correlation(varying),
            mean_output=self._sum / self._images,
            strongest=self._strongest.rows,
            places=self._strongest.places,
            weakest=self._weakest.rows,
            histogram=self._bins.histogram(float(low.min()), float(high.max())),
        )


class _Moments:
    """Means and products of channels, batch by batch (Chan, Golub and LeVeque 1979, as it is merged in parallel).

    Each batch is centred on its own mean, so that single precision is enough within it, and merged in double.
    """

    def __init__(self) -> None:
        self.count = 0

    def add(self, values: Array) -> None:
        """Count values (m, c)."""
        mean = values.mean(axis=0, dtype=np.float64)
        centred = values - mean.astype(values.dtype)
        compared = values.shape[1] <= MOST_COMPARED
        products = centred.T @ centred if compared else np.einsum("mc,mc->c", centred, centred)
        if not self.count:
            self.mean, self._products = np.zeros_like(mean), np.zeros(products.shape)
        count = self.count + len(values)
        step = mean - self.mean
        weight = self.count * len(values) / count
        self._products += products + weight * (np.outer(step, step) if compared else step**2)
        self.mean = self.mean + step * len(values) / count
        self.count = count

    @property
    def variance(self) -> Floats:
        """(c,) over all values."""
        products = self._products if self._products.ndim == 1 else np.diagonal(self._products)
        return np.asarray(products / self.count)

    def correlation(self, varying: NDArray[np.bool_]) -> Floats | None:
        """(c, c), 0 where one of the two does not vary."""
        if self._products.ndim == 1:
            return None
        spread = np.sqrt(np.diagonal(self._products))
        usable = varying & (spread > 0)
        scale = np.where(usable, 1 / np.where(usable, spread, 1), 0)
        return np.asarray(np.clip(self._products * np.outer(scale, scale), -1, 1))


class _Extremes:
    """The rows with the largest (or smallest) peaks, a channel, and where the peaks are.

    Of equals, the earlier rows.
    """

    def __init__(self, *, largest: bool) -> None:
        self._sign = -1 if largest else 1
        self._peaks: Array | None = None
        self.rows: NDArray[np.int64] = np.empty((0, 0), np.int64)
        self.places: NDArray[np.int64] = np.empty((0, 0), np.int64)

    def add(self, values: Array, peaks: Array, rows: NDArray[np.int64]) -> None:
        """Count values (n, positions, c) of rows (n,), whose peaks are (n, c)."""
        signed = self._sign * peaks.T
        best = np.argsort(signed, axis=1, kind="stable")[:, :KEPT]
        self._keep(np.take_along_axis(signed, best, axis=1), rows[best], -1 - best)
        # where a peak is, is looked for in the few that are kept only: over all it takes as long as everything else
        channels, kept = np.nonzero(self.places < 0)
        maps = values[-1 - self.places[channels, kept], :, channels]
        self.places[channels, kept] = maps.argmax(axis=1)

    def _keep(self, peaks: Array, rows: NDArray[np.int64], places: NDArray[np.int64]) -> None:
        """Keep the best of those kept and of these; a place below 0 is not known yet, of image −1 − place."""
        if self._peaks is not None:
            peaks = np.concatenate([self._peaks, peaks], axis=1)
            rows = np.concatenate([self.rows, rows], axis=1)
            places = np.concatenate([self.places, places], axis=1)
        order = np.argsort(peaks, axis=1, kind="stable")[:, :KEPT]
        self._peaks, self.rows, self.places = (
            np.take_along_axis(each, order, axis=1) for each in (peaks, rows, places)
        )


class _Bins:
    """Counts of values between two ends."""

    def __init__(self, low: float, high: float) -> None:
        self._low, self._high = (low, high) if high > low else (low - 0.5, low + 0.5)
        self._counts = np.zeros(BINS, np.int64)

    def add(self, values: Array) -> None:
        """Count values of any shape."""
        place = (values.ravel() - self._low) * (BINS / (self._high - self._low))
        self._counts += np.bincount(np.clip(place, 0, BINS - 1).astype(np.int64), minlength=BINS)

    def histogram(self, low: float, high: float) -> Histogram:
        """Return the counts, with the least and the greatest value of all."""
        edges = np.linspace(self._low, self._high, BINS + 1)
        return Histogram(tuple(edges.tolist()), tuple(self._counts.tolist()), low, high)


def histogram_of(values: Array) -> Histogram:
    """Return the histogram of an array that is there as a whole."""
    low, high = float(values.min()), float(values.max())
    bins = _Bins(low, high)
    bins.add(values)
    return bins.histogram(low, high)


def _near(values: Array, low: float | None, high: float | None) -> NDArray[np.int64]:
    """Return how many values (m, c) of each channel are near a bound."""
    near = np.zeros(values.shape[1], np.int64)
    span = (high or 0) - (low or 0)
    if low is not None:
        near += (values <= low + NEAR * span).sum(axis=0)
    if high is not None:
        near += (values >= high - NEAR * span).sum(axis=0)
    return near
