"""TrainedRun: a run with the verbs on it that every task has."""

from functools import cached_property
from pathlib import Path
from typing import Any

from saccade import export as exporting
from saccade import inference
from saccade import report as reporting
from saccade.core.run import Run
from saccade.export import Exported
from saccade.export.fastest import Fastest
from saccade.export.fastest import fastest as find_fastest
from saccade.inspection.summary import LayerSummary, summarize


class TrainedRun(Run):
    """A run with the verbs on it that every task has.

    Attributes:
        path: the folder.
    """

    @cached_property
    def model(self) -> Any:
        """The best network, a plain `keras.Model` in float32: raw pixels or columns in, answers out.

        Probabilities are those before calibration: `predict` and `evaluate` correct them by the run's temperature.
        """
        return inference.load_model(self)

    def export(self, *, to: str = "onnx", precision: str = "float32", data: str | None = None) -> Exported:
        """Write the network into export/ in another format, kept only if it answers like this run.

        Args:
            to: "onnx", "saved_model", "litert" or "openvino".
            precision: "float32"; for ONNX also "float16" and "int8", for OpenVINO "bfloat16" and "int8"; but not of a
                table.
            data: where the data lie now, when they or the run have moved.

        Raises:
            ExportError: the format cannot hold this network, or the file would answer differently.
        """
        return exporting.export(self, to=to, precision=precision, data=data, quiet=True)

    def fastest_export(self, *, data: str | None = None) -> Fastest:
        """Write and time every file that could answer for this run, and keep those that answer like it.

        For example::

            found = run.fastest_export()
            found.recommended("in_batch").file      # "openvino-bfloat16"

        Args:
            data: where the data lie now, when they or the run have moved.

        Raises:
            ExportError: no file answers like this run.
        """
        return find_fastest(self, data=data, quiet=True)

    def summary(self) -> list[LayerSummary]:
        """Return output shape, parameters, multiply-adds and receptive field of every layer."""
        return summarize(self.model)

    def report(self, *, data: str | None = None) -> Path:
        """Write report.html and README.md, a model card, into the run and return the page's path.

        Args:
            data: where the data lie now, when they or the run have moved; without them the page has no images.
        """
        return reporting.report(self, data=data)
