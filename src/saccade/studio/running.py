"""Runs the studio until Ctrl-C: says its address, opens the browser; what trains goes on without it."""

import os
import secrets
import socket
import threading
import webbrowser
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import uvicorn

from saccade.core.errors import SaccadeError
from saccade.core.run_folder import refuse_file
from saccade.studio.app import make_app
from saccade.studio.context import Context

HOST = "127.0.0.1"

USUAL_PORT = 8400


class StudioError(SaccadeError):
    """The studio cannot be started."""


def make_context(workspace: Path, runs: Path) -> Context:
    """Return the context of a studio on a folder; raises StudioError where it is none, RunError where runs are a file.

    Args:
        workspace: the folder.
        runs: where the runs lie, read from the workspace; it need not be there yet.
    """
    if not workspace.is_dir():
        raise StudioError(f"{workspace} is not a folder. Name the one that your photos or tables are in.")
    folder = workspace.resolve()
    place = (folder / runs.expanduser()).resolve()
    refuse_file(place)
    return Context(folder, place, token=secrets.token_urlsafe(24))


def run(
    context: Context,
    *,
    port: int | None = None,
    say: Callable[[str], object] = lambda address: None,
    browser: bool = True,
) -> None:
    """Answer until Ctrl-C or SIGTERM.

    Args:
        context: as `make_context` makes it.
        port: None: the usual one, or a free one when that is taken; 0: a free one.
        say: is told the address, with the token in it.
        browser: open it there.

    Raises:
        StudioError: the port is taken.
    """
    with closing(_listen(port)) as listening:
        address = f"http://{HOST}:{listening.getsockname()[1]}/?token={context.token}"
        config = uvicorn.Config(
            make_app(context),
            log_level="error",
            access_log=False,
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=1,
        )
        context.jobs.keep_beginning()
        say(address)
        if browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        with suppress(KeyboardInterrupt):  # the web server sends it again when it has stopped
            uvicorn.Server(config).run(sockets=[listening])


def _listen(port: int | None) -> socket.socket:
    wanted = USUAL_PORT if port is None else port
    try:
        listening = socket.create_server((HOST, wanted))
    except (OSError, OverflowError) as error:
        if port is None:
            return _listen(0)
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise StudioError(
            f"Cannot listen at port {port}: {reason}. Try another --port, or 0 for a free one."
        ) from error
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
