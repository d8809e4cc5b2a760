"""A run or an exported file → what answers."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saccade import passport, registry
from saccade.data.dataset import SetAside
from saccade.errors import MissingPackageError, RunError
from saccade.predicting.files import Answer
from saccade.predicting.network import Network, load_model
from saccade.predicting.predictor import Predictor

if TYPE_CHECKING:  # a run needs packages that a machine which only predicts does not have
    from saccade.run import Run
    from saccade.tasks.classify import Prediction

ENGINES = {".onnx": "onnx", ".tflite": "litert", ".xml": "openvino"}
"""What answers with which file. No SavedModel: such a graph may write files, so a stranger's is not run."""


def open_run(run: "Run") -> Predictor:
    """Return what answers for a run: its ONNX file if it has one of the present network, else Keras.

    Raises:
        RunError: the run has no network that can be read.
    """
    exported = run.exported("model.onnx")
    if exported:
        try:
            return open_file(exported)
        except MissingPackageError:  # exported on another machine: Keras gives the same answers
            pass
    return with_model(run, load_model(run))


def with_model(run: "Run", model: Any) -> Predictor:
    """Return what answers for a run with Keras; `model` is its network, loaded."""
    calibration = run.calibration
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


def open_file(path: Path) -> Predictor:
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
        about = passport.read(opened.metadata)
        _refuse_other_answers(opened.answer, about.image_shape, len(about.classes))
    except Exception as error:  # each engine has errors of its own for damaged files
        reason = (str(error) or type(error).__name__).partition("\n")[0].removesuffix(".")
        raise RunError(f"{path} cannot be used: {reason}. Expected a file that `saccade export` wrote.") from error
    return Predictor(
        name=str(path),
        answer=lambda images: opened.answer(_as_bytes(images)),
        classes=about.classes,
        image_shape=about.image_shape,
        fit=about.fit,
        task=about.task,
        engine=ENGINES[path.suffix],
        calibration=about.calibration,
    )


def _refuse_other_answers(answer: Answer, image_shape: tuple[int, int, int], classes: int) -> None:
    answers = answer(np.zeros((2, *image_shape), np.uint8))
    if answers.shape != (2, classes):
        raise RunError(f"it answers with {answers.shape[1:]} numbers for {classes} classes.")


def _as_bytes(images: NDArray[Any]) -> NDArray[np.uint8]:
    return images if images.dtype == np.uint8 else np.rint(images).astype(np.uint8)


def predict_arrays(
    run: "Run", images: NDArray[Any], *, model: Any = None, abstain: float | None = None
) -> list["Prediction"]:
    """Return Keras's answer for each picture, in order, calibrated as the run says.

    Args:
        run: a trained run.
        images: as in `Predictor.predict`.
        model: the network, when it is loaded already.
        abstain: as in `Predictor.predict`.

    Raises:
        DataError: another shape or another range than the network was trained on.
        RunError: the run has no network, or cannot promise `abstain`.
    """
    return with_model(run, load_model(run) if model is None else model).predict(images, abstain=abstain)


def predict_files(
    run: "Run", paths: Iterable[str | Path], *, abstain: float | None = None
) -> Iterator[tuple[str, "Prediction | SetAside"]]:
    """Yield (name, answer) for each picture, as `Predictor.predict_files` does, with what `open_run` gives."""
    return open_run(run).predict_files(paths, abstain=abstain)
