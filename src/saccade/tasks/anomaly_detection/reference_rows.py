"""Arrays that a run keeps, so that its data are not needed again: calibration scores, some training rows."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array


@dataclass(frozen=True)
class CalibrationScores:
    """What a threshold is chosen from.

    Attributes:
        numbers: (n,), the calibration rows in the source, from 1.
        scores: (n,), what the network said of them.
        labels: (n,), 0 normal, 1 anomaly, -1 not known.
    """

    FILE: ClassVar[str] = "calibration_scores.npz"
    numbers: NDArray[np.int64]
    scores: NDArray[np.float64]
    labels: NDArray[np.int64]

    def to_dict(self) -> dict[str, Array]:
        """Return the arrays by name."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Array]) -> Self:
        """Return what `to_dict` described."""
        return cls(content["numbers"], content["scores"], content["labels"])


@dataclass(frozen=True)
class ReferenceRows:
    """Some normal training rows, to compare new ones with.

    Attributes:
        values: (n, d), as the schema encodes them.
    """

    FILE: ClassVar[str] = "reference.npz"
    values: NDArray[np.float32]

    def to_dict(self) -> dict[str, Array]:
        """Return the arrays by name."""
        return {"values": self.values}

    @classmethod
    def from_dict(cls, content: Mapping[str, Array]) -> Self:
        """Return what `to_dict` described."""
        return cls(content["values"])
