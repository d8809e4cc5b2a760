"""A run or an exported file → what answers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from saccade.core import model_metadata, registry
from saccade.core.backend import Model
from saccade.core.errors import MissingPackageError, RunError
from saccade.core.model_metadata import ModelMetadata
from saccade.core.shell_words import shell_word
from saccade.core.signature import Outputs
from saccade.inference.keras_network import load_model
from saccade.tasks import base

if TYPE_CHECKING:  # a run needs packages that a machine which only predicts does not have
    from saccade.core.run import Run

OfFile = TypeVar("OfFile")
OfKeras = TypeVar("OfKeras")


@dataclass(frozen=True)
class Loaded:
    """An exported file that an engine has loaded, and that answers as its signature says.

    Attributes:
        metadata: what it says of itself.
        outputs: gives every output by name.
        engine: what computes, a file of `engines/`.
    """

    metadata: ModelMetadata
    outputs: Outputs
    engine: str


def engines_by_suffix() -> dict[str, str]:
    """Return which engine answers with which files, by their ending, as each says in its `SUFFIX`; "" is no file."""
    suffixes = {str(registry.constant("engines", name, "SUFFIX")): name for name in registry.names("engines")}
    return {suffix: suffixes[suffix] for suffix in sorted(suffixes) if suffix}


def open_run(run: "Run") -> Any:
    """Return what answers for a run: its ONNX file if it has one of the present network, else Keras.

    Raises:
        RunError: the run has no network that can be read, or nothing says yet what its answers mean.
    """
    return base.for_run(run).predictor(run)


def open_fastest(run: "Run", way: str) -> Any:
    """Return what answers with the file that was found to be fastest for a run.

    Args:
        run: a trained run.
        way: how it will be asked: "alone", one input at a time, or "in_batch".

    Raises:
        RunError: none was looked for, or it is of an older network.
    """
    file = run.fastest.get("recommended", {}).get(way)
    path = run.exported(file) if file else None
    if path is None:
        found = f"{file} was made of an older network" if file else "no files were compared yet"
        raise RunError(
            f"It is not known what answers fastest for {run.path}: {found}. Measure it: "
            f"saccade export {shell_word(run.path)} "
            "--fastest"
        )
    return open_file(path / "model.xml" if path.is_dir() else path)


def open_file(path: Path) -> Any:
    """Return what answers with an exported file: .onnx, .tflite or .xml (OpenVINO); needs no run.

    Raises:
        RunError: there is no such file, it is damaged, or Saccade did not export it.
        MissingPackageError: the engine is not installed.
    """
    loaded = load_file(path)
    with _refusing(path):
        task = base.named(loaded.metadata.task, loaded.metadata.modality)
        return task.predictor_of_file(path, loaded.metadata, loaded.outputs, engine=loaded.engine)


def load_file(path: Path) -> Loaded:
    """Return an exported file with the engine that it needs; raises as `open_file`."""
    known = engines_by_suffix()
    if path.suffix not in known:
        raise RunError(f"{path} is no exported network: its name should end in {', '.join(known)}.")
    if not path.is_file():
        raise RunError(f"There is no file {path}. Make one with: saccade export RUN --to {known[path.suffix]}")
    engine = registry.load("engines", known[path.suffix])
    with _refusing(path):
        opened = engine.load(path)
        metadata = model_metadata.read(opened.metadata)
        outputs = metadata.signature.named(opened.answer)
        metadata.signature.refuse_other_outputs(outputs)
        return Loaded(metadata, outputs, known[path.suffix])


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Raise RunError in place of whatever is raised: each engine has errors of its own for damaged files."""
    try:
        yield
    except MissingPackageError:
        raise
    except Exception as error:
        reason = (str(error) or type(error).__name__).partition("\n")[0].removesuffix(".")
        raise RunError(f"{path} cannot be used: {reason}. Expected a file that `saccade export` wrote.") from error


def file_or_keras(
    run: "Run", model: Model, *, of_file: Callable[[Outputs], OfFile], of_keras: Callable[[Any], OfKeras]
) -> tuple[OfFile | OfKeras, str]:
    """Return what answers for a run, and the engine: its ONNX file if it has one of the present network, else Keras.

    Args:
        run: a trained run.
        model: its network, when it is loaded already; Keras answers then.
        of_file: makes it of the outputs of a file.
        of_keras: makes it of a Keras model.

    Raises:
        RunError: the run has no network that can be read.
    """
    exported = None if model is not None else newest_export(run)
    if exported:
        return of_file(exported.outputs), exported.engine
    return of_keras(load_model(run) if model is None else model), "keras"


def newest_export(run: "Run") -> Loaded | None:
    """Return the ONNX file of a run's present network; None where there is none that this machine can use."""
    path = run.exported("model.onnx")
    if path is None:
        return None
    try:
        return load_file(path)
    except (MissingPackageError, RunError):  # of another machine or an older version: Keras gives the same answers
        return None
