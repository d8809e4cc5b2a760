"""Scores of many rows or images, a batch at a time."""

import numpy as np
from numpy.typing import NDArray

from saccade.core.signature import Answer
from saccade.inference.keras_network import batches
from saccade.tasks.anomaly_detection.anomaly import summed


def scores(
    answer: Answer, inputs: NDArray[np.generic], *, rows: NDArray[np.int64] | None = None
) -> NDArray[np.float64]:
    """Return the anomaly score of each input, (n,): the sum of its contributions, one a column or one a pixel.

    Args:
        answer: gives contributions (n, d) or (n, h, w).
        inputs: (m, d) rows of a table as they are encoded, or images (m, h, w, c).
        rows: (n,), which of them, in this order; all when left out.
    """
    found = [summed(answer(batch)) for batch in batches(inputs, rows=rows)]
    return np.concatenate([np.empty(0), *found])
