"""Anomaly-map scale: how large the errors of normal images get, so that only what exceeds them is shown as hot."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from saccade.core.safe_json import Json
from saccade.core.type_validation import checked


@dataclass(frozen=True)
class AnomalyMapScale:
    """Where colour begins.

    Attributes:
        reference_error: the error of a pixel that so large a share of normal calibration images nowhere exceed.
        share: that share, 0 to 1.
        images: how many normal calibration images there were.
    """

    FILE: ClassVar[str] = "anomaly_map_scale.json"
    reference_error: float
    share: float
    images: int

    def to_dict(self) -> Json:
        """Return it as plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "AnomalyMapScale":
        """Return what `to_dict` described."""
        return checked(cls(content["reference_error"], content["share"], content["images"]))
