"""A run or an exported file on the command line → what answers."""

from pathlib import Path
from typing import Any

FASTEST = "Answer with the file that `saccade export RUN --fastest` recommended."


def opened(source: Path, *, fastest: str = "") -> Any:
    """Return what answers. A run is read with packages that a machine which only predicts does not have.

    Args:
        source: a run or an exported file.
        fastest: "alone" or "in_batch": with the file of the run that is recommended for being asked so.
    """
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
        if fastest:
            raise RunError(f"{source} is a file already: --fastest chooses among those of a run.")
        return inference.open_file(source)
    from saccade.core.run import Run

    if fastest:
        return inference.open_fastest(Run.open(source), fastest)
    return inference.open_run(Run.open(source))
