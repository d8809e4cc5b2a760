"""Run → one file that works anywhere, kept only if it answers like the run.

What goes in and what comes out, in any batch, the task's signature says; the file's metadata have it, and all else that
is needed to use it. What is asked for is written elsewhere first, loaded in its own runtime and compared with Keras,
output by output: a file that answers differently never reaches the run.
"""

import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from saccade import inference
from saccade.core import registry
from saccade.core.backend import Model, keras
from saccade.core.errors import ExportError, SaccadeError, not_installed, unknown
from saccade.core.run import Run
from saccade.core.safe_json import Json
from saccade.core.signature import Outputs, Signature
from saccade.export.origin import metadata
from saccade.export.parity import Parity, compare
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
        speeds: how long an image or row takes, by what computes: "keras", "onnx float32"; empty before it is measured.
    """

    path: Path
    to: str
    precision: str
    details: dict[str, Any]
    bytes: int
    keras_bytes: int
    parity: Parity
    speeds: dict[str, Speed]

    @property
    def name(self) -> str:
        """What computes: "onnx int8"."""
        return f"{self.to} {self.precision}"

    def to_record(self) -> Json:
        """Return what parity.json says of it, without the path: the run may be moved."""
        record = self.to_dict()
        del record["path"]
        return record

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON."""
        plain = {name: asdict(each) for name, each in self.speeds.items()}
        return {**vars(self), "path": str(self.path), "parity": self.parity.to_dict(), "speeds": plain}

    @classmethod
    def from_record(cls, path: Path, record: Mapping[str, Any], *, noun: str) -> "Exported":
        """Return what parity.json says of a file; raises KeyError or TypeError where it is of another version."""
        names = ("to", "precision", "details", "bytes", "keras_bytes")
        return cls(
            path=path,
            **{name: record[name] for name in names},
            parity=Parity.from_dict(record["parity"], noun=noun),
            speeds={name: Speed(**plain) for name, plain in record["speeds"].items()},
        )


def export(
    run: Run,
    *,
    to: str = "onnx",
    precision: str = "float32",
    data: str | None = None,
    timed: bool = True,
    quiet: bool = False,
) -> Exported:
    """Write a run's network in another format into export/, and return what was measured of it.

    A file that is there already, of the network as it is now, is not made again; its speed is measured where it is not
    known yet and the data are still there.

    Args:
        run: a trained run.
        to: a file of `formats/`: "onnx", "saved_model", "litert", "openvino".
        precision: "float32"; ONNX also "float16" and "int8", OpenVINO "bfloat16" and "int8", which is calibrated on
            training images; not for tables.
        data: where the data lie now, when they or the run have moved.
        timed: whether to measure how long an answer takes, some seconds.
        quiet: no progress bars.

    Raises:
        ExportError: the format cannot hold this network, or the file would answer differently; nothing is kept.
        MissingPackageError: the format needs a package that is not installed.
        UnknownNameError: no such format or precision.
        RunError: the run has no network, or its data have changed.
    """
    _refuse_other_backends()
    kept = _kept(run, _file_name(to, precision)) if to in registry.names("formats") else None
    if kept and (kept.speeds or not timed):
        return kept
    task, model = base.for_run(run), inference.load_model(run)  # before the format, which may load TensorFlow:
    form = _format(to, precision)  # Keras keeps its log quiet
    try:
        subject = task.export_subject(run, model, precision=precision, data=data, quiet=quiet)
    except SaccadeError:
        if kept:
            return kept  # only its speed is not known: there are no inputs to measure it with any more
        raise
    every = task.signature(run).without(subject.left_out)
    outputs: dict[str, Outputs] = {"keras": subject.outputs}
    with tempfile.TemporaryDirectory() as folder:
        # a smaller precision is measured beside float32: it need not be faster
        for each in dict.fromkeys(["float32", precision] if timed else [precision]):
            made = kept.path if kept and each == precision else Path(folder) / _file_name(to, each)
            if not made.exists():
                _write(form, run, subject, every, made, each)
            outputs[f"{to} {each}"] = _opened(to, made, every.restricted(form.DTYPES))
        parity = kept.parity if kept else _compared(subject, outputs[f"{to} {precision}"], task.noun)
        parity.refuse_other_answers(to)
        speeds = _speeds(outputs, subject) if timed else {}
        return _saved(run, made, to=to, precision=precision, details=form.DETAILS, parity=parity, speeds=speeds)


def _saved(run: Run, made: Path, *, parity: Parity, **known: Any) -> Exported:
    """Keep a file, and what was measured of it, in the run."""
    sizes: dict[str, Any] = {"bytes": _size(made), "keras_bytes": _size(run.model_path)}
    exported = Exported(path=run.path / "export" / made.name, parity=parity, **sizes, **known)
    run.save_export(made.name, made, exported.to_record(), artifacts=base.for_run(run).exported_artifacts)
    return exported


def _speeds(outputs: Mapping[str, Outputs], subject: Subject) -> dict[str, Speed]:
    return {name: measure(each, subject.held_out[:1], subject.timed) for name, each in outputs.items()}


def _kept(run: Run, file: str) -> Exported | None:
    """Return what was measured of a file that is there, and says what one that was made now would; else None."""
    path, task = run.exported(file), base.for_run(run)
    if path is None or path.suffix not in inference.engines_by_suffix():
        return None
    try:
        exported = Exported.from_record(path, run.parity[file], noun=task.noun)
        loaded = inference.load_file(path)
    except (KeyError, TypeError, SaccadeError):  # of another version, or of a machine with other packages
        return None
    return exported if loaded.metadata == metadata(run, loaded.metadata.signature, exported.precision) else None


def _opened(to: str, path: Path, signature: Signature) -> Outputs:
    """Return what a file answers in its own runtime; raises ExportError where that cannot run it."""
    engine = registry.load("engines", to)
    try:
        outputs = signature.named(engine.load(path).answer)
        outputs(signature.input.zeros(1))
    except Exception as error:  # each runtime has errors of its own
        reason = (str(error) or type(error).__name__).partition("\n")[0].partition(". ")[0].removesuffix(".")
        raise ExportError(
            f"This network was written as {path.name}, but its own runtime cannot run that, so it was not kept: "
            f"{reason}. Try another --to."
        ) from error
    return outputs


def _compared(subject: Subject, outputs: Outputs, noun: str) -> Parity:
    return compare(
        outputs,
        subject.outputs,
        subject.held_out,
        criterion=subject.criterion,
        split=subject.split,
        noun=noun,
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


def _file_name(to: str, precision: str) -> str:
    name = Path(str(registry.constant("formats", to, "FILE")))
    return name.name if precision == "float32" else f"{name.stem}-{precision}{name.suffix}"


def _write(form: ModuleType, run: Run, subject: Subject, every: Signature, path: Path, precision: str) -> None:
    signature = every.restricted(form.DTYPES)
    texts = metadata(run, signature, precision).to_texts()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the exporters warn of their own insides
            form.write(
                _only(subject.network, every.names, signature),
                path,
                texts,
                signature=signature,
                precision=precision,
                samples=subject.samples,
            )
    except ModuleNotFoundError as error:
        raise not_installed(error.name or "a package") from error
    except Exception as error:  # Keras, tf2onnx and the converters raise almost anything
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise ExportError(
            f"This network cannot be written as {path.name}: {reason} Some layers have no counterpart in some formats: "
            "try another --to."
        ) from error


def _only(network: Model, every: Sequence[str], signature: Signature) -> Any:
    """Return a network, with every output by name, without those that a format cannot hold."""
    kept = [output for name, output in zip(every, network.outputs, strict=True) if name in signature.names]
    return keras.Model(network.inputs[0], kept if len(kept) > 1 else kept[0], name="shipped")


def _size(path: Path) -> int:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)
