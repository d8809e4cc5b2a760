"""Background: work in a thread of its own, whose result or error is there when it is asked for."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")


def in_background(work: Callable[[], Result]) -> Future[Result]:
    """Return what will be the result of some work, which begins now in a thread of its own.

    For example::

        answer = in_background(lambda: sum(range(10_000_000)))
        ...                # something else meanwhile
        answer.result()    # waits for it; raises what the work raised

    The end of the process does not wait for the thread: Python's own pools do, also where an error has ended all else.
    """
    future = Future[Result]()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # raised where the result is asked for
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    return future
