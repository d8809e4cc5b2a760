"""The engine of a run: Keras with its model.keras."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.backend import Model, keras
from saccade.core.errors import RunError
from saccade.core.signature import Answer
from saccade.inference.held_network import read_once
from saccade.inference.network_bounds import at_most, refuse_absurd, refuse_large_tensors

if TYPE_CHECKING:  # a run needs packages that a machine which only predicts does not have
    from saccade.core.run import Run

BYTES_AT_ONCE = 16 * 2**20
"""Of float32 pixels in a batch of arrays; the layers need some ten to a hundred times as much."""


def load_model(run: "Run") -> Model:
    """Return the best network of a run, a Keras model in float32: raw inputs in, answers out.

    Raises:
        RunError: no epoch was finished yet, or the file is damaged.
    """
    if not run.model_path.exists():
        raise run.no_network()
    return read_once(run.model_path, read_model)


def read_model(path: Path) -> Model:
    """Return the network of a .keras file, without anything that could run foreign code.

    Raises:
        RunError: there is no such file, it is damaged, or it holds Python code.
    """
    if not path.is_file():
        raise RunError(f"There is no file {path}. A network is model.keras in a run folder.")
    try:
        with at_most(refuse_absurd(path)):
            model = keras.models.load_model(path, compile=False, safe_mode=True)
        refuse_large_tensors(model)
        return model
    except Exception as error:  # Keras and each of its layers have errors of their own for what cannot be
        reason = (str(error) or type(error).__name__).partition("\n")[0][:300].rstrip(".")
        raise RunError(
            f"{path} is not a network that can be read here: {reason}. "
            "Expected a file that Keras 3 saved, without Lambda layers or other code."
        ) from error


def probabilities(model: Model, images: Array, *, rows: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
    """Return what the network answers, (n, k), reading the inputs a batch at a time.

    Args:
        model: takes raw inputs (n, ...), gives answers (n, k).
        images: (m, ...), images or rows of a table; may be a memory-mapped file larger than the memory.
        rows: (n,), which of them, in this order; all when left out.
    """
    return in_turn(Network(model), images, model.output_shape[-1], rows=rows)


def in_turn(
    answer: Answer, images: Array, outputs: int, *, rows: NDArray[np.int64] | None = None
) -> NDArray[np.float32]:
    """Return the answers (n, outputs) for the images, or some rows of them in their order, a batch at a time."""
    answers, done = np.empty((len(images) if rows is None else len(rows), outputs), np.float32), 0
    for batch in batches(images, rows=rows):
        answers[done : done + len(batch)] = answer(batch)
        done += len(batch)
    return answers


def batches(inputs: Array, *, rows: NDArray[np.int64] | None = None) -> Iterator[Array]:
    """Yield inputs (m, ...), or some rows of them in their order, as many at a time as `at_once` says.

    Of several batches the last is smaller: by that an engine knows that memory of large ones can be given back.
    """
    most, count = at_once(inputs), len(inputs) if rows is None else len(rows)
    starts = [*range(0, count, most)]
    if len(starts) > 1 and most > 1 and count % most == 0:
        starts.append(count - 1)
    for start, end in pairwise([*starts, count]):
        batch = slice(start, end)  # without a copy where all are asked for
        yield inputs[batch if rows is None else rows[batch]]


def at_once(images: Array) -> int:
    """Return how many such images, (n, h, w, c), or rows of a table, (n, d), may be in a batch."""
    most = 1024 if len(images.shape) > 2 else 2**16
    return max(1, min(most, BYTES_AT_ONCE // (4 * int(np.prod(images.shape[1:])))))


class Network:
    """A model that is called with batches of any size, and compiled for few.

    A graph is compiled anew for each batch size, which takes longer than the answer. So a batch is filled up
    with empty inputs to a size that is compiled already, or else to the next power of two.
    """

    def __init__(self, model: Model, *, then: Answer | None = None) -> None:
        """Wrap a model.

        Args:
            model: takes raw inputs (n, ...) in float32; gives one output (n, ...), or several.
            then: what the task makes of the first output, such as calibrated probabilities; nothing when left out.
        """
        self._model, self._then = model, then
        self._compiled: set[int] = set()

    def __call__(self, inputs: Array) -> NDArray[np.float32]:
        """Return the first output (n, ...) for inputs (n, ...), with what the task makes of it."""
        first = self.outputs(inputs)[0]
        return self._then(first) if self._then else first

    def outputs(self, inputs: Array) -> tuple[NDArray[np.float32], ...]:
        """Return every output (n, ...) for inputs (n, ...), in the order of the model."""
        count = len(inputs)
        size = min((known for known in self._compiled if known >= count), default=_next_power_of_two(count))
        self._compiled.add(size)
        batch = np.zeros((size, *inputs.shape[1:]), np.float32)
        batch[:count] = inputs
        answers = self._model.predict_on_batch(batch)
        every = answers if isinstance(answers, list | tuple) else (answers,)
        return tuple(np.asarray(each, np.float32)[:count] for each in every)


def _next_power_of_two(count: int) -> int:
    return 1 << (count - 1).bit_length() if count > 1 else 1
