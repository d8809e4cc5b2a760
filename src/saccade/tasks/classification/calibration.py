"""Calibration: how a run's probabilities are corrected; and the levels at which it abstains, see `abstention`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from saccade.core.type_validation import checked
from saccade.tasks.classification.abstention import Level, choose_level

TINIEST = 1e-30
"""A probability of exactly 0 has no logarithm; float32 softmax reaches 0 at logits 104 apart."""

AT_ONCE = 1_000_000
"""Probabilities that are worked on at a time: in float64 all of them would take ten times their own memory."""


@dataclass(frozen=True)
class Calibration:
    """What the validation split says of a network's probabilities.

    Attributes:
        temperature: calibrated probabilities are softmax(log(probability) / temperature): above 1, the network was too
            sure (Guo et al. 2017, arXiv 1706.04599).
        images: validation images it was fitted on.
        loss: cross-entropy on them, before and after, in nats.
        error: expected calibration error on them, before and after, 0 to 1.
        levels: from answering everything down to answering little.
        only_class: the one class that is answered for every validation image, though they show several; "" for none.
        accuracy_alone: where answers take several views in: accuracy on them of the image alone, 0 to 1; else None.
    """

    FILE: ClassVar[str] = "calibration.json"
    temperature: float
    images: int
    loss: tuple[float, float]
    error: tuple[float, float]
    levels: tuple[Level, ...]
    only_class: str = ""
    accuracy_alone: float | None = None

    @property
    def warning(self) -> str:
        """That only one class is answered, and what to do; "" where several are."""
        if not self.only_class:
            return ""
        return (
            f"It answers '{self.only_class}' for every validation image: it tells no classes apart yet. Train longer "
            "(more --epochs), try another --model or --learning-rate, and look at the data with saccade check."
        )

    @property
    def accuracy(self) -> float:
        """On the validation images, 0 to 1."""
        every = self.levels[0]
        return 1 - every.wrong / every.answered

    def level(self, error: float) -> Level:
        """Return the level for a share of wrong answers, 0 to 1, as `choose_level` does."""
        return choose_level(self.levels, error)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values for JSON."""
        plain = asdict(self)
        for name in ("loss", "error"):
            plain[name] = dict(zip(("before", "after"), plain[name], strict=True))
        return {**plain, "levels": list(plain["levels"])}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Calibration":
        """Return the calibration that `to_dict` described; raises ValueError, KeyError or TypeError for another."""
        made = cls(
            temperature=content["temperature"],
            images=content["images"],
            loss=(content["loss"]["before"], content["loss"]["after"]),
            error=(content["error"]["before"], content["error"]["after"]),
            levels=tuple(Level(**level) for level in content["levels"]),
            only_class=content.get("only_class", ""),  # earlier versions did not look
            accuracy_alone=content.get("accuracy_alone"),
        )
        if not 0 < checked(made).temperature < np.inf:
            raise ValueError(f"a temperature of {made.temperature:g}")
        return made


def calibrated(probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Return probabilities (n, k) at another temperature: the order within a row stays."""
    if temperature == 1:
        return probabilities
    found = np.empty(probabilities.shape, np.float32)
    most = max(1, AT_ONCE // probabilities.shape[1])
    for some in (slice(start, start + most) for start in range(0, len(found), most)):
        logits = np.log(np.maximum(probabilities[some].astype(np.float64), TINIEST)) / temperature
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        found[some] = weights / weights.sum(axis=1, keepdims=True)
    return found
