"""Runs the service until it is told to stop, in this process or in several."""

import logging
import math
import os
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from saccade.core.errors import SaccadeError
from saccade.serving import logs
from saccade.serving.http_connection import Connection
from saccade.serving.prometheus_metrics import SHARED
from saccade.serving.worker import Worker, has_started

BACKLOG = 1024
"""Connections that may wait to be accepted."""


class ServingError(SaccadeError):
    """The service cannot be started."""


def serve(
    make: Callable[[], ASGIApp], *, host: str = "127.0.0.1", port: int = 8000, patience: float = 30, workers: int = 1
) -> None:
    """Answer requests until SIGTERM or SIGINT; then finish what is in flight.

    Args:
        make: makes the application, as `make_app` does. For several workers, which are started anew, a function of a
            module, or a `partial` of one; and a script that calls this needs its `if __name__ == "__main__":`.
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
    with closing(_listen(host, port)) as listening, _signals_as_before():
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
            # longer than any request may take: what is late gets its 408 or 503 before
            timeout_graceful_shutdown=math.ceil(patience) + 2,
        )
        (_supervise if workers > 1 else _run)(config, listening)
        logs.event("stopped")


def _run(config: uvicorn.Config, listening: socket.socket) -> None:
    """Answer by this process."""
    server = uvicorn.Server(config)

    def stop(*_: object) -> None:  # before the server listens to signals, and when it sends them again at its end
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    _say_listening(config, listening)
    server.run(sockets=[listening])


def _supervise(config: uvicorn.Config, listening: socket.socket) -> None:
    """Answer by several processes that listen at the same socket and count into the same files."""
    with tempfile.TemporaryDirectory(prefix="saccade-measures-") as folder, _variable(SHARED, folder):
        ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        supervisor = _Supervisor(config, [listening])
        # by itself it starts the workers anew, and the service would outlive the terminal that it was started in
        stop = signal.SIG_IGN if ignored else lambda *_: supervisor.should_exit.set()
        signal.signal(signal.SIGHUP, stop)  # ignored: nohup
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)
        _say_listening(config, listening)
        supervisor.run()
    if supervisor.failed:
        raise ServingError("A worker could not start; the log says why.")


class _Supervisor(Multiprocess):
    """uvicorn's, but nobody can connect any more when it stops, and it waits for no answer of those it looks after.

    A worker that ends, or is loading its packages, answers no question; meanwhile nobody would hear a signal to stop.
    """

    failed = False

    def keep_subprocess_alive(self) -> None:
        """Replace workers that have ended; stop if none ever began to answer, for others would do no better."""
        for position, worker in enumerate(self.processes):
            if worker.process.is_alive():
                continue
            worker.join()
            logs.event("worker has ended", level=logging.ERROR, worker=worker.pid, exit_code=worker.exitcode)
            if not has_started():
                self.failed = True
                self.should_exit.set()
                return
            self.processes[position] = Process(self.config, self.sockets)
            self.processes[position].start()

    def terminate_all(self) -> None:
        for each in self.sockets:
            each.close()
        super().terminate_all()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise ServingError(f"Cannot listen at {host}, port {port}: {reason}. Try another --port.") from error
    # asyncio does so only for sockets that it opened itself; without it, every answer comes 40 ms late
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _say_listening(config: uvicorn.Config, listening: socket.socket) -> None:
    logs.event("listening", address=_address(listening), workers=config.workers)


@contextmanager
def _variable(name: str, value: str) -> Iterator[None]:
    """Set a variable of the environment, for processes that are started meanwhile."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]
        if before is not None:
            os.environ[name] = before


@contextmanager
def _signals_as_before() -> Iterator[None]:
    """Restore what signals did, and outlive those to stop: the web server sends them again when it has stopped."""
    before = {number: signal.getsignal(number) for number in signal.valid_signals()}
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not None and signal.getsignal(number) is not handler:
                signal.signal(number, handler)
