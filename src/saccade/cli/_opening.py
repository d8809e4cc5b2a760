"""A run or an exported file on the command line → what answers."""

from pathlib import Path
from typing import Any


def opened(source: Path) -> Any:
    """Return what answers. A run is read with packages that a machine which only predicts does not have."""
    from saccade import predicting

    if source.suffix in predicting.ENGINES and not source.is_dir():
        return predicting.open_file(source)
    from saccade.run import Run

    return predicting.open_run(Run.open(source))
