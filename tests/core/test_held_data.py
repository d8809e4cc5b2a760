"""Data that are held are not read again, by the runs that were trained on them only."""

from dataclasses import replace

import pytest

from saccade.core.held_data import held_for, holding
from saccade.tasks import base


class Known:
    """A run that says which data it was trained on."""

    def __init__(self, dataset):
        self.data = {**dataset.record(), "notes": list(dataset.notes)}


class Data:
    def __init__(self, name="stripes"):
        self.name, self.notes = name, ()

    def record(self):
        return {"name": self.name, "notes": self.notes}


def test_data_are_held_within_the_block_for_runs_that_were_trained_on_them():
    data = Data()
    assert held_for(Known(data)) is None
    with holding(data):
        assert held_for(Known(data)) is data
        assert held_for(Known(Data("dots"))) is None
    assert held_for(Known(data)) is None


def test_an_error_lets_go_of_them():
    with pytest.raises(KeyError), holding(Data()):
        raise KeyError
    assert held_for(Known(Data())) is None


@pytest.mark.heavy
def test_a_reload_reads_again_only_what_is_not_held(digits_run):
    run = digits_run()
    read = base.reload(run)
    with holding(read):
        assert base.reload(run) is read
        assert base.reload(run, data="digits") is not read
    other = replace(read, notes=("other",))
    with holding(other):
        assert base.reload(run) is not other
