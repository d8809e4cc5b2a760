"""What the formats share: Keras writes them all."""

import warnings
from pathlib import Path
from typing import Any

from saccade.core.backend import Model, keras


def write(network: Model, path: Path, kind: str, **options: Any) -> None:
    """Let Keras write a network of one input in one of its formats, for any batch."""
    (taken,) = network.inputs
    signature = [keras.InputSpec(shape=network.input_shape, dtype=taken.dtype, name=taken.name)]
    with warnings.catch_warnings():
        # Keras 3.15 asks whether this NumPy still has np.object before it mends tf2onnx
        warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)
        network.export(str(path), format=kind, input_signature=signature, verbose=False, **options)
