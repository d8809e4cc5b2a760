"""Calibration: how a run's probabilities are corrected, and below which one it had better not answer."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import RunError
from saccade.core.typed import checked

TINIEST = 1e-30
"""A probability of exactly 0 has no logarithm; float32 softmax reaches 0 at logits 104 apart."""


@dataclass(frozen=True)
class Level:
    """What is known of answering only the surest part of the images.

    Attributes:
        coverage: the part of the validation images that is answered, 0 to 1.
        threshold: the least calibrated probability of the answer.
        answered: so many validation images.
        wrong: so many of them are wrong.
        error_bound: the share of wrong answers stays below this with 95% confidence, whichever level is chosen.
    """

    coverage: float
    threshold: float
    answered: int
    wrong: int
    error_bound: float


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
    """

    FILE: ClassVar[str] = "calibration.json"
    temperature: float
    images: int
    loss: tuple[float, float]
    error: tuple[float, float]
    levels: tuple[Level, ...]
    only_class: str = ""

    @property
    def warning(self) -> str:
        """That only one class is answered, and what to do; "" where several are."""
        if not self.only_class:
            return ""
        return (
            f"It answers '{self.only_class}' for every validation image: it tells no classes apart yet. Train longer "
            "(more --epochs), try another --model or --learning-rate, and look at the data with saccade check."
        )

    def level(self, error: float) -> Level:
        """Return the level that answers most and whose share of wrong answers stays below `error` (0 to 1).

        Raises:
            RunError: the validation split is too small or the network too bad to promise that.
        """
        if not 0 < error < 1:
            raise RunError(f"Expected a share of wrong answers between 0 and 1, such as 0.01 or 1%; found {error:g}.")
        good = [level for level in self.levels if level.error_bound <= error]
        if not good:
            best = min(self.levels, key=lambda level: level.error_bound)
            raise RunError(
                f"An error below {error:.2%} cannot be promised: on the {self.images:,} validation images, even "
                f"the surest {best.coverage:.0%} leave up to {best.error_bound:.2%} possible. Try --abstain "
                f"{np.ceil(best.error_bound * 1000) / 1000:.3f}, or train with more validation images."
            )
        return max(good, key=lambda level: level.coverage)

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
        )
        if not 0 < checked(made).temperature < np.inf:
            raise ValueError(f"a temperature of {made.temperature:g}")
        return made


def calibrated(probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Return probabilities (n, k) at another temperature: the order within a row stays."""
    if temperature == 1:
        return probabilities
    logits = np.log(np.maximum(probabilities.astype(np.float64), TINIEST)) / temperature
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)
