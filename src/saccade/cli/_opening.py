"""A run or an exported file on the command line → what answers."""

from pathlib import Path
from typing import Any


def opened(source: Path) -> Any:
    """Return what answers. A run is read with packages that a machine which only predicts does not have."""
    from saccade import inference
    from saccade.core.errors import RunError

    if (source / "saved_model.pb").is_file():
        raise RunError(
            f"{source} is a SavedModel, which is not run here: such a graph may read and write files. It is for "
            "TensorFlow. Name the run that it was exported from, or a file: saccade export RUN --to onnx"
        )
    if (source / "model.xml").is_file():  # the folder that is an OpenVINO export
        source /= "model.xml"
    if source.suffix in inference.engines_by_suffix() and not source.is_dir():
        return inference.open_file(source)
    from saccade.core.run import Run

    return inference.open_run(Run.open(source))
