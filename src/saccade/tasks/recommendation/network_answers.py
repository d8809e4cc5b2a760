"""What a network says of users, by what is known of them, a block of them at a time."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from saccade.core.backend import Model, keras
from saccade.core.errors import RunError
from saccade.inference import Network
from saccade.modalities.ratings.scale import RatingScale
from saccade.models.recommenders import EXPECTED, SCORES
from saccade.tasks.recommendation.questions import Answer


def answering(network: Model, scale: RatingScale) -> Callable[[csr_matrix], Answer]:
    """Return what answers for a network: of known ratings (n, items) its expected ratings and scores.

    It is given nothing else, so that no rating that is asked can reach it. Where a scale has one level only, it says no
    ratings. Raises RunError, when it is called, where an answer is not finite.
    """
    outputs = Network(_in_order(network)).outputs

    def answer(known: csr_matrix) -> Answer:
        codes = csr_matrix((scale.codes(known.data), known.indices, known.indptr), shape=known.shape)
        expected, scores = outputs(codes.toarray())
        return None if scale.is_implicit else _finite(expected), _finite(scores)

    return answer


def _in_order(network: Model) -> Model:
    """Return a network with its outputs by name as one that gives expected ratings and scores, in this order."""
    return keras.Model(network.input, [network.output[name] for name in (EXPECTED, SCORES)])


def _finite(found: NDArray[np.float32]) -> NDArray[np.float32]:
    if not np.isfinite(found).all():
        raise RunError("The network answers with infinite numbers: its training diverged. Lower --learning-rate.")
    return found
