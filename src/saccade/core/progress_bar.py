"""A progress bar on stderr, for people at a terminal, when something takes more than a second."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

PATIENCE = 1.0
"""Seconds before a bar appears: what is quicker needs none."""


@contextmanager
def progress(
    title: str, total: int | None, *, quiet: bool = False, in_bytes: bool = False
) -> Iterator[Callable[[int], None]]:
    """Give a function that is told how much more is done.

    Args:
        title: what is being done: "Decoding".
        total: how much there is to do, or None when not known.
        quiet: show nothing.
        in_bytes: the amounts are bytes.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    amount = DownloadColumn() if in_bytes else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), amount, TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task(title, total=total)
    started = time.monotonic()

    def advance(more: int) -> None:
        bar.advance(task, more)
        if not bar.live.is_started and time.monotonic() - started > PATIENCE:
            bar.start()

    try:
        yield advance
    finally:
        bar.stop()
