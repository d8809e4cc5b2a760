"""TensorFlow answers with a SavedModel folder."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from saccade.inference.engines._opened import Opened

METADATA = Path("assets.extra", "saccade.json")
"""A SavedModel keeps files of other programs in this folder."""


def load(path: Path) -> Opened:
    """Return a network and what it says of itself; raises OSError when it is none."""
    metadata = json.loads((path / METADATA).read_text(encoding="utf-8"))
    loaded = tf.saved_model.load(str(path))  # must stay: `serve` alone does not keep its weights

    def answer(inputs: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        return tuple(np.asarray(each) for each in tf.nest.flatten(loaded.serve(tf.constant(inputs))))

    return Opened(answer, metadata)
