"""A fixture of several tasks; `run` is each task's own."""

import shutil

import pytest

from saccade import export
from saccade.core.run import Run


@pytest.fixture(scope="module")
def exported(run, tmp_path_factory):
    """A copy of the run, exported."""
    copy = Run(shutil.copytree(run.path, tmp_path_factory.mktemp("exported") / "run"))
    export.export(copy, timed=False, quiet=True)
    return copy
