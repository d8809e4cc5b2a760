"""Predictor: what answers for a run or an exported file, whatever its task."""

from collections.abc import Mapping
from typing import Protocol

from saccade.core.arrays import Array
from saccade.core.signature import Signature


class Predictor(Protocol):
    """What answers for a run or an exported file.

    Attributes:
        name: of the run or the file.
        task: a folder of `tasks/`.
        modality: what goes in.
        engine: what computes: "keras", or a file of `engines/`.
        signature: what goes in and what comes out.
    """

    @property
    def name(self) -> str:
        """Of the run or the file."""
        ...

    @property
    def task(self) -> str:
        """A folder of `tasks/`."""
        ...

    @property
    def modality(self) -> str:
        """What goes in: "images", "tables"."""
        ...

    @property
    def engine(self) -> str:
        """What computes: "keras", or a file of `engines/`."""
        ...

    @property
    def signature(self) -> Signature:
        """What goes in and what comes out."""
        ...

    def outputs(self, inputs: Array) -> Mapping[str, Array]:
        """Return every output (n, ...), by the name that the signature gives it, for inputs (n, ...)."""
        ...
