"""World: the ranks that train together, and which of them this process is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from saccade.training.distributed.peers import Peers

Value = TypeVar("Value")


@dataclass(frozen=True)
class World:
    """The ranks of a training.

    Attributes:
        rank: of this process, from 0. Only rank 0 writes the run and does what comes after training.
        size: ranks in all.
        local: how many of them share this machine.
        peers: the way to the others; None for one process alone.
        trainer: makes what Keras fits, of a network and an objective; None: that of one process.
    """

    rank: int = 0
    size: int = 1
    local: int = 1
    peers: "Peers | None" = None
    trainer: Callable[..., Any] | None = None

    @property
    def is_first(self) -> bool:
        """Whether this is rank 0."""
        return self.rank == 0

    def exchange(self, value: Any) -> list[Any]:
        """Return what all ranks give, by rank; anything that JSON can say."""
        return self.peers.exchange(value) if self.peers else [value]

    def broadcast(self, content: bytes) -> bytes:
        """Return what rank 0 gives."""
        return self.peers.broadcast(content) if self.peers else content

    def agree(self, value: Value) -> Value:
        """Return the value of rank 0: what depends on the clock must be the same everywhere."""
        found: Value = self.exchange(value)[0]
        return found

    def any(self, value: bool) -> bool:
        """Say whether it is so on any rank."""
        return any(self.exchange(value))


_worlds = [World()]


def current() -> World:
    """Return the world that this process is in: alone, or that of `entered`."""
    return _worlds[-1]


@contextmanager
def entered(world: World) -> Iterator[World]:
    """Let everything that trains in the meantime do so as a rank of a world."""
    _worlds.append(world)
    try:
        yield world
    finally:
        _worlds.pop()
