"""Abstention: below which probability a network had better not answer (selective classification)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from saccade.core.errors import RunError
from saccade.core.shell_words import shell_word


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


def choose_level(levels: Sequence[Level], error: float) -> Level:
    """Return the level that answers most and whose share of wrong answers stays below `error` (0 to 1).

    Raises:
        RunError: the validation split is too small or the network too bad to promise that.
    """
    if not 0 < error < 1:
        raise RunError(f"Expected a share of wrong answers between 0 and 1, such as 0.01 or 1%; found {error:g}.")
    good = [level for level in levels if level.error_bound <= error]
    if not good:
        best = min(levels, key=lambda level: level.error_bound)
        images = max(level.answered for level in levels)
        raise RunError(
            f"An error below {error:.2%} cannot be promised: on the {images:,} validation images, even the surest "
            f"{best.coverage:.0%} leave up to {best.error_bound:.2%} possible. Try --abstain "
            f"{np.ceil(best.error_bound * 1000) / 1000:.3f}, or train with more validation images."
        )
    return max(good, key=lambda level: level.coverage)


def refuse_threshold(run: Any, *_: object, **__: object) -> NoReturn:
    """Say how a classifier leaves images undecided: it has no threshold to be chosen, but one for each error."""
    raise RunError(
        f"{run.path} answers with the most probable class, without a threshold. To leave unsure images undecided, name "
        f"the share of wrong answers that is bearable: saccade predict {shell_word(run.path)} IMAGES --abstain 0.02"
    )
