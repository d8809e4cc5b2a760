"""Peers: the ranks of a training tell each other small things, through rank 0.

It goes beside TensorFlow's own channel, because it works before that is there, and for what is not a tensor. Messages
are JSON, and a file or two; like TensorFlow's, the channel has no password: it is for a network that is trusted.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Client, Connection, Listener
from typing import Any

from saccade.core.errors import RunError
from saccade.training.distributed.cluster import Place, split_address

LOST = (EOFError, OSError)


class Peers:
    """Connections between rank 0 and all others: of rank 0 one to each, of the others one to rank 0."""

    def __init__(self, rank: int, connections: list[Connection]) -> None:
        self._rank, self._connections = rank, connections

    def exchange(self, value: Any) -> list[Any]:
        """Return what all ranks give, by rank; waits for all of them.

        Args:
            value: anything that JSON can say.

        Raises:
            RunError: a rank has gone.
        """
        if self._rank == 0:
            values = [value, *(json.loads(self._receive(rank)) for rank in range(1, len(self._connections) + 1))]
            self._send(json.dumps(values).encode())
            return values
        self._send(json.dumps(value).encode())
        found: list[Any] = json.loads(self._receive(0))
        return found

    def broadcast(self, content: bytes) -> bytes:
        """Return what rank 0 gives; the others give anything."""
        if self._rank == 0:
            self._send(content)
            return content
        return self._receive(0)

    def _send(self, content: bytes) -> None:
        for number, connection in enumerate(self._connections, start=1):
            try:
                connection.send_bytes(content)
            except LOST as error:
                raise _gone(number if self._rank == 0 else 0) from error

    def _receive(self, rank: int) -> bytes:
        try:
            return self._connections[max(0, rank - 1)].recv_bytes()
        except LOST as error:
            raise _gone(rank) from error


@contextmanager
def connected(place: Place) -> Iterator[Peers]:
    """Connect to all other ranks; waits until they are there: the supervisor says how long that may take."""
    host, port = split_address(place.addresses[0])
    connections = _accepted(place, host, port + 1) if place.rank == 0 else [_called(place, host, port + 1)]
    try:
        yield Peers(place.rank, connections)
    finally:
        for connection in connections:
            connection.close()


def _accepted(place: Place, host: str, port: int) -> list[Connection]:
    at = host if host == "localhost" else ""
    found: dict[int, Connection] = {}
    try:
        with Listener((at, port), backlog=len(place.addresses)) as listener:
            while len(found) < len(place.addresses) - 1:
                connection = listener.accept()
                found[int(json.loads(connection.recv_bytes()))] = connection
    except OSError as error:
        raise RunError(f"Rank 0 cannot listen at port {port}: {error.strerror}. Choose another port.") from error
    return [found[rank] for rank in sorted(found)]


def _called(place: Place, host: str, port: int) -> Connection:
    while True:
        try:
            connection = Client((host, port))
        except OSError:
            time.sleep(0.2)  # rank 0 is not there yet
        else:
            connection.send_bytes(json.dumps(place.rank).encode())
            return connection


def _gone(rank: int) -> RunError:
    return RunError(f"Rank {rank} of the training has gone. Go on with --resume when all machines are there again.")
