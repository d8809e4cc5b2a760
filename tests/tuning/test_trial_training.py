"""What a training of a search is compared by."""

from types import SimpleNamespace

import pytest

from saccade.core.errors import DataError
from saccade.tuning import trial_training
from saccade.tuning.trial_training import measured

TASK = SimpleNamespace(monitor="val_accuracy", monitor_mode="max", search_score=lambda run, dataset: None)


def finished(monitor, **best):
    """Return a run that has ended, its best epoch chosen by a measure."""
    return SimpleNamespace(path="mine", manifest={"status": "finished", "monitor": monitor, "best": best})


@pytest.fixture(autouse=True)
def classification(monkeypatch):
    monkeypatch.setattr(trial_training.base, "for_run", lambda run: TASK)


def test_all_ways_to_train_are_compared_by_the_same_measure():
    race = finished("val_accuracy", val_accuracy=0.9)
    solved = finished("val_balanced_accuracy", val_accuracy=0.92)  # a solved layer has no balanced accuracy
    by_epochs = finished("val_balanced_accuracy", val_accuracy=0.91, val_balanced_accuracy=0.8)
    found = [measured(each, None, as_a_race=True) for each in (race, solved, by_epochs)]
    assert found == [("val_accuracy", value, value) for value in (0.9, 0.92, 0.91)]


def test_without_several_ways_a_training_is_compared_by_what_chose_its_epoch():
    run = finished("val_balanced_accuracy", val_accuracy=0.91, val_balanced_accuracy=0.8)
    assert measured(run, None) == ("val_balanced_accuracy", 0.8, 0.8)


def test_a_training_that_validation_says_nothing_of_is_refused():
    with pytest.raises(DataError, match="Nothing on validation says how good"):
        measured(finished("val_balanced_accuracy", val_accuracy=0.9), None)
