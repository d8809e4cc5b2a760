"""After a training: model.onnx, so that the first answer of a run takes a moment, not the start of TensorFlow."""

import os
from collections.abc import Callable

from saccade import export
from saccade.core.errors import SaccadeError
from saccade.core.run import Run
from saccade.tasks import base

SWITCH = "SACCADE_ONNX_AFTER_TRAINING"
"""Set to 0, this variable leaves the file to `saccade export`: where every second counts, as in tests."""


def export_after_training(run: Run, *, note: Callable[[str], None]) -> None:
    """Write the finished run's export/model.onnx, compared with Keras; whatever hinders it is only noted.

    Args:
        run: finished: nothing that happens here can harm it.
        note: is told why there is none.
    """
    can = type(base.for_run(run)).export_subject is not base.Task.export_subject
    if not can or os.environ.get(SWITCH) == "0":
        return
    try:
        export.export(run, timed=False, quiet=True)
    except Exception as error:  # of the exporter or a full disk: the run answers without the file
        reason = str(error) if isinstance(error, SaccadeError) else f"{type(error).__name__}: {error}"
        note(f"The run has no model.onnx, and answers with Keras, which takes seconds to start. {reason}")
