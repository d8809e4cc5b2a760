"""ImagePredictor: a network for images with one output, and all that is needed to ask it."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.backend import Model
from saccade.core.dataset import SkippedItem
from saccade.core.signature import Answer, Outputs, Signature
from saccade.inference.keras_network import Network, in_turn
from saccade.inference.opening import file_or_keras
from saccade.modalities.images.intake import Intake, only_output
from saccade.modalities.images.streams import Remarks, answered

if TYPE_CHECKING:  # a run needs packages that a machine which only predicts does not have
    from saccade.core.run import Run

One = TypeVar("One")


@dataclass(frozen=True, kw_only=True)
class ImagePredictor:
    """What the command line, Python and a server answer with; a task says what the answers mean.

    Attributes:
        name: of the run or the file.
        answer: gives the output (n, k) for images (n, h, w, c), 0 to 255; any n.
        intake: how images become what the network takes.
        engine: what computes: "keras", or a file of `engines/`.
    """

    name: str
    answer: Answer
    intake: Intake
    engine: str

    modality: ClassVar[str] = "images"
    OUTPUT: ClassVar[str]
    """What the output is called."""

    @property
    @abstractmethod
    def signature(self) -> Signature:
        """What goes in and comes out."""

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) that the network takes."""
        return self.intake.image_shape

    def outputs(self, images: Array) -> Mapping[str, NDArray[np.float32]]:
        """Return the output (n, k) by its name in the signature."""
        return {self.OUTPUT: self.answer(images)}

    def answers(self, images: Array, *, rows: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """Return what `answer` gives for images (m, h, w, c), or some rows of them in their order, a batch at a time.

        Args:
            images: of the trained size, 0 to 255; may be memory-mapped.
            rows: (n,), which of them; all when left out.
        """
        return in_turn(self.answer, images, self._columns, rows=rows)

    @property
    def _columns(self) -> int:
        """How many numbers `answer` gives an image."""
        return self.signature.outputs[0].shape[-1] or 1

    def _of_arrays(self, images: Array, interpret: Callable[[NDArray[np.float32]], list[One]]) -> list[One]:
        """Return an answer for each image, in order, as `interpret` makes it of the outputs."""
        return interpret(self.answers(self.intake.array(images)))

    def _of_files(
        self,
        paths: Iterable[str | Path],
        interpret: Callable[[NDArray[np.float32]], list[One]],
        remarks: Remarks | None,
    ) -> Iterator[tuple[str, One | SkippedItem]]:
        """Yield (name, answer) for each image, in order; one that cannot be used yields why."""
        return answered(self.answer, interpret, paths, self.intake.read, remarks)


def of_run(run: "Run", model: Model, *, output: str, of_keras: Callable[[Model], Answer] = Network) -> dict[str, Any]:
    """Return the fields of what answers for a run: its ONNX file if it has one of the present network, else Keras.

    Args:
        run: a trained run.
        model: its network, when it is loaded already; Keras answers then.
        output: what the output is called.
        of_keras: makes the answer of a Keras model.

    Raises:
        RunError: it has no network that can be read.
    """
    answer, engine = file_or_keras(run, model, of_file=partial(only_output, name=output), of_keras=of_keras)
    return {"name": str(run.path), "answer": answer, "intake": Intake.of_run(run), "engine": engine}


def of_file(path: Path, outputs: Outputs, intake: Intake, *, output: str, engine: str) -> dict[str, Any]:
    """Return the fields of what answers with an exported file."""
    return {"name": str(path), "answer": only_output(outputs, output), "intake": intake, "engine": engine}
