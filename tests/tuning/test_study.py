import pytest

pytest.importorskip("optuna")

from saccade.tuning.dimension import Choice, Range
from saccade.tuning.study import Study

SPACE = (Range("rate", 1e-4, 1e-1, log=True), Choice("layers", ([1, 1], [1, 2])), Range("units", 8, 64))
OWN = {"rate": 1e-2, "layers": [1, 2], "units": 16}


def test_trial_0_is_the_recipe_and_the_others_stay_within_bounds(tmp_path):
    study = Study(tmp_path / "journal.log", SPACE, seed=0)
    assert [study.ask(OWN) for _ in range(6)] == list(range(6))
    assert study.values(0) == {}
    for number in range(1, 6):
        values = study.values(number)
        assert all(each.holds(values[each.name]) for each in SPACE)


def test_a_recipe_outside_of_the_bounds_is_trial_0_all_the_same(tmp_path):
    study = Study(tmp_path / "journal.log", SPACE, seed=0)
    assert study.ask({**OWN, "rate": 5.0}) == 0
    study.tell(0, 0.5)
    assert study.values(study.ask(OWN))


def test_two_processes_see_each_others_trials(tmp_path):
    one, other = (Study(tmp_path / "journal.log", SPACE, seed=0) for _ in range(2))
    assert one.ask(OWN) == 0
    assert other.ask(OWN) == 1
    other.tell(0, 0.5)
    one.tell(0, 0.1)  # told already: nothing changes
    assert one.unfinished == other.unfinished == [1]


def test_the_same_history_asks_for_the_same_trial(tmp_path):
    found = []
    for name in ("a", "b"):
        for _ in range(3):  # opened anew each time, as after a kill
            study = Study(tmp_path / name, SPACE, seed=4)
            study.tell(study.ask(OWN), 0.5)
        found.append([study.values(number) for number in range(3)])
    assert found[0] == found[1]


def test_a_line_that_was_half_written_when_a_process_was_killed_is_cut(tmp_path):
    journal = tmp_path / "journal.log"
    study = Study(journal, SPACE, seed=0)
    study.tell(study.ask(OWN), 0.5)
    with journal.open("ab") as file:
        file.write(b'{"op_code": 5, "worker')
    study = Study(journal, SPACE, seed=0)
    assert study.ask(OWN) == 1
    assert Study(journal, SPACE, seed=0).count == 2


def test_the_setting_that_matters_is_named_once_there_are_enough_trials(tmp_path):
    study = Study(tmp_path / "journal.log", SPACE, seed=0)
    for _ in range(25):
        number = study.ask(OWN)
        study.tell(number, float(study.values(number).get("units", 16)))
        if number < 5:
            assert study.importances() == {}
    shares = study.importances()
    assert max(shares, key=shares.get) == "units"
    assert sum(shares.values()) == pytest.approx(1)
