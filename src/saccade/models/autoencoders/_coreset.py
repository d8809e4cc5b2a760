"""Few points that lie near all others: greedy k-centre, as PatchCore chooses its memory."""

import numpy as np
from numpy.typing import NDArray

PROJECTED = 64
"""Numbers a point while choosing: random projections keep distances well enough (Johnson and Lindenstrauss), and a
third of the numbers is three times as fast."""

Points = NDArray[np.float32]


def k_centre(points: Points, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return which of points (n, d) to keep, (count,): each the one farthest from those before it.

    Gonzalez 1985: no other choice brings every point more than twice as near to one that is kept. Where there are fewer
    points than asked for, they are repeated.

    Args:
        points: (n, d), at least one.
        count: how many to keep.
        rng: draws the first one, and the projections.
    """
    if len(points) <= count:
        return np.resize(np.arange(len(points)), count)
    near, first = _projected(points, rng), int(rng.integers(len(points)))
    lengths = np.square(near).sum(axis=1)
    chosen, nearest = [first], np.full(len(points), np.inf, np.float32)
    while len(chosen) < count:
        last = chosen[-1]
        np.minimum(nearest, lengths - 2 * (near @ near[last]) + lengths[last], out=nearest)
        chosen.append(int(nearest.argmax()))
    return np.array(chosen)


def _projected(points: Points, rng: np.random.Generator) -> Points:
    width = points.shape[1]
    if width <= PROJECTED:
        return points
    directions = rng.normal(size=(width, PROJECTED)) / np.sqrt(PROJECTED)
    projected: Points = points @ directions.astype(np.float32)
    return projected
