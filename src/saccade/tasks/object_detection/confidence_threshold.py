"""ConfidenceThreshold: from which score on a box is an answer."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from saccade.core.safe_json import Json
from saccade.core.type_validation import checked

if TYPE_CHECKING:  # a machine that only predicts has no need of it
    from saccade.core.run import Run

UNKNOWN = 0.3
"""The threshold where nothing is known."""


@dataclass(frozen=True)
class ConfidenceThreshold:
    """From which score on a box is an answer.

    Attributes:
        value: the least score, 0 to 1.
        criterion: what it was chosen by: "f1", "f_beta=2", or "precision=.95".
        images: validation images it was chosen on; 0: nothing is known.
        precision: on these, by which it was chosen and which it therefore flatters; None where nothing is known.
        recall: likewise.
    """

    FILE: ClassVar[str] = "confidence_threshold.json"
    value: float
    criterion: str = "f1"
    images: int = 0
    precision: float | None = None
    recall: float | None = None

    @property
    def sentence(self) -> str:
        """How it was chosen, for people."""
        if not self.images:
            return f"Boxes are answers from a score of {self.value:.2f} on; there was no validation image to choose by."
        by = "the best F1" if self.criterion == "f1" else self.criterion.replace("_", "-").replace("=", " of ")
        return (
            f"Boxes are answers from a score of {self.value:.2f} on, chosen on {self.images:,} validation images by "
            f"{by}: precision {self.precision:.2f}, recall {self.recall:.2f} there."
        )

    @property
    def sentences(self) -> tuple[str, ...]:
        """The same, a line each."""
        return (self.sentence,)

    @classmethod
    def unknown(cls) -> "ConfidenceThreshold":
        """Return the threshold where nothing is known."""
        return cls(UNKNOWN)

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "ConfidenceThreshold":
        """Return the threshold that `to_dict` described; raises ValueError or TypeError for another."""
        made = checked(cls(**content))
        if not 0 <= made.value <= 1:
            raise ValueError("a threshold beyond 0 to 1")
        return made


def sentences(run: "Run") -> tuple[str, ...]:
    """Return how the threshold of a run was chosen."""
    found = run.load(ConfidenceThreshold)
    return (found.sentence,) if found else ()
