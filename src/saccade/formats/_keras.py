"""What the formats share: Keras writes them all."""

from pathlib import Path
from typing import Any

from saccade.backend import keras


def write(network: Any, path: Path, kind: str, **options: Any) -> None:
    """Let Keras write a network, (n, h, w, c) uint8 → (n, k), in one of its formats, for any n."""
    signature = [keras.InputSpec(shape=network.input_shape, dtype="uint8", name="pixels")]
    network.export(str(path), format=kind, input_signature=signature, verbose=False, **options)
