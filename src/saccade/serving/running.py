"""Runs the service until it is told to stop, in this process or in several."""

import os
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from saccade.errors import SaccadeError
from saccade.serving import logs
from saccade.serving.connecting import Connection
from saccade.serving.measuring import SHARED
from saccade.serving.working import Worker

BACKLOG = 1024
"""Connections that may wait to be accepted."""


class ServingError(SaccadeError):
    """The service cannot be started."""


def serve(
    make: Callable[[], ASGIApp], *, host: str = "127.0.0.1", port: int = 8000, patience: float = 30, workers: int = 1
) -> None:
    """Answer requests until SIGTERM or SIGINT; then finish what is in flight.

    Args:
        make: makes the application, as `make_app` does; can be pickled, if there are several workers.
        host: address to listen at; 127.0.0.1 is reached from this machine only.
        port: 0 takes a free one.
        patience: seconds for what is in flight when it is time to stop.
        workers: processes that answer. One that dies is replaced. With 1 it is this process.

    Raises:
        ServingError: the address is taken or is none of this machine, several workers are asked of Windows, or one
            cannot start.
    """
    if workers > 1 and os.name != "posix":
        raise ServingError("Several workers need Linux or macOS: --workers 1.")
    listening = _listen(host, port)
    logs.configure()
    config = uvicorn.Config(
        Worker(make) if workers > 1 else make,
        factory=True,
        workers=workers,
        http=Connection,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=int(patience),
    )
    with _asked_to_stop():
        logs.event("listening", address=_address(listening), workers=workers)
        if workers > 1:
            _supervise(config, listening)
        else:
            uvicorn.Server(config).run(sockets=[listening])
        logs.event("stopped")


def _supervise(config: uvicorn.Config, listening: socket.socket) -> None:
    """Answer by several processes that listen at the same socket and count into the same files."""
    with tempfile.TemporaryDirectory(prefix="saccade-measures-") as folder:
        os.environ[SHARED] = folder  # for the workers
        supervisor = Multiprocess(config, [listening])
        # its own way is to start them anew, and the service would outlive the terminal that it was started in
        signal.signal(signal.SIGHUP, lambda *_: supervisor.should_exit.set())
        supervisor.run()
        del os.environ[SHARED]
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        raise ServingError("A worker could not start; the log says why.")


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ServingError(f"Cannot listen at {host}, port {port}: {reason}. Try another --port.") from error
    # asyncio does so only for sockets that it opened itself; without it, every answer comes 40 ms late
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def _asked_to_stop() -> Iterator[None]:
    """Let the process go on after a signal to stop: the web server sends it again when it has stopped."""
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: None) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
