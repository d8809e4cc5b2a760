import pytest

from saccade.core.errors import RunError
from saccade.tuning.clock import SearchClock
from saccade.tuning.search_folder import SearchFolder
from saccade.tuning.search_progress import SearchProgress, Ticking


class Heard(SearchProgress):
    def __init__(self):
        self.rows, self.texts = [], []

    def moved(self, text, *, used):
        self.texts.append(text)

    def epoch_done(self, row):
        self.rows.append(row)


def ticking(path, most):
    now, heard = [0.0], Heard()
    clock = SearchClock(SearchFolder(path), now=lambda: now[0])
    return Ticking(clock, heard, glance=lambda: None, most=most), now, heard


def test_a_training_is_passed_on_epoch_by_epoch(tmp_path):
    progress, _, heard = ticking(tmp_path, 100)
    row = {"epoch": 1.0, "loss": 1.0, "val_accuracy": 0.5}
    progress.epoch_done(row, best=True)
    assert heard.rows == [row]
    assert heard.texts == ["epoch 1: val_accuracy 0.5000"]


def test_a_trial_that_takes_the_time_of_the_last_trainings_is_given_up(tmp_path):
    progress, now, _ = ticking(tmp_path, 10)
    now[0] = 9
    progress.epoch_done({"epoch": 1.0}, best=True)
    now[0] = 11
    with pytest.raises(RunError, match="Given up after 10 s"):
        progress.epoch_done({"epoch": 2.0}, best=True)


def test_processes_that_work_on_a_search_are_counted(tmp_path):
    folder = SearchFolder(tmp_path)
    first, second = folder.join(), folder.join()
    assert folder.processes() == 2
    first.release()
    assert folder.processes() == 1
    assert folder.processes(least=3) == 3
    second.release()
