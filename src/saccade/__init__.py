"""Saccade: train a small network on images or a table, see honestly how good it is, look inside it.

    import saccade

    run = saccade.train("mnist-convnet", epochs=1)
    run.evaluate()
    run.predict(images)

Importing this module is cheap; Keras loads with the first verb.
"""

from typing import TYPE_CHECKING, Any

from saccade.core.errors import SaccadeError
from saccade.core.version import __version__

if TYPE_CHECKING:
    from saccade.api import check, find_wrong_labels, inspect, load, push, resume, summary, train, tune
    from saccade.tasks.trained import TrainedRun
    from saccade.training.diagnosis import Diagnosis, Doctor, diagnose

__all__ = [
    "Diagnosis",
    "Doctor",
    "SaccadeError",
    "TrainedRun",
    "__version__",
    "check",
    "diagnose",
    "find_wrong_labels",
    "inspect",
    "load",
    "push",
    "resume",
    "summary",
    "train",
    "tune",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from saccade import api
        from saccade.tasks import trained
        from saccade.training import diagnosis

        return next(getattr(module, name) for module in (api, trained, diagnosis) if hasattr(module, name))
    raise AttributeError(f"module 'saccade' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
