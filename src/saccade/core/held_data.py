"""Held data: what a run was just trained on, so that nobody reads it again to export and to evaluate that run."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from saccade.core.dataset import Dataset
    from saccade.core.run import Run

_held: ContextVar["Dataset | None"] = ContextVar("held", default=None)


@contextmanager
def holding(dataset: "Dataset") -> Iterator[None]:
    """Have `tasks.base.reload` return a dataset, in this block and this thread, for runs trained on just that.

    For example::

        with holding(dataset):
            run = train(recipe, dataset)
            evaluate(run)  # reads no image again
    """
    token = _held.set(dataset)
    try:
        yield
    finally:
        _held.reset(token)


def held_for(run: "Run") -> Any:
    """Return the dataset that is held, where the run's record says that it was trained on it; else None.

    A run that tried several ways to train may have taken images of another size: its record says so.
    """
    dataset = _held.get()
    if dataset is None:
        return None
    return dataset if json.loads(json.dumps(dataset.record())) == run.data else None
