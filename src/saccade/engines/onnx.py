"""ONNX Runtime answers with an .onnx file."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from saccade.engines._opened import Opened


def load(path: Path) -> Opened:
    """Return a network and what it says of itself; raises what ONNX Runtime raises when it is none."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what is wrong is raised: it need not be printed too
    # a thread that spins until the next call takes the core from what prepares the pictures, and answers no sooner
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    (taken,), answers = session.get_inputs(), session.get_outputs()[0]

    def answer(inputs: NDArray[Any]) -> NDArray[Any]:
        (found,) = session.run([answers.name], {taken.name: inputs})
        return np.asarray(found)

    return Opened(answer, session.get_modelmeta().custom_metadata_map)
