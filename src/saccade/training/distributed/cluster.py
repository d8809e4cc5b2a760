"""Cluster: who trains together, as the command line or a cluster's own variable says it."""

import json
import os
import socket
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any, Self

from saccade.core.errors import RecipeError

WORKER = "SACCADE_WORKER"
"""The variable of the environment by which a supervisor tells a process what it is in the training."""

PORTS = 3
"""In a row that a rank uses: of TensorFlow; of rank 0 also that of the ranks, and that of the supervisors."""

EXAMPLE = "--machines 10.0.0.1:7000,10.0.0.2:7000 --rank 0"


@dataclass(frozen=True)
class Cluster:
    """Addresses "host:port" of the ranks, and which of them run here.

    Attributes:
        addresses: of each rank; two further ports above that of rank 0 are used.
        local: the ranks that this machine runs.
    """

    addresses: tuple[str, ...]
    local: tuple[int, ...]

    @property
    def size(self) -> int:
        """Ranks in all."""
        return len(self.addresses)

    @property
    def spans_machines(self) -> bool:
        """Whether some run elsewhere."""
        return len(self.local) < self.size

    def control(self, above: int) -> tuple[str, int]:
        """Return the address of rank 0 with so many added to its port: 1 for the ranks, 2 for the supervisors."""
        host, port = split_address(self.addresses[0])
        return host, port + above


@dataclass(frozen=True)
class Place:
    """What a process is in a training: one rank of a cluster; of one process alone, rank 0 of 1.

    Attributes:
        addresses: of all ranks.
        rank: from 0.
        local: how many of them share this machine.
    """

    addresses: tuple[str, ...]
    rank: int
    local: int

    @classmethod
    def of_environment(cls) -> "Self | None":
        """Return what a supervisor said that this process is; None when none started it."""
        text = os.environ.get(WORKER)
        if not text:
            return None
        found = json.loads(text)
        return cls(tuple(found["addresses"]), found["rank"], found["local"])

    def to_environment(self) -> dict[str, str]:
        """Return the variable that says it."""
        return {WORKER: json.dumps(asdict(self))}


def choose(*, processes: int | None, machines: str | None, rank: int | None, tf_config: str | None) -> Cluster | None:
    """Return who trains together; None for one process alone.

    Args:
        processes: on this machine.
        machines: "host:port,host:port", an address a rank.
        rank: which of them this is.
        tf_config: what a cluster such as Kubeflow has set; what is asked for goes before it.

    Raises:
        RecipeError: they contradict each other, or are no addresses.
    """
    if processes and machines:
        raise RecipeError("--processes is for one machine and --machines for several: choose one.")
    if rank is not None and not machines:
        raise RecipeError(f"--rank says which of the --machines this is, as in: {EXAMPLE}")
    if processes:
        return of_processes(processes) if processes > 1 else None
    if machines:
        return of_machines(machines, rank)
    return of_tf_config(tf_config) if tf_config else None


def of_processes(count: int) -> Cluster:
    """Return a cluster of processes on this machine, at ports that are free."""
    return Cluster(tuple(f"localhost:{port}" for port in _free_ports(count)), tuple(range(count)))


def of_machines(text: str, rank: int | None) -> Cluster:
    """Return the cluster that `--machines` and `--rank` say."""
    addresses = tuple(part.strip() for part in text.split(",") if part.strip())
    for address in addresses:
        split_address(address)
    if len(addresses) < 2:
        raise RecipeError(f"--machines needs the addresses of two ranks or more, found {text!r}; as in: {EXAMPLE}")
    if len(set(addresses)) < len(addresses):
        raise RecipeError(f"--machines names one address twice: {text}. Each rank needs a port of its own.")
    if rank is None or not 0 <= rank < len(addresses):
        found = "no --rank" if rank is None else f"--rank {rank}"
        raise RecipeError(f"Say which of the {len(addresses)} machines this is, 0 to {len(addresses) - 1}: {found}.")
    return Cluster(addresses, (rank,))


def of_tf_config(text: str) -> Cluster | None:
    """Return the cluster that TF_CONFIG says, the chief first; None where it is of one process.

    Raises:
        RecipeError: it is not what TensorFlow's clusters set, or has other roles than chief and worker.
    """
    try:
        found: Any = json.loads(text)
        roles: dict[str, list[str]] = found.get("cluster", {})
        task = found.get("task", {"type": "worker", "index": 0})
        kind, index = str(task["type"]), int(task["index"])
        addresses = tuple(str(each) for role in ("chief", "worker") for each in roles.get(role, ()))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        reason = "no JSON" if isinstance(error, json.JSONDecodeError) else "not of that form"
        wanted = '{"cluster": {"worker": ["a:7000", "b:7000"]}, "task": {"type": "worker", "index": 0}}'
        raise RecipeError(
            f"TF_CONFIG is not what a cluster sets, {reason}: {text[:60]!r} instead of {wanted}. "
            "Unset it to train alone."
        ) from error
    if len(addresses) < 2:
        return None
    if others := sorted(set(roles) - {"chief", "worker"}):
        raise RecipeError(
            f"TF_CONFIG has the role {others[0]}; all ranks of Saccade are workers, of which one may be the chief."
        )
    before = len(roles.get("chief", ())) if kind == "worker" else 0
    if kind not in roles or not 0 <= index < len(roles[kind]):
        raise RecipeError(f"TF_CONFIG says that this is {kind} {index}, which its cluster does not have.")
    return of_machines(",".join(addresses), before + index)


def split_address(text: str) -> tuple[str, int]:
    """Return host and port; raises RecipeError where a text is no "host:port"."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) <= 65535 - PORTS:
        raise RecipeError(f"{text!r} is not an address: write host:port, as in: {EXAMPLE}")
    return host.strip("[]"), int(port)


def _free_ports(count: int) -> list[int]:
    """Return ports that are free now, each the first of `PORTS` in a row."""
    found: list[int] = []
    while len(found) < count:
        with ExitStack() as held:
            try:
                first = _bound(held, 0)
                for above in range(1, PORTS):
                    _bound(held, first + above)
            except (OSError, OverflowError):
                continue
        if all(abs(first - other) >= PORTS for other in found):
            found.append(first)
    return found


def _bound(held: ExitStack, port: int) -> int:
    taken = held.enter_context(socket.socket())
    taken.bind(("localhost", port))
    return int(taken.getsockname()[1])
