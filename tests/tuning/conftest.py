"""A search that is small enough for tests: a dense network on the embedded digits, an epoch a training."""

import pytest

SMALL = ("digits", "model=dense", "model.hidden=[8]", "epochs=1", "precision=float32")
SPACE = "search={learning_rate: [1e-3, 1e-1, log], model.hidden: [[4], [8], [16]]}"


@pytest.fixture(scope="session")
def small():
    """Words of a small search on the command line."""
    return ["tune", *SMALL, SPACE, "--budget", "2h", "--trials", "3", "--seeds", "1"]
