"""Held network: the file of a run that was just trained is read once by all that asks for it then."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from saccade.core.backend import Model

_held: ContextVar[dict[tuple[object, ...], Model] | None] = ContextVar("held_network", default=None)


@contextmanager
def holding_network() -> Iterator[None]:
    """Have `load_model` return the same network again in this block and thread, while its file is the same.

    For example::

        with holding_network():
            export(run)
            evaluate(run)  # the network is not built again, which takes a quarter of a second

    Nobody may change the network in this block. In a block within another, the outer one counts.
    """
    if _held.get() is not None:
        yield
        return
    token = _held.set({})
    try:
        yield
    finally:
        _held.reset(token)


def read_once(path: Path, read: Callable[[Path], Model]) -> Model:
    """Return a network, read by `read` where it is not held yet, or another file is now at its place."""
    held = _held.get()
    if held is None:
        return read(path)
    status = path.stat()
    key = path.resolve(), status.st_ino, status.st_mtime_ns, status.st_size
    if key not in held:
        held.clear()  # one is enough
        held[key] = read(path)
    return held[key]
