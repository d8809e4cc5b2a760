"""Run or exported file + raw input → predictions: arrays of any dtype, picture files, folders, streams of names.

Keras answers with a run's model.keras; ONNX Runtime or another engine answers with an exported file, and then neither
Keras nor TensorFlow is loaded.
"""

from saccade.predicting.files import BATCH_SIZE, Answer
from saccade.predicting.network import Network, at_once, in_turn, load_model, probabilities, read_model, scores
from saccade.predicting.opening import ENGINES, open_file, open_run, predict_arrays, predict_files
from saccade.predicting.predictor import Predictor

__all__ = [
    "BATCH_SIZE",
    "ENGINES",
    "Answer",
    "Network",
    "Predictor",
    "at_once",
    "in_turn",
    "load_model",
    "open_file",
    "open_run",
    "predict_arrays",
    "predict_files",
    "probabilities",
    "read_model",
    "scores",
]
