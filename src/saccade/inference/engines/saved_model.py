"""TensorFlow answers with a SavedModel folder."""

import json
from pathlib import Path

import numpy as np
import tensorflow as tf

from saccade.core.arrays import Array
from saccade.inference.engines._opened import Opened

SUFFIX = ""
"""No file: such a graph may write files, so a stranger's is not run."""

METADATA = Path("assets.extra", "saccade.json")
"""A SavedModel keeps files of other programs in this folder."""


def load(path: Path) -> Opened:
    """Return a network and what it says of itself; raises OSError when it is none."""
    metadata = json.loads((path / METADATA).read_text(encoding="utf-8"))
    loaded = tf.saved_model.load(str(path))  # must stay: `serve` alone does not keep its weights

    def answer(inputs: Array) -> tuple[Array, ...]:
        return tuple(np.asarray(each) for each in tf.nest.flatten(loaded.serve(tf.constant(inputs))))

    return Opened(answer, metadata)
