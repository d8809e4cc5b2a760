"""Run → one file that works anywhere, kept only if it answers like the run.

Image bytes go in (uint8, the trained size, any batch) and calibrated probabilities come out, or a table's columns go
in and what each adds to the score comes out; the file's metadata say all that is needed to use it. What is asked for is
written elsewhere first, loaded in its own runtime and compared with Keras: a file that answers differently never
reaches the run.
"""

import tempfile
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from saccade import inference
from saccade.core import registry
from saccade.core.backend import keras
from saccade.core.errors import ExportError, not_installed, unknown
from saccade.core.run import Run
from saccade.export import image_subject, row_subject
from saccade.export.parity import Parity, RowParity
from saccade.export.speed import Speed, measure
from saccade.export.subject import Subject
from saccade.tasks import base


@dataclass(frozen=True)
class Exported:
    """A file that answers like its run.

    Attributes:
        path: in the run's folder.
        to: its format, a file of `formats/`.
        precision: in which it computes.
        details: what else there is to say of the format: {"opset": 17}.
        bytes: its size.
        keras_bytes: that of the run's model.keras.
        parity: how it answers beside Keras.
        speeds: how long an image or row takes, by what computes: "keras", "onnx float32".
    """

    path: Path
    to: str
    precision: str
    details: dict[str, Any]
    bytes: int
    keras_bytes: int
    parity: Parity | RowParity
    speeds: dict[str, Speed]

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values for JSON."""
        return {**asdict(self), "path": str(self.path)}


def export(
    run: Run, *, to: str = "onnx", precision: str = "float32", data: str | None = None, quiet: bool = False
) -> Exported:
    """Write a run's network in another format into export/, and return what was measured of it.

    Args:
        run: a trained run.
        to: a file of `formats/`: "onnx", "saved_model", "litert", "openvino".
        precision: "float32"; ONNX also "float16" and "int8", which is calibrated on training images; not for tables.
        data: where the data lie now, when they or the run have moved.
        quiet: no progress bars.

    Raises:
        ExportError: the format cannot hold this network, or the file would answer differently; nothing is kept.
        MissingPackageError: the format needs a package that is not installed.
        UnknownNameError: no such format or precision.
        RunError: the run has no network, or its data have changed.
    """
    _refuse_other_backends()
    _refuse_image_detectors(run)
    model = inference.load_model(run)  # before the format, which may load TensorFlow: Keras keeps its log quiet
    form = _format(to, precision)
    if run.modality == "tables":
        subject = row_subject.subject(run, model, precision=precision, data=data, quiet=quiet)
    else:
        subject = image_subject.subject(run, model, data=data, quiet=quiet)
    answers: dict[str, inference.Answer] = {"keras": subject.answer}
    with tempfile.TemporaryDirectory() as folder:
        # a smaller precision is measured beside float32: it need not be faster
        for each in dict.fromkeys(["float32", precision]):
            made = Path(folder) / _file_name(form, each)
            _write(form, subject, made, each)
            answers[f"{to} {each}"] = registry.load("engines", to).load(made).answer
        parity = subject.compare(answers[f"{to} {precision}"], precision)
        parity.refuse_other_answers(to)
        exported = Exported(
            path=run.path / "export" / made.name,
            to=to,
            precision=precision,
            details=form.DETAILS,
            bytes=_size(made),
            keras_bytes=_size(run.model_path),
            parity=parity,
            speeds={name: measure(each, subject.held_out[:1], subject.timed) for name, each in answers.items()},
        )
        record = exported.to_dict()
        del record["path"]  # the run may be moved
        run.save_export(made.name, made, record, artifacts=base.for_run(run).exported_artifacts)
    return exported


def _refuse_image_detectors(run: Run) -> None:
    if (
        hasattr(run.recipe, "threshold") and run.modality == "images"
    ):  # its answers are maps, and no metadata says yet what they mean
        raise ExportError(
            f"{run.path} looks for anomalies in images; such networks are not exported. {run.model_path} is a plain "
            "Keras model: raw pixels go in, the sum of what comes out is the score, and threshold.json says from where "
            "it is an alarm."
        )


def _refuse_other_backends() -> None:
    if keras.backend.backend() != "tensorflow":  # the exporters of the others take fewer layers
        raise ExportError(
            "Exporting needs Keras on TensorFlow; runs that were trained on another backend can be exported there too. "
            "Try: KERAS_BACKEND=tensorflow saccade export …"
        )


def _format(to: str, precision: str) -> ModuleType:
    form = registry.load("formats", to)
    registry.load("engines", to)  # a missing runtime is said before any work
    if precision not in form.PRECISIONS:
        raise unknown(f"precision of {to}", precision, form.PRECISIONS)
    return form


def _file_name(form: ModuleType, precision: str) -> str:
    name = Path(form.FILE)
    return form.FILE if precision == "float32" else f"{name.stem}-{precision}{name.suffix}"


def _write(form: ModuleType, subject: Subject, path: Path, precision: str) -> None:
    metadata = subject.about(precision).to_metadata()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the exporters warn of their own insides
            form.write(subject.network, path, metadata, precision=precision, samples=subject.samples)
    except ModuleNotFoundError as error:
        raise not_installed(error.name or "a package") from error
    except Exception as error:  # Keras, tf2onnx and the converters raise almost anything
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise ExportError(
            f"This network cannot be written as {path.name}: {reason} Some layers have no counterpart in some formats: "
            "try another --to."
        ) from error


def _size(path: Path) -> int:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)
