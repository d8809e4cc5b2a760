"""Helpers that die are counted, and said in a sentence each."""

import pytest

from saccade.tuning.search_folder import SearchFolder
from saccade.tuning.workers import Workers


class Helper:
    """A process whose end tests set."""

    def __init__(self):
        self.status = None

    def poll(self):
        return self.status


@pytest.fixture
def folder(tmp_path):
    return SearchFolder(tmp_path)


def test_a_helper_that_is_killed_is_said_once_with_how_many_are_left(folder):
    helpers = Helper(), Helper()
    found = Workers(folder, helpers)
    assert list(found.news()) == []
    helpers[0].status = -9
    [said] = found.news()
    assert "was killed by signal 9, as where memory is short" in said
    assert said.endswith("1 helper is left.")
    assert list(found.news()) == []
    helpers[1].status = 1
    [said] = found.news()
    assert "ended with status 1" in said
    assert said.endswith("No helper is left; this process goes on alone.")


@pytest.mark.parametrize("status", [0, 130])
def test_a_helper_that_has_nothing_left_to_do_or_was_stopped_has_not_died(folder, status):
    helper = Helper()
    found = Workers(folder, [helper])
    helper.status = status
    assert list(found.news()) == []
    assert folder.helpers.sentence == ""


def test_at_the_end_their_number_is_told_over_all_sessions(folder):
    for _ in range(2):
        helper = Helper()
        found = Workers(folder, [helper])
        helper.status = -9
        assert len(list(found.news())) == 1
    assert folder.helpers.sentence.startswith("2 of 2 helper processes died on the way (it was killed by signal 9")
    assert folder.helpers.missing == 1


def test_what_has_died_is_not_planned_with(folder):
    (folder.path / "locks").mkdir()
    helper = Helper()
    found = Workers(folder, [helper])
    assert folder.processes(2) == 2
    helper.status = -9
    list(found.news())
    assert folder.processes(2) == 1
    Workers(folder, [Helper()])  # a session that goes on begins as many again
    assert folder.processes(2) == 2


def test_without_helpers_nothing_is_written(folder):
    Workers(folder, [])
    assert list(folder.path.iterdir()) == []
