"""Tensors: what goes in and comes out, as the Open Inference Protocol names it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from saccade.core.arrays import Array
from saccade.core.requests import Problem
from saccade.core.safe_json import Json
from saccade.core.signature import Signature, TensorSpec

DATATYPES = {"uint8": "UINT8", "int32": "INT32", "int64": "INT64", "float32": "FP32", "float64": "FP64"}
"""In the protocol's words, by NumPy's."""


@dataclass(frozen=True)
class Ends:
    """What a network takes and gives.

    Attributes:
        signature: its tensors.
        noun: what one input is, in the plural.
        parameters: what else a client should know.
    """

    signature: Signature
    noun: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def taken(self) -> TensorSpec:
        """Its input."""
        return self.signature.input

    @property
    def given(self) -> tuple[TensorSpec, ...]:
        """Its outputs."""
        return self.signature.outputs

    @property
    def numbers(self) -> str:
        """What its input's numbers are."""
        if self.taken.dtype == "uint8":
            return "whole numbers from 0 to 255"
        return "numbers, or null (NaN in bytes) where a value is missing"


def datatype(tensor: TensorSpec) -> str:
    """Return the type of a tensor's numbers in the protocol's words."""
    return DATATYPES[tensor.dtype]


def wire_dtype(tensor: TensorSpec) -> np.dtype[Any]:
    """Return the type of a tensor's numbers as bytes on the wire, which are little-endian."""
    return np.dtype(tensor.dtype).newbyteorder("<")


def describe_tensor(tensor: TensorSpec) -> Json:
    """Return a tensor as the protocol's metadata have it, with its meaning among the parameters."""
    shape = [-1, *tensor.sizes]
    return {
        "name": tensor.name,
        "datatype": datatype(tensor),
        "shape": shape,
        "parameters": {"meaning": tensor.meaning},
    }


def finite(outputs: Mapping[str, Array]) -> Mapping[str, Array]:
    """Return outputs (n, …) by name if all are numbers; raises Problem (422): JSON has no word for others."""
    for answers in outputs.values():
        wrong = ~np.isfinite(answers)
        if wrong.any():
            position = int(wrong.reshape(len(answers), -1).any(axis=1).argmax())
            raise Problem(
                422, f"The network has no finite answer to input {position + 1}: its numbers are too extreme."
            )
    return outputs
