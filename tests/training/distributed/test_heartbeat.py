"""Supervisors of two machines, each a thread here."""

import threading
import time

import pytest

from saccade.core.errors import RunError
from saccade.training.distributed import heartbeat
from saccade.training.distributed.cluster import Cluster, of_processes
from saccade.training.distributed.heartbeat import Heartbeat

pytestmark = pytest.mark.slow


@pytest.fixture
def two():
    addresses = of_processes(2).addresses
    beats = [Heartbeat(Cluster(addresses, (rank,))) for rank in range(2)]
    joining = threading.Thread(target=beats[1].gather, kwargs={"seconds": 10})
    joining.start()
    beats[0].gather(seconds=10)
    joining.join()
    yield beats
    for each in beats:
        each.end()


def wait_for(condition):
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


@pytest.mark.parametrize(("speaker", "hearer"), [(0, 1), (1, 0)])
def test_why_one_failed_is_known_to_the_other(two, speaker, hearer):
    two[speaker].end("Rank 7 was killed by signal 9.")
    assert wait_for(lambda: two[hearer].failure) == "Rank 7 was killed by signal 9."


def test_one_that_is_done_has_not_failed(two):
    two[1].end()
    time.sleep(0.5)
    assert not two[0].failure


def test_one_that_says_nothing_any_more_has_gone(two, monkeypatch):
    monkeypatch.setattr(heartbeat, "SILENCE_SECONDS", 0.5)
    monkeypatch.setattr(two[1], "_said", lambda: time.sleep(3) or {"state": "alive"})
    assert wait_for(lambda: "rank 1 has gone" in two[0].failure)


def test_one_that_does_not_come_is_named():
    addresses = of_processes(2).addresses
    with pytest.raises(RunError, match=r"Rank 1 \(localhost:\d+\) did not come"):
        Heartbeat(Cluster(addresses, (0,))).gather(seconds=0.2)
    addresses = of_processes(2).addresses
    with pytest.raises(RunError, match="Start the same command there, with --rank 0"):
        Heartbeat(Cluster(addresses, (1,))).gather(seconds=0.2)


@pytest.mark.parametrize(("rank", "whom"), [(0, "Rank 1 (localhost:"), (1, "Rank 0 (localhost, port ")])
def test_for_whom_one_waits_is_said_once(monkeypatch, rank, whom):
    monkeypatch.setattr(heartbeat, "PATIENT_SECONDS", 0.1)
    said = []
    with pytest.raises(RunError):
        Heartbeat(Cluster(of_processes(2).addresses, (rank,))).gather(seconds=1.2, say=said.append)
    assert len(said) == 1
    assert whom in said[0]
    assert "has not come: start the same command there" in said[0]


def test_one_of_another_cluster_is_refused():
    addresses = of_processes(3).addresses
    first = Heartbeat(Cluster(addresses[:2], (0,)))
    other = threading.Thread(target=Heartbeat(Cluster(addresses, (1,))).gather, kwargs={"seconds": 5})
    other.start()
    with pytest.raises(RunError, match="rank 1 of 3 does not belong to these 2"):
        first.gather(seconds=5)
    other.join()
