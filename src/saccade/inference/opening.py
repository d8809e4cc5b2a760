"""A run or an exported file → what answers."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saccade.core import model_metadata, registry
from saccade.core.dataset import SkippedItem
from saccade.core.errors import MissingPackageError, RunError
from saccade.core.model_metadata import ModelMetadata, TableModelMetadata
from saccade.inference.files import Answer
from saccade.inference.keras_network import Network, load_model
from saccade.inference.predictor import Predictor
from saccade.modalities.tables.schema import Schema
from saccade.tasks.anomaly_detection.anomaly import ReferenceContributions
from saccade.tasks.anomaly_detection.image_predictor import ImageAnomalyPredictor, open_image_predictor
from saccade.tasks.anomaly_detection.row_predictor import RowPredictor
from saccade.tasks.anomaly_detection.threshold import Threshold
from saccade.tasks.classification.calibration import Calibration

if TYPE_CHECKING:  # a run needs packages that a machine which only predicts does not have
    from saccade.core.run import Run
    from saccade.tasks.classification.prediction import Prediction

ENGINES = {".onnx": "onnx", ".tflite": "litert", ".xml": "openvino"}
"""What answers with which file. No SavedModel: such a graph may write files, so a stranger's is not run."""


def open_run(run: "Run") -> Predictor | RowPredictor | ImageAnomalyPredictor:
    """Return what answers for a run: its ONNX file if it has one of the present network, else Keras.

    Raises:
        RunError: the run has no network that can be read, or no threshold although it looks for anomalies.
    """
    if hasattr(run.recipe, "threshold") and run.modality == "images":
        return open_image_predictor(run)
    exported = run.exported("model.onnx")
    if exported:
        try:
            opened = open_file(exported)
        except MissingPackageError:  # exported on another machine: Keras gives the same answers
            pass
        else:  # the threshold may have been changed since
            return opened if isinstance(opened, Predictor) else for_rows(run, opened.answer, opened.engine)
    return with_model(run, load_model(run))


def with_model(run: "Run", model: Any) -> Predictor | RowPredictor:
    """Return what answers for a run with Keras; `model` is its network, loaded. Raises as `open_run`."""
    return for_rows(run, Network(model), "keras") if run.modality == "tables" else for_images(run, model)


def for_images(run: "Run", model: Any) -> Predictor:
    """Return what answers for a run of images with Keras."""
    calibration = run.load(Calibration)
    return Predictor(
        name=str(run.path),
        answer=Network(model, temperature=calibration.temperature if calibration else 1),
        classes=tuple(run.data["classes"]),
        image_shape=model.input_shape[1:],
        fit=run.recipe.fit,
        task=run.recipe.task,
        engine="keras",
        calibration=calibration,
    )


def for_rows(run: "Run", answer: Answer, engine: str) -> RowPredictor:
    """Return what answers for a run of a table; raises RunError when it has no threshold.

    Args:
        run: a trained run.
        answer: gives contributions (n, d) for rows (n, d).
        engine: what computes it.
    """
    threshold = run.load(Threshold)
    if threshold is None:
        raise RunError(
            f"{run.path} has no threshold, so no row of it can be called an alarm: its training did not come to its "
            f"end, or had no calibration rows. Go on with: saccade train --resume {run.path}"
        )
    return RowPredictor(
        name=str(run.path),
        answer=answer,
        schema=Schema.from_dict(run.data["schema"]),
        threshold=threshold,
        reference_contributions=run.load(ReferenceContributions),
        task=run.recipe.task,
        engine=engine,
    )


def open_file(path: Path) -> Predictor | RowPredictor:
    """Return what answers with an exported file: .onnx, .tflite or .xml (OpenVINO); needs no run.

    Raises:
        RunError: there is no such file, it is damaged, or Saccade did not export it.
        MissingPackageError: the engine is not installed.
    """
    if path.suffix not in ENGINES:
        raise RunError(f"{path} is no exported network: its name should end in {', '.join(ENGINES)}.")
    if not path.is_file():
        raise RunError(f"There is no file {path}. Make one with: saccade export RUN --to {ENGINES[path.suffix]}")
    engine = registry.load("engines", ENGINES[path.suffix])
    try:
        opened = engine.load(path)
        about = model_metadata.read(opened.metadata)
        return _answering(path, about, opened.answer)
    except Exception as error:  # each engine has errors of its own for damaged files
        reason = (str(error) or type(error).__name__).partition("\n")[0].removesuffix(".")
        raise RunError(f"{path} cannot be used: {reason}. Expected a file that `saccade export` wrote.") from error


def _answering(path: Path, about: ModelMetadata | TableModelMetadata, answer: Answer) -> Predictor | RowPredictor:
    engine = ENGINES[path.suffix]
    if isinstance(about, TableModelMetadata):
        width = len(about.schema.columns)
        _refuse_other_answers(answer, np.zeros((2, width), np.float32), width, "columns")
        return RowPredictor(
            name=str(path),
            answer=answer,
            schema=about.schema,
            threshold=about.threshold,
            reference_contributions=about.reference_contributions,
            task=about.task,
            engine=engine,
        )
    if not hasattr(registry.load("tasks", about.task), "predictions"):
        raise RunError(f"what it says of itself is damaged: images with the task '{about.task[:100]}'.")
    _refuse_other_answers(answer, np.zeros((2, *about.image_shape), np.uint8), len(about.classes), "classes")
    return Predictor(
        name=str(path),
        answer=lambda images: answer(_as_bytes(images)),
        classes=about.classes,
        image_shape=about.image_shape,
        fit=about.fit,
        task=about.task,
        engine=engine,
        calibration=about.calibration,
    )


def _refuse_other_answers(answer: Answer, nothing: NDArray[Any], outputs: int, what: str) -> None:
    answers = answer(nothing)
    if answers.shape != (2, outputs):
        raise RunError(f"it answers with {answers.shape[1:]} numbers for {outputs} {what}.")
    if not np.isfinite(answers).all():
        raise RunError("its answers are no finite numbers.")


def _as_bytes(images: NDArray[Any]) -> NDArray[np.uint8]:
    return images if images.dtype == np.uint8 else np.rint(images).astype(np.uint8)


def predict_arrays(
    run: "Run", images: NDArray[Any], *, model: Any = None, abstain: float | None = None
) -> list["Prediction"]:
    """Return Keras's answer for each image, in order, calibrated as the run says.

    Args:
        run: a trained run.
        images: as in `Predictor.predict`.
        model: the network, when it is loaded already.
        abstain: as in `Predictor.predict`.

    Raises:
        DataError: another shape or another range than the network was trained on.
        RunError: the run has no network, or cannot promise `abstain`.
    """
    return for_images(run, load_model(run) if model is None else model).predict(images, abstain=abstain)


def predict_files(
    run: "Run", paths: Iterable[str | Path], *, abstain: float | None = None
) -> Iterator[tuple[str, "Prediction | SkippedItem"]]:
    """Yield (name, answer) for each image, as `Predictor.predict_files` does, with what `open_run` gives."""
    predictor = open_run(run)
    assert isinstance(predictor, Predictor)
    return predictor.predict_files(paths, abstain=abstain)
