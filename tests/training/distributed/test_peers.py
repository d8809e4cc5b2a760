"""Ranks talk to each other, and notice who has gone; each rank is a thread here."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from saccade.core.errors import RunError
from saccade.training.distributed.cluster import Place, of_processes
from saccade.training.distributed.peers import connected
from saccade.training.distributed.world import World, current, entered


def as_ranks(size, act):
    """Return what each rank's `act(peers, rank)` gives."""
    addresses = of_processes(size).addresses

    def live(rank):
        with connected(Place(addresses, rank, size)) as peers:
            return act(peers, rank)

    with ThreadPoolExecutor(size) as ranks:
        return [*ranks.map(live, range(size))]


def test_all_ranks_hear_what_each_says():
    assert (
        as_ranks(3, lambda peers, rank: peers.exchange({"rank": rank})) == [[{"rank": each} for each in range(3)]] * 3
    )


def test_what_rank_0_gives_reaches_all():
    content = bytes(1_000_000)
    assert as_ranks(2, lambda peers, rank: peers.broadcast(content if rank == 0 else b"")) == [content] * 2


def test_ranks_agree_on_what_rank_0_measured_and_stop_when_any_is_asked_to():
    def act(peers, rank):
        world = World(rank, 3, 3, peers)
        return world.agree(rank + 0.5), world.any(rank == 2), world.any(False)

    assert as_ranks(3, act) == [(0.5, True, False)] * 3


@pytest.mark.parametrize("leaver", [0, 1])
def test_a_rank_that_has_gone_is_named(leaver):
    def act(peers, rank):
        if rank == leaver:
            return None
        with pytest.raises(RunError, match=f"Rank {leaver} of the training has gone"):
            peers.exchange(1)
        return "noticed"

    assert sorted(map(str, as_ranks(2, act))) == ["None", "noticed"]


def test_alone_everything_is_ones_own():
    assert current().exchange(5) == [5]
    assert current().is_first
    with ExitStack() as inside:
        inside.enter_context(entered(World(1, 2)))
        assert not current().is_first
    assert current().size == 1
