"""Does an exported file answer like Keras?"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import numpy as np

from saccade.core.arrays import Array
from saccade.core.errors import ExportError
from saccade.core.safe_json import Json
from saccade.core.signature import Outputs
from saccade.inference import batches

Named = Mapping[str, Array]
"""Outputs (n, ...) by name."""


class OtherAnswersError(ExportError):
    """A file answers differently from its run.

    Attributes:
        in_short: how differently, for a table.
    """

    def __init__(self, message: str, *, in_short: str) -> None:
        super().__init__(message)
        self.in_short = in_short


@dataclass(frozen=True)
class Tolerance:
    """What an exported file may differ by.

    Attributes:
        difference: between two numbers of an output, at most.
        agreement: of the answers, at least, 0 to 1.
    """

    difference: float
    agreement: float

    def allows(self, difference: float, agreement: float) -> bool:
        """Say whether a file may differ so much; it may not where the difference is no number."""
        return difference <= self.difference and agreement >= self.agreement


@dataclass(frozen=True)
class Criterion:
    """When a file answers like its run, as its task has it.

    Attributes:
        differences: gives the largest difference within each output, by its name, from what the file answers and what
            the run does.
        agreement: gives the part of the inputs to which both answer the same, 0 to 1, likewise.
        tolerance: what is allowed.
        unit: of the differences, to stand behind a number: " of the score".
    """

    differences: Callable[[Named, Named], Mapping[str, float]]
    agreement: Callable[[Named, Named], float]
    tolerance: Tolerance
    unit: str = ""


@dataclass(frozen=True)
class Parity:
    """How an exported file answers beside Keras.

    Attributes:
        split: of the data that was asked; never the test split, which is sealed.
        noun: what one input is, in the plural: "images".
        count: how many of it.
        differences: the largest difference within each output, by its name.
        agreement: part of the inputs to which both answer the same, 0 to 1.
        tolerance: what its precision allows.
        unit: of the differences.
    """

    split: str
    noun: str
    count: int
    differences: Mapping[str, float]
    agreement: float
    tolerance: Tolerance
    unit: str = ""

    @property
    def largest_difference(self) -> float:
        """Within any output; not a number where there is one that is none."""
        return float(np.max(list(self.differences.values())))

    @property
    def sentence(self) -> str:
        """All of it, for the terminal."""
        return (
            f"beside Keras on {self.count} {self.split} {self.noun}: largest difference "
            f"{self.largest_difference:.1g}{self.unit} (allowed {self.tolerance.difference:g}), {self.agreement:.1%} "
            "the same answer"
        )

    def refuse_other_answers(self, to: str) -> None:
        """Raise ExportError when it answers differently from Keras by more than its precision explains."""
        if self.tolerance.allows(self.largest_difference, self.agreement):
            return
        differences = " and ".join(f"'{name}' by up to {each:.2g}" for name, each in self.differences.items())
        raise OtherAnswersError(
            f"The {to} file answers differently from the run, so it was not kept: on {self.count} {self.split} "
            f"{self.noun} its output differs, {differences}{self.unit} (allowed: {self.tolerance.difference:g}), and "
            f"{self.agreement:.1%} of the answers agree (needed: {self.tolerance.agreement:.0%}). Try another "
            "--precision, or another format.",
            in_short=f"not kept: {self.agreement:.1%} the same answer of {self.tolerance.agreement:.0%} needed, "
            f"differs by {self.largest_difference:.2g}{self.unit} of {self.tolerance.difference:g} allowed",
        )

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON; the count stands under the noun."""
        return {
            "split": self.split,
            self.noun: self.count,
            "largest_difference": self.largest_difference,
            "differences": dict(self.differences),
            "agreement": self.agreement,
            "tolerance": asdict(self.tolerance),
            "unit": self.unit,
        }

    @classmethod
    def from_dict(cls, content: Json, *, noun: str) -> "Parity":
        """Return what `to_dict` described; raises KeyError or TypeError where it is of another version."""
        return cls(
            split=content["split"],
            noun=noun,
            count=content[noun],
            differences=content["differences"],
            agreement=content["agreement"],
            tolerance=Tolerance(**content["tolerance"]),
            unit=content["unit"],
        )


def compare(
    outputs: Outputs, expected: Outputs, inputs: Array, *, criterion: Criterion, split: str, noun: str
) -> Parity:
    """Return how an exported file answers beside Keras.

    Args:
        outputs: the file in its own runtime.
        expected: the run; may give more outputs than the file does.
        inputs: (n, ...); asked in batches of 1, 2 and the rest, because any batch must do.
        criterion: of the task.
        split: where they come from.
        noun: what one is, in the plural.
    """
    pieces = [batch for some in np.split(inputs, [1, 3]) if len(some) for batch in batches(some)]
    found, wanted = _joined(outputs, pieces), _joined(expected, list(batches(inputs)))
    wanted = {name: wanted[name] for name in found}
    return Parity(
        split=split,
        noun=noun,
        count=len(inputs),
        differences=criterion.differences(found, wanted),
        agreement=criterion.agreement(found, wanted),
        tolerance=criterion.tolerance,
        unit=criterion.unit,
    )


def _joined(outputs: Outputs, pieces: list[Array]) -> dict[str, Array]:
    answers = [outputs(piece) for piece in pieces]
    return {name: np.concatenate([each[name] for each in answers]) for name in answers[0]}
