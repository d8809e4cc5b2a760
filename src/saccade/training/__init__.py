"""Recipe → fitted Run.

`train` and `resume` load when they are asked for: what only describes a training, which tasks read to prepare data,
must not wait for Keras, so that bad data are refused at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from saccade.training.racing import resume, train

__all__ = ["resume", "train"]


def __getattr__(name: str) -> Any:
    """Return `train` or `resume`."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("saccade.training.racing"), name)
