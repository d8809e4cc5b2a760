from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from saccade.modalities.tables.schema import Column, Schema
from saccade.modalities.tables.table import Table

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Give a function that writes a text file: write("a,b\\n1,2\\n", "table.csv")."""

    def written(text: str | bytes, name: str = "table.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


@pytest.fixture(scope="session")
def make_table() -> Callable[..., Table]:
    """Give a function that makes a table in memory: make_table(values, labels=..., times=..., splits=...)."""

    def make(values, *, labels=None, times=None, splits=None, columns=None):
        values = np.asarray(values, np.float32).reshape(len(values), -1)
        rows = len(values)
        return Table(
            name="toys",
            source="toys.csv",
            schema=Schema(tuple(columns or (Column(f"x{each}", "number") for each in range(values.shape[1])))),
            values=values,
            labels=np.zeros(rows, np.int64) if labels is None else np.asarray(labels, np.int64),
            numbers=np.arange(1, rows + 1),
            splits=np.array([""] * rows if splits is None else splits, "<U11"),
            content_hash="0",
            times=None if times is None else np.asarray(times, np.float64),
        )

    return make
