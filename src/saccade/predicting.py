"""Run + raw input → predictions: arrays of any dtype, picture files, folders, streams of names."""

import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saccade import registry
from saccade.backend import keras
from saccade.calibration import Calibration, calibrated
from saccade.data.dataset import SetAside
from saccade.data.pictures import SUFFIXES, Fit, open_picture, to_pixels
from saccade.errors import DataError, RunError
from saccade.run import Run

if TYPE_CHECKING:
    from saccade.tasks.classify import Prediction

Tell = Callable[[NDArray[np.float32]], list["Prediction"]]

BATCH_SIZE = 64

PATIENCE_SECONDS = 0.1
"""A stream of files is answered when so much time has passed, also when the batch is not full."""

BYTES_AT_ONCE = 16 * 2**20
"""Of float32 pixels in a batch of arrays; the layers need some ten to a hundred times as much."""


def load_model(run: Run) -> Any:
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
    run: Run, images: NDArray[Any], *, model: Any = None, abstain: float | None = None
) -> list["Prediction"]:
    """Return an answer for each picture, in order, calibrated as the run says.

    Args:
        run: a trained run.
        images: (n, h, w, c) or one (h, w, c), and for grey pictures also (n, h, w) or (h, w); of any number
            type, from 0 to 255.
        model: the network, when it is loaded already.
        abstain: leave undecided what would be wrong more often than this (0 to 1), as far as validation can tell.

    Raises:
        DataError: another shape or another range than the network was trained on.
        RunError: the run has no network, or cannot promise `abstain`.
    """
    tell = _tell(run, abstain)
    network = load_model(run) if model is None else model
    pixels = _in_batches(np.asarray(images), network.input_shape[1:])
    _refuse_wrong_range(pixels)
    return tell(probabilities(network, pixels, temperature=_temperature(run)))


def probabilities(
    model: Any, images: NDArray[Any], *, rows: NDArray[np.int64] | None = None, temperature: float = 1
) -> NDArray[np.float32]:
    """Return what the network answers, (n, k), reading the pictures a batch at a time.

    Args:
        model: takes raw pixels (n, h, w, c), gives probabilities (n, k).
        images: (m, h, w, c), 0 to 255; may be a memory-mapped file larger than the memory.
        rows: (n,), which pictures, in this order; all when left out.
        temperature: of the run's calibration; 1 leaves the answers as they are.
    """
    chosen = np.arange(len(images)) if rows is None else rows
    answer = Network(model, temperature=temperature)
    most = max(1, min(1024, BYTES_AT_ONCE // (4 * int(np.prod(images.shape[1:])))))
    batches = [answer(images[chosen[start : start + most]]) for start in range(0, len(chosen), most)]
    return np.concatenate([np.empty((0, model.output_shape[-1]), np.float32), *batches])


def predict_files(
    run: Run, paths: Iterable[str | Path], *, abstain: float | None = None
) -> Iterator[tuple[str, "Prediction | SetAside"]]:
    """Yield (name, answer) for each picture, in order, while the paths are still being read.

    Args:
        run: a trained run; pictures are brought to its size, channels and fit.
        paths: picture files, and folders, in which all files named like pictures are found, subfolders
            included. May be endless. A file that cannot be used yields why, and the stream goes on.
        abstain: as in `predict_arrays`.

    Raises:
        RunError: the run has no network that can be read, or cannot promise `abstain`.
        DataError: there was nothing at all to predict.
    """
    tell = _tell(run, abstain)
    model = load_model(run)
    height, width, channels = model.input_shape[1:]
    read = partial(_read, size=(height, width), channels=channels, fit=run.recipe.fit)
    return _answered(Network(model, temperature=_temperature(run)), tell, _files(paths), read)


class Network:
    """A model that is called with batches of any size, and compiled for few.

    A graph is compiled anew for each batch size, which takes longer than the answer. So a batch is filled up
    with empty pictures to a size that is compiled already, or else to the next power of two.
    """

    def __init__(self, model: Any, *, temperature: float = 1) -> None:
        self._model, self._temperature = model, temperature
        self._compiled: set[int] = set()

    def __call__(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Return probabilities (n, k) of pictures (n, h, w, c), 0 to 255."""
        count = len(images)
        size = min((known for known in self._compiled if known >= count), default=_next_power_of_two(count))
        self._compiled.add(size)
        batch = np.zeros((size, *images.shape[1:]), np.float32)
        batch[:count] = images
        answers = np.asarray(self._model.predict_on_batch(batch), np.float32)[:count]
        return calibrated(answers, self._temperature)


def _answered(
    answer: Network, tell: Tell, files: Iterator[Path], read: Any
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
    answer: Network, tell: Tell, waiting: list[tuple[str, NDArray[np.uint8] | SetAside]]
) -> Iterator[tuple[str, "Prediction | SetAside"]]:
    pictures = [content for _, content in waiting if not isinstance(content, SetAside)]
    answers = iter(tell(answer(np.stack(pictures))) if pictures else [])
    for name, content in waiting:
        yield name, content if isinstance(content, SetAside) else next(answers)


def _tell(run: Run, abstain: float | None) -> Tell:
    """Return what turns calibrated outputs (n, k) into answers."""
    threshold = _calibration(run).level(abstain).threshold if abstain is not None else 0.0
    predictions = registry.load("tasks", run.recipe.task).predictions
    return partial(predictions, classes=tuple(run.data["classes"]), threshold=threshold)


def _calibration(run: Run) -> Calibration:
    if run.calibration is None:
        raise RunError(
            f"{run.path} cannot abstain: nothing is known of how often it is wrong, because it was trained without a "
            "validation part or stopped before its end. Train with --validation 0.1, or go on with --resume."
        )
    return run.calibration


def _temperature(run: Run) -> float:
    return run.calibration.temperature if run.calibration else 1.0


def _read(file: Path, *, size: tuple[int, int], channels: int, fit: Fit) -> NDArray[np.uint8] | SetAside:
    try:
        return to_pixels(open_picture(file.read_bytes()), size=size, channels=channels, fit=fit)
    except OSError as error:
        return SetAside(str(file), error.strerror or str(error))
    except DataError as error:
        return SetAside(str(file), str(error))


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
