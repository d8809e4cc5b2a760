"""Many small pieces of work, in parallel."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import joblib

from saccade.core.blas import one_thread
from saccade.core.progress_bar import progress

Item = TypeVar("Item")
Result = TypeVar("Result")

CHUNK = 64
"""Items a task: large enough that handing it over costs nothing."""


def in_chunks(
    work: Callable[[Sequence[Item]], Result], items: Sequence[Item], *, title: str, quiet: bool = False
) -> list[Result]:
    """Return what `work` makes of each chunk of the items, in order.

    Pillow and hashlib leave Python's lock while they compute, so threads are enough. Within them, matrices are
    multiplied by one thread each: several that wait for each other took ten times the processor time.
    """
    chunks = [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]
    results = []
    with one_thread(), progress(title, len(items), quiet=quiet) as advance:
        parallel = joblib.Parallel(n_jobs=-1, prefer="threads", return_as="generator")
        for chunk, result in zip(chunks, parallel(joblib.delayed(work)(chunk) for chunk in chunks), strict=True):
            results.append(result)
            advance(len(chunk))
    return results
