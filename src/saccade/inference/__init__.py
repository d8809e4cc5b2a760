"""Run or exported file → what answers for new inputs, as the task says.

Keras answers with a run's model.keras; ONNX Runtime or another engine answers with an exported file, and then neither
Keras nor TensorFlow is loaded.
"""

from saccade.core.signature import Answer, Outputs
from saccade.inference.keras_network import Network, at_once, batches, in_turn, load_model, probabilities, read_model
from saccade.inference.opening import (
    Loaded,
    engines_by_suffix,
    load_file,
    newest_export,
    open_fastest,
    open_file,
    open_run,
)

__all__ = [
    "Answer",
    "Loaded",
    "Network",
    "Outputs",
    "at_once",
    "batches",
    "engines_by_suffix",
    "in_turn",
    "load_file",
    "load_model",
    "newest_export",
    "open_fastest",
    "open_file",
    "open_run",
    "probabilities",
    "read_model",
]
