"""Tensors: what goes in and comes out, as the Open Inference Protocol names it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.inference import Predictor, RowPredictor
from saccade.serving.problems import Problem

DTYPES: dict[str, np.dtype[Any]] = {
    "UINT8": np.dtype("uint8"),
    "FP32": np.dtype("<f4"),
    "FP64": np.dtype("<f8"),
}
"""The protocol's bytes are little-endian."""


@dataclass(frozen=True)
class Tensor:
    """One end of a network.

    Attributes:
        name: of it.
        datatype: in the protocol's words, one of `DTYPES`.
        shape: without the first axis, which any request chooses.
    """

    name: str
    datatype: str
    shape: tuple[int, ...]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of its numbers, as bytes on the wire."""
        return DTYPES[self.datatype]

    def zeros(self, count: int) -> NDArray[Any]:
        """Return as many empty inputs."""
        return np.zeros((count, *self.shape), self.dtype)

    def describe(self) -> dict[str, Any]:
        """Return it as the protocol's metadata have it."""
        return {"name": self.name, "datatype": self.datatype, "shape": [-1, *self.shape]}


@dataclass(frozen=True)
class Ends:
    """What a network takes and gives.

    Attributes:
        taken: its input.
        given: its outputs.
        noun: what one input is, in the plural.
        numbers: what its input's numbers are.
        parameters: what else a client should know.
    """

    taken: Tensor
    given: tuple[Tensor, ...]
    noun: str
    numbers: str
    parameters: dict[str, Any]


def of_images(predictor: Predictor) -> Ends:
    """Return the ends of a network for images."""
    return Ends(
        taken=Tensor("pixels", "UINT8", predictor.image_shape),
        given=(Tensor("probabilities", "FP32", (len(predictor.classes),)),),
        noun="images",
        numbers="whole numbers from 0 to 255",
        parameters={"classes": list(predictor.classes)},
    )


def of_rows(predictor: RowPredictor) -> Ends:
    """Return the ends of a network for rows: the columns as the schema encodes them."""
    width = len(predictor.schema.columns)
    columns = [
        {"name": column.name, "kind": column.kind, "offset": column.offset, "categories": list(column.categories)}
        for column in predictor.schema.columns
    ]
    return Ends(
        taken=Tensor("columns", "FP32", (width,)),
        given=(Tensor("contributions", "FP32", (width,)), Tensor("score", "FP64", ())),
        noun="rows",
        numbers="numbers, or null (NaN in bytes) where a value is missing",
        parameters={"columns": columns, "threshold": predictor.threshold.value},
    )


def finite(answers: NDArray[Any]) -> NDArray[Any]:
    """Return answers (n, …) if all are numbers; raises Problem (422): JSON has no word for others."""
    wrong = ~np.isfinite(answers)
    if wrong.any():
        position = int(wrong.reshape(len(answers), -1).any(axis=1).argmax())
        raise Problem(422, f"The network has no finite answer to input {position + 1}: its numbers are too extreme.")
    return answers
