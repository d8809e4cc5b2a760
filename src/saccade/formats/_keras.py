"""What the formats share: Keras writes them all."""

import warnings
from pathlib import Path
from typing import Any

from saccade.backend import keras


def write(network: Any, path: Path, kind: str, **options: Any) -> None:
    """Let Keras write a network, (n, h, w, c) uint8 → (n, k), in one of its formats, for any n."""
    signature = [keras.InputSpec(shape=network.input_shape, dtype="uint8", name="pixels")]
    with warnings.catch_warnings():
        # Keras 3.15 asks whether this NumPy still has np.object before it mends tf2onnx
        warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)
        network.export(str(path), format=kind, input_signature=signature, verbose=False, **options)
