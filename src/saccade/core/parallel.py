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

CHUNK_BYTES = 4_000_000
"""Of the items of a task, at most: what is computed of large images takes ten times as much beside them."""


def in_chunks(
    work: Callable[[Sequence[Item]], Result],
    items: Sequence[Item],
    *,
    title: str,
    item_bytes: int = 1,
    quiet: bool = False,
) -> list[Result]:
    """Return what `work` makes of each chunk of the items, in order.

    Args:
        work: is given items that follow each other, at most 64 and at most 4 MB of them.
        items: all of them.
        title: of the progress bar.
        item_bytes: of each item in memory, such as the pixels of an image.
        quiet: no progress bar.

    Pillow and hashlib leave Python's lock while they compute, so threads are enough. Within them, matrices are
    multiplied by one thread each: several that wait for each other took ten times the processor time.
    """
    size = max(1, min(CHUNK, CHUNK_BYTES // max(1, item_bytes)))
    chunks = [items[start : start + size] for start in range(0, len(items), size)]
    results = []
    with one_thread(), progress(title, len(items), quiet=quiet) as advance:
        parallel = joblib.Parallel(n_jobs=-1, prefer="threads", return_as="generator")
        for chunk, result in zip(chunks, parallel(joblib.delayed(work)(chunk) for chunk in chunks), strict=True):
            results.append(result)
            advance(len(chunk))
    return results
