"""Heartbeats between the supervisors of several machines, so that each knows within seconds that another has died.

All supervisors but the first call the first and say once a second that they are there; it answers each. Who hears
nothing for `SILENCE_SECONDS` (a machine without power), or finds the line cut (a process that was killed), gives up;
the first also tells all others why.
"""

import json
import threading
import time
from collections.abc import Callable, Container
from functools import partial
from multiprocessing.connection import Client, Connection, Listener
from typing import Any

from saccade.core.errors import RunError
from saccade.training.distributed.cluster import Cluster

BEAT_SECONDS = 1.0
SILENCE_SECONDS = 20.0

PATIENT_SECONDS = 5.0
"""After which it is said for whom one waits."""

ALIVE, DONE, FAILED = "alive", "done", "failed"


class Heartbeat:
    """What is known of the other machines.

    Attributes:
        failure: why the training cannot go on, a sentence; "" as long as it can.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.failure = ""
        self._cluster, self._rank = cluster, cluster.local[0]
        self._state: dict[str, Any] = {"state": ALIVE}
        self._done = threading.Event()
        self._threads: list[threading.Thread] = []

    def gather(self, *, seconds: float, say: Callable[[str], None] = lambda text: None) -> None:
        """Wait until the supervisors of all ranks are there; raises RunError when one does not come in time.

        Args:
            seconds: to wait.
            say: is told for whom, once, when it is not over soon.
        """
        deadline = time.monotonic() + seconds
        self._say, self._say_at = say, time.monotonic() + PATIENT_SECONDS
        found = self._await_others(deadline) if self._rank == 0 else {0: self._call(deadline)}
        for rank, connection in found.items():
            thread = threading.Thread(target=self._live_with, args=(rank, connection), daemon=True)
            thread.start()
            self._threads.append(thread)

    def end(self, failure: str = "") -> None:
        """Tell the others that this machine is done, or why it failed."""
        self._state = {"state": FAILED, "why": failure} if failure else {"state": DONE}
        self._done.set()
        for thread in self._threads:
            thread.join(2 * BEAT_SECONDS)

    def _await_others(self, deadline: float) -> dict[int, Connection]:
        _, port = self._cluster.control(2)
        found: dict[int, Connection] = {}
        try:
            listener = Listener(("", port), backlog=self._cluster.size)
        except OSError as error:
            raise RunError(f"Rank 0 cannot listen at port {port}: {error.strerror}. Choose another port.") from error
        accepting = threading.Thread(target=self._accept, args=(listener, found), daemon=True)
        accepting.start()
        while len(found) < self._cluster.size - 1 and not self.failure and time.monotonic() < deadline:
            self._say_once(lambda: f"Rank {self._missing(found)}", deadline)
            time.sleep(0.1)
        if self.failure:
            raise RunError(self.failure)
        if missing := self._missing(found):
            raise RunError(f"Rank {missing} did not come. Start the same command there, with its own --rank.")
        return found

    def _missing(self, found: Container[int]) -> str:
        """Return the ranks that have not come: "1 (10.0.0.2:7000), 2 (10.0.0.3:7000)"; "" when all have."""
        ranks = (rank for rank in range(1, self._cluster.size) if rank not in found)
        return ", ".join(f"{rank} ({self._cluster.addresses[rank]})" for rank in ranks)

    def _say_once(self, who: Callable[[], str], deadline: float) -> None:
        now = time.monotonic()
        if now >= self._say_at:
            self._say_at = float("inf")
            self._say(
                f"Waiting, at most {deadline - now:.0f} s more. {who()} has not come: start the same command there."
            )

    def _accept(self, listener: Listener, found: dict[int, Connection]) -> None:
        with listener:
            while len(found) < self._cluster.size - 1:
                connection = listener.accept()
                said = json.loads(connection.recv_bytes())
                if said["addresses"] != list(self._cluster.addresses) or said["rank"] in found:
                    self.failure = (
                        f"A machine that says it is rank {said['rank']} of {len(said['addresses'])} does not belong to "
                        f"these {self._cluster.size}: give all the same --machines, and each its own --rank."
                    )
                    connection.send_bytes(json.dumps({"state": FAILED, "why": self.failure}).encode())
                    return
                found[said["rank"]] = connection

    def _call(self, deadline: float) -> Connection:
        host, port = self._cluster.control(2)
        said = {"rank": self._rank, "addresses": list(self._cluster.addresses)}
        while time.monotonic() < deadline:
            try:
                connection = Client((host, port))
                connection.send_bytes(json.dumps(said).encode())
            except OSError as error:
                why = error.strerror or type(error).__name__
                self._say_once(partial("Rank 0 ({}, port {}: {})".format, host, port, why), deadline)
                time.sleep(0.5)  # rank 0 is not there yet
            else:
                return connection
        raise RunError(f"Rank 0 is not at {host}, port {port}. Start the same command there, with --rank 0.")

    def _live_with(self, rank: int, connection: Connection) -> None:
        """Say and hear in turn until one of the two is done or the other has gone."""
        try:
            with connection:
                if self._talk(connection):
                    self._part(connection)
        except (EOFError, OSError):
            if not self._done.is_set():
                self.failure = self.failure or f"The machine of rank {rank} has gone."

    def _talk(self, connection: Connection) -> bool:
        """Say and hear in turn; return True when this machine is done, False when the other said that it is."""
        heard = time.monotonic()
        while not self._done.is_set():
            connection.send_bytes(json.dumps(self._said()).encode())
            if connection.poll(BEAT_SECONDS):
                said = json.loads(connection.recv_bytes())
                heard = time.monotonic()
                if said["state"] == FAILED:
                    self.failure = self.failure or said["why"]
                if said["state"] != ALIVE:
                    return False
                self._done.wait(BEAT_SECONDS / 4)
            elif time.monotonic() - heard > SILENCE_SECONDS:
                raise TimeoutError
        return True

    def _part(self, connection: Connection) -> None:
        """Say the last word, and keep the line until the other has it: one that is cut may lose what was sent."""
        connection.send_bytes(json.dumps(self._said()).encode())
        while connection.poll(BEAT_SECONDS):
            if json.loads(connection.recv_bytes())["state"] != ALIVE:
                return

    def _said(self) -> dict[str, Any]:
        return {"state": FAILED, "why": self.failure} if self.failure and not self._done.is_set() else self._state
