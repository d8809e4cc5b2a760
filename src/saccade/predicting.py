"""Run or exported file + raw input → predictions: arrays of any dtype, picture files, folders, streams of names.

Two engines answer: Keras with a run's model.keras, and, without Keras and TensorFlow, ONNX Runtime or another with an
exported file.
"""

import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saccade import passport, registry
from saccade.backend import keras
from saccade.data.dataset import SetAside
from saccade.data.pictures import SUFFIXES, Fit, open_picture, to_pixels
from saccade.errors import DataError, MissingPackageError, RunError

if TYPE_CHECKING:  # a run needs packages that a machine which only predicts does not have
    from saccade.run import Run
    from saccade.tasks.classify import Prediction

Tell = Callable[[NDArray[np.float32]], list["Prediction"]]
Answer = Callable[[NDArray[Any]], NDArray[np.float32]]
"""Gives probabilities (n, k) for pictures (n, h, w, c), 0 to 255; any n."""

ENGINES = {".onnx": "onnx", ".tflite": "litert", ".xml": "openvino"}
"""What answers with which file. No SavedModel: such a graph may write files, so a stranger's is not run."""

BATCH_SIZE = 64

PATIENCE_SECONDS = 0.1
"""A stream of files is answered when so much time has passed, also when the batch is not full."""

LEAST_PROBABILITY = 1e-30
"""Stands for 0 where a logarithm is taken; a float32 can hold it and its logarithm."""

BYTES_AT_ONCE = 16 * 2**20
"""Of float32 pixels in a batch of arrays; the layers need some ten to a hundred times as much."""


@dataclass(frozen=True)
class Predictor:
    """A network and all that is needed to ask it: what the command line, Python and a server answer with.

    Attributes:
        answer: gives calibrated probabilities (n, k) for pictures (n, h, w, c).
        classes: k names, in the order of the outputs.
        image_shape: (height, width, channels) that the network takes.
        fit: how pictures of another shape become this one.
        task: what the outputs mean, a file of `tasks/`.
        engine: what computes: "keras", or a file of `engines/`.
    """

    answer: Answer
    classes: tuple[str, ...]
    image_shape: tuple[int, int, int]
    fit: Fit
    task: str
    engine: str

    def predict(self, images: NDArray[Any]) -> list["Prediction"]:
        """Return an answer for each picture, in order.

        Args:
            images: (n, h, w, c) or one (h, w, c), and for grey pictures also (n, h, w) or (h, w); of any number
                type, from 0 to 255.

        Raises:
            DataError: another shape or another range than the network was trained on.
        """
        pixels = _in_batches(images, self.image_shape)
        _refuse_wrong_range(pixels)
        return self._tell(_in_turn(self.answer, pixels, np.arange(len(pixels)), len(self.classes)))

    def predict_files(self, paths: Iterable[str | Path]) -> Iterator[tuple[str, "Prediction | SetAside"]]:
        """Yield (name, answer) for each picture, in order, while the paths are still being read.

        Args:
            paths: picture files, and folders, in which all files named like pictures are found, subfolders
                included. May be endless. A file that cannot be used yields why, and the stream goes on.

        Raises:
            DataError: there was nothing at all to predict.
        """
        return _answered(self.answer, self._tell, _files(paths), self._read)

    def read(self, content: bytes) -> NDArray[np.uint8]:
        """Return a picture file's content as the network takes it, (h, w, c); raises DataError."""
        height, width, channels = self.image_shape
        return to_pixels(open_picture(content), size=(height, width), channels=channels, fit=self.fit)

    def _read(self, file: Path) -> NDArray[np.uint8] | SetAside:
        try:
            return self.read(file.read_bytes())
        except OSError as error:
            return SetAside(str(file), error.strerror or str(error))
        except DataError as error:
            return SetAside(str(file), str(error))

    @property
    def _tell(self) -> Tell:
        return _tell(self.task, self.classes)


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
    model = load_model(run)
    return Predictor(
        answer=calibrated(Network(model), temperature(run)),
        classes=tuple(run.data["classes"]),
        image_shape=model.input_shape[1:],
        fit=run.recipe.fit,
        task=run.recipe.task,
        engine="keras",
    )


def open_file(path: Path) -> Predictor:
    """Return what answers with an exported file: .onnx, .tflite or .xml (OpenVINO); needs no run.

    Raises:
        RunError: there is no such file, it is damaged, or Saccade did not export it.
        MissingPackageError: the engine is not installed.
    """
    if not path.is_file():
        raise RunError(f"There is no file {path}. Make one with: saccade export RUN --to onnx")
    if path.suffix not in ENGINES:
        raise RunError(f"{path} is no exported network: its name should end in {', '.join(ENGINES)}.")
    engine = registry.load("engines", ENGINES[path.suffix])
    try:
        opened = engine.load(path)
        about = passport.read(opened.metadata)
        _refuse_other_answers(opened.answer, about.image_shape, len(about.classes))
    except Exception as error:  # each engine has errors of its own for damaged files
        reason = str(error).partition("\n")[0] if str(error) else type(error).__name__
        raise RunError(
            f"{path} cannot be used: {reason.removesuffix('.')}. Expected a file that `saccade export` wrote."
        ) from error
    return Predictor(
        answer=lambda images: opened.answer(_as_bytes(images)),
        classes=about.classes,
        image_shape=about.image_shape,
        fit=about.fit,  # type: ignore[arg-type]  # read() let pass only these words
        task=about.task,
        engine=ENGINES[path.suffix],
    )


def _refuse_other_answers(answer: Answer, image_shape: tuple[int, int, int], classes: int) -> None:
    answers = answer(np.zeros((1, *image_shape), np.uint8))
    if answers.shape != (1, classes):
        raise RunError(f"it answers with {answers.shape[1:]} numbers for {classes} classes.")


def _as_bytes(images: NDArray[Any]) -> NDArray[np.uint8]:
    return images if images.dtype == np.uint8 else np.rint(images).astype(np.uint8)


def temperature(run: "Run") -> float:
    """Return by what the run's probabilities are calibrated; 1 where it was not: nothing is changed."""
    return float(run.calibration.get("temperature", 1.0))


def calibrated(answer: Answer, temperature: float) -> Answer:
    """Return what gives the probabilities p as softmax(log p / temperature)."""
    if temperature == 1:
        return answer

    def answer_calibrated(images: NDArray[Any]) -> NDArray[np.float32]:
        cooled = np.maximum(answer(images), LEAST_PROBABILITY) ** (1 / temperature)
        shares: NDArray[np.float32] = cooled / cooled.sum(axis=1, keepdims=True)
        return shares

    return answer_calibrated


def load_model(run: "Run") -> Any:
    """Return the best network of a run, a Keras model in float32: raw pixels in, probabilities out.

    Raises:
        RunError: no epoch was finished yet, or the file is damaged.
    """
    if not run.model_path.exists():
        raise RunError(
            f"{run.path} has no network yet: its training stopped before the first epoch was done. "
            f"Try: saccade train --resume {run.path}"
        )
    return read_model(run.model_path)


def read_model(path: Path) -> Any:
    """Return the network of a .keras file, without anything that could run foreign code.

    Raises:
        RunError: there is no such file, it is damaged, or it holds Python code.
    """
    if not path.is_file():
        raise RunError(f"There is no file {path}. A network is model.keras in a run folder.")
    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except (ValueError, TypeError, KeyError, OSError, zipfile.BadZipFile) as error:
        reason = str(error).partition("\n")[0]
        raise RunError(
            f"{path} is not a network that can be read here: {reason} "
            "Expected a file that Keras 3 saved, without Lambda layers or other code."
        ) from error


def predict_arrays(
    model: Any, images: NDArray[Any], classes: Sequence[str], *, task: str = "classify"
) -> list["Prediction"]:
    """Return an answer for each picture, in order.

    Args:
        model: takes raw pixels (n, h, w, c), gives probabilities (n, k).
        images: (n, h, w, c) or one (h, w, c), and for grey pictures also (n, h, w) or (h, w); of any number
            type, from 0 to 255.
        classes: k names, in the order of the network's outputs.
        task: what the outputs mean, a file of `tasks/`.

    Raises:
        DataError: another shape, another range, or another number of classes than the network was trained on.
    """
    if len(classes) != model.output_shape[-1]:
        raise DataError(f"The network answers for {model.output_shape[-1]} classes, but {len(classes)} are named.")
    pixels = _in_batches(images, model.input_shape[1:])
    _refuse_wrong_range(pixels)
    return _tell(task, classes)(probabilities(model, pixels))


def probabilities(model: Any, images: NDArray[Any], *, rows: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
    """Return what the network answers, (n, k), reading the pictures a batch at a time.

    Args:
        model: takes raw pixels (n, h, w, c).
        images: (m, h, w, c), 0 to 255; may be a memory-mapped file larger than the memory.
        rows: (n,), which pictures, in this order; all when left out.
    """
    chosen = np.arange(len(images)) if rows is None else rows
    return _in_turn(Network(model), images, chosen, model.output_shape[-1])


def _in_turn(answer: Answer, images: NDArray[Any], chosen: NDArray[np.int64], outputs: int) -> NDArray[np.float32]:
    most = max(1, min(1024, BYTES_AT_ONCE // (4 * int(np.prod(images.shape[1:])))))
    batches = [answer(images[chosen[start : start + most]]) for start in range(0, len(chosen), most)]
    return np.concatenate([np.empty((0, outputs), np.float32), *batches])


def predict_files(run: "Run", paths: Iterable[str | Path]) -> Iterator[tuple[str, "Prediction | SetAside"]]:
    """Yield (name, answer) for each picture of a run's `open_run`, as `Predictor.predict_files` does."""
    return open_run(run).predict_files(paths)


class Network:
    """A model that is called with batches of any size, and compiled for few.

    A graph is compiled anew for each batch size, which takes longer than the answer. So a batch is filled up
    with empty pictures to a size that is compiled already, or else to the next power of two.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._compiled: set[int] = set()

    def __call__(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Return probabilities (n, k) of pictures (n, h, w, c), 0 to 255."""
        count = len(images)
        size = min((known for known in self._compiled if known >= count), default=_next_power_of_two(count))
        self._compiled.add(size)
        batch = np.zeros((size, *images.shape[1:]), np.float32)
        batch[:count] = images
        answers: NDArray[np.float32] = np.asarray(self._model.predict_on_batch(batch), np.float32)[:count]
        return answers


def _answered(
    answer: Answer, tell: Tell, files: Iterator[Path], read: Any
) -> Iterator[tuple[str, "Prediction | SetAside"]]:
    waiting: list[tuple[str, NDArray[np.uint8] | SetAside]] = []
    anything = False
    answered_at = float("-inf")  # the first picture is answered at once
    for file in files:
        anything = True
        waiting.append((str(file), read(file)))
        if len(waiting) == BATCH_SIZE or time.monotonic() - answered_at > PATIENCE_SECONDS:
            yield from _answer_all(answer, tell, waiting)
            waiting, answered_at = [], time.monotonic()
    yield from _answer_all(answer, tell, waiting)
    if not anything:
        raise DataError("There is nothing to predict: name picture files, or folders that have some.")


def _answer_all(
    answer: Answer, tell: Tell, waiting: list[tuple[str, NDArray[np.uint8] | SetAside]]
) -> Iterator[tuple[str, "Prediction | SetAside"]]:
    pictures = [content for _, content in waiting if not isinstance(content, SetAside)]
    answers = iter(tell(answer(np.stack(pictures))) if pictures else [])
    for name, content in waiting:
        yield name, content if isinstance(content, SetAside) else next(answers)


def _tell(task: str, classes: Sequence[str]) -> Tell:
    """Return what turns outputs (n, k) into answers."""
    return partial(registry.load("tasks", task).predictions, classes=tuple(classes))


def _files(paths: Iterable[str | Path]) -> Iterator[Path]:
    for path in map(Path, paths):
        if path.is_dir():
            yield from (file for file in sorted(path.rglob("*")) if _is_picture(file, within=path))
        else:
            yield path


def _is_picture(file: Path, *, within: Path) -> bool:
    """Say whether a file is named like a picture and not hidden; a dead link is one, and is said to be dead."""
    hidden = any(part.startswith(".") for part in file.relative_to(within).parts)
    return file.suffix.lower() in SUFFIXES and not hidden and not file.is_dir()


def _in_batches(images: NDArray[Any], expected: tuple[int, int, int]) -> NDArray[Any]:
    """Return pictures as (n, h, w, c); refuses other shapes than the network's."""
    height, width, channels = expected
    if images.shape == expected or (channels == 1 and images.shape == (height, width)):
        return images.reshape(1, *expected)
    if images.shape[1:] == expected:
        return images
    if channels == 1 and images.shape[1:] == (height, width):
        return images[..., None]
    shape = "×".join(str(side) for side in expected)
    raise DataError(
        f"Expected pictures of {shape} (height × width × channels), one or a stack of them; found an array "
        f"of shape {images.shape}. Files of any size are resized by predict_files."
    )


def _refuse_wrong_range(images: NDArray[Any]) -> None:
    """Refuse pixels that were scaled already: the network scales them, and would answer at random."""
    if images.dtype == np.uint8 or not images.size:
        return
    if images.dtype.kind not in "fiu":
        raise DataError(f"Expected pictures as numbers from 0 to 255, found an array of {images.dtype}.")
    low, high = float(images.min()), float(images.max())
    if not (low >= 0 and high <= 255):
        raise DataError(f"Expected raw pixels from 0 to 255, found values from {low:g} to {high:g}.")
    if 0 < high <= 1:
        raise DataError(
            f"Expected raw pixels from 0 to 255, found values up to {high:g} only. "
            "The network scales them itself: multiply by 255."
        )


def _next_power_of_two(count: int) -> int:
    return 1 << (count - 1).bit_length() if count > 1 else 1
