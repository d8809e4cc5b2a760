"""Run or exported file + raw input → predictions: arrays of any dtype, image files, folders, streams of names, rows.

Keras answers with a run's model.keras; ONNX Runtime or another engine answers with an exported file, and then neither
Keras nor TensorFlow is loaded. Files with rows are read by `predicting.tables`, which loads Polars.
"""

from saccade.inference.files import BATCH_SIZE, Answer, Remarks
from saccade.inference.keras_network import Network, at_once, in_turn, load_model, probabilities, read_model, scores
from saccade.inference.opening import ENGINES, for_rows, open_file, open_run, predict_arrays, predict_files
from saccade.inference.predictor import Predictor
from saccade.tasks.anomaly_detection.image_predictor import ImageAnomalyPredictor, Verdict, open_image_predictor
from saccade.tasks.anomaly_detection.reference_contributions import measure_reference_contributions
from saccade.tasks.anomaly_detection.row_predictor import REASONS, RowPredictor, Scored

__all__ = [
    "BATCH_SIZE",
    "ENGINES",
    "REASONS",
    "Answer",
    "ImageAnomalyPredictor",
    "Network",
    "Predictor",
    "Remarks",
    "RowPredictor",
    "Scored",
    "Verdict",
    "at_once",
    "for_rows",
    "in_turn",
    "load_model",
    "measure_reference_contributions",
    "open_file",
    "open_image_predictor",
    "open_run",
    "predict_arrays",
    "predict_files",
    "probabilities",
    "read_model",
    "scores",
]
