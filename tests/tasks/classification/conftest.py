"""A small run that knows which images show none of its classes."""

import pytest

import saccade


@pytest.fixture(scope="module")
def novelty_run(run_once):
    """A run on the embedded digits with 300 validation images."""

    def make(folder):
        settings = {"epochs": 4, "validation": 300, "model.width": 16}
        saccade.train("quick-digits", run=folder / "run", **settings, quiet=True, check=False)

    return run_once("digits_with_novelty", make)
