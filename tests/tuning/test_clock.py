import pytest

from saccade.tuning.clock import LEAD, SearchClock
from saccade.tuning.search_folder import SearchFolder


class Now:
    """A time that tests set."""

    def __init__(self):
        self.time = 100.0

    def __call__(self):
        return self.time


def test_what_was_used_before_a_stop_counts_and_the_pause_does_not(tmp_path):
    folder, now = SearchFolder(tmp_path), Now()
    clock = SearchClock(folder, used=5, now=now)
    now.time += 30
    assert clock.used == 35
    clock.close()
    now.time += 10_000
    assert SearchClock(folder, used=2, now=now).used == pytest.approx(37)


def test_a_kill_loses_what_was_not_written_yet_and_no_more(tmp_path):
    folder, now = SearchFolder(tmp_path), Now()
    clock = SearchClock(folder, now=now)
    for _ in range(10):
        now.time += 1.1
        clock.tick()
    assert clock.used == pytest.approx(11)
    assert 9 <= folder.used() <= 11


def test_a_second_process_goes_by_the_clock_of_the_first_and_takes_it_over(tmp_path):
    folder, now = SearchFolder(tmp_path), Now()
    first = SearchClock(folder, used=50, now=now)
    second = SearchClock(folder, used=20, now=now)  # what it took to start is not the search's
    assert first.leads
    assert not second.leads
    assert second.used == pytest.approx(50, abs=2)
    first.close()
    assert second.leads
    assert folder.is_claimed(LEAD)
