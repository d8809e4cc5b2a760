"""Signature: what goes into a network and what comes out, by name; export, parity and serving are made of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.errors import RunError
from saccade.core.safe_json import Json
from saccade.core.type_validation import checked

Answer = Callable[[Array], NDArray[np.float32]]
"""Gives the only output (n, ...) for inputs (n, ...); any n."""

Outputs = Callable[[Array], Mapping[str, Array]]
"""Gives every output (n, ...), by its name, for inputs (n, ...); any n."""

DTYPES = ("uint8", "int32", "int64", "float32", "float64")

EVERYWHERE = frozenset(["int32"])
"""Those that every file format holds."""

LARGEST = 2**26
"""Numbers in a tensor for one input: a file that claims more was not exported by us."""


@dataclass(frozen=True)
class TensorSpec:
    """One input or output.

    Attributes:
        name: in files and over HTTP: "pixels".
        dtype: of its numbers, one of `DTYPES`, as NumPy calls it.
        shape: None for the batch, the first axis; then the sizes for one input.
        meaning: in one line, with the unit.
    """

    name: str
    dtype: str
    shape: tuple[int | None, ...]
    meaning: str

    @property
    def sizes(self) -> tuple[int, ...]:
        """The shape without the batch."""
        return tuple(side for side in self.shape[1:] if side is not None)

    @property
    def bare(self) -> tuple[str, str, tuple[int | None, ...]]:
        """All of it but the meaning."""
        return self.name, self.dtype, self.shape

    def zeros(self, count: int) -> Array:
        """Return as many empty inputs, (count, ...)."""
        return np.zeros((count, *self.sizes), self.dtype)

    def to_dict(self) -> Json:
        """Return it as plain values for JSON."""
        return {"name": self.name, "dtype": self.dtype, "shape": list(self.shape), "meaning": self.meaning}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "TensorSpec":
        """Return what `to_dict` described; raises ValueError, KeyError or TypeError for another."""
        shape = tuple(content["shape"])
        made = checked(cls(content["name"], content["dtype"], shape, content["meaning"]))
        if made.dtype not in DTYPES or shape[:1] != (None,) or None in shape[1:]:
            raise ValueError(f"a tensor of {made.dtype[:20]} and shape {list(shape)[:8]}")
        if min((1, *made.sizes)) < 1 or int(np.prod([1, *made.sizes], dtype=object)) > LARGEST:
            raise ValueError(f"a tensor of shape {list(shape)[:8]}")
        return made


@dataclass(frozen=True)
class Signature:
    """What a network takes and gives.

    Attributes:
        inputs: one, in all networks so far.
        outputs: one or several, in the order of the network.
    """

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    @property
    def input(self) -> TensorSpec:
        """The only input."""
        return self.inputs[0]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the outputs, in their order."""
        return tuple(each.name for each in self.outputs)

    def restricted(self, dtypes: Iterable[str]) -> "Signature":
        """Return it with those outputs only that have one of some dtypes: a file format may not hold others."""
        held = EVERYWHERE.union(dtypes)
        return Signature(self.inputs, tuple(each for each in self.outputs if each.dtype in held))

    def without(self, names: Iterable[str]) -> "Signature":
        """Return it without some outputs."""
        return Signature(self.inputs, tuple(each for each in self.outputs if each.name not in set(names)))

    def named(self, answer: Callable[[Array], Sequence[Array]]) -> Outputs:
        """Return a function that gives outputs by name, made of one that gives them in order."""
        names = self.names
        return lambda inputs: dict(zip(names, answer(inputs), strict=True))

    def refuse_other_outputs(self, outputs: Outputs) -> None:
        """Raise RunError when outputs for empty inputs have other shapes, or are no finite numbers."""
        found = outputs(self.input.zeros(2))
        for expected in self.outputs:
            values = found[expected.name]
            if values.shape != (2, *expected.sizes):
                sizes = "×".join(map(str, expected.sizes)) or "1"
                raise RunError(f"its output '{expected.name}' has the shape {values.shape[1:]} instead of {sizes}.")
            if not np.isfinite(values).all():
                raise RunError("its answers are no finite numbers.")

    def refuse_other_tensors(self, expected: "Signature", *, needed: Iterable[str]) -> None:
        """Raise RunError unless its tensors are among those of another one, meanings aside, and all needed are there.

        A file has fewer outputs than expected where its format cannot hold them.
        """
        known = {each.bare for each in (*expected.inputs, *expected.outputs)}
        found = {each.bare for each in (*self.inputs, *self.outputs)}
        if not found <= known or not set(needed) <= set(self.names):
            raise RunError("what it says of itself is damaged: its tensors do not fit the rest of it.")

    def to_dict(self) -> Json:
        """Return it as plain values for JSON."""
        return {
            "inputs": [each.to_dict() for each in self.inputs],
            "outputs": [each.to_dict() for each in self.outputs],
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Signature":
        """Return what `to_dict` described; raises ValueError, KeyError or TypeError for another."""
        inputs, outputs = (tuple(TensorSpec.from_dict(each) for each in content[end]) for end in ("inputs", "outputs"))
        names = [each.name for each in outputs]
        if len(inputs) != 1 or not names or len(set(names)) < len(names):
            raise ValueError(f"{len(inputs)} inputs and {len(names)} outputs of {len(set(names))} names")
        return cls(inputs, outputs)
