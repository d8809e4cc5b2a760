"""TrackedRun: what a run keeps of where it is tracked, so that one that goes on does so there too."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from saccade.core.type_validation import checked


@dataclass(frozen=True)
class TrackedRun:
    """Where a run is tracked.

    Attributes:
        places: by tracker, as `--track` has it: {"mlflow": ""}.
        names: what each tracker calls the run.
    """

    places: Mapping[str, str]
    names: Mapping[str, str]

    FILE: ClassVar[str] = "tracked.json"

    def to_dict(self) -> Mapping[str, Any]:
        """Return plain values for JSON."""
        return {"places": dict(self.places), "names": dict(self.names)}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return what `to_dict` described; raises KeyError or ValueError where it did not."""
        return cls(*(checked(content[name], dict[str, str], name) for name in ("places", "names")))
