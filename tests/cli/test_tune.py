"""Wrong input to `saccade tune`: a sentence, before anything is trained, and nothing is left behind."""

import pytest

pytest.importorskip("optuna")

from saccade.cli import run
from saccade.training.pace import TrainingPace

SMALL = ("tune", "digits", "model=dense", "model.hidden=[8]", "epochs=1")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("search", "said"),
    [
        ("{learning_rat: [1e-4, 1e-2]}", "Did you mean 'learning_rate'?"),
        ("{learning_rate: [1e-2, 1e-4]}", "write the smaller number first"),
        ("{learning_rate: [0, 1e-4]}", "search: learning_rate: Input should be greater than 0"),
        ("{learning_rate: fast}", "write [low, high]"),
        ("{optimizer: {choices: [adam, sdg]}}", "Did you mean 'sgd'?"),
        ("{model.hiden: [[8], [16]]}", "Did you mean 'hidden'?"),
        ("{augment.shift: [0.1, 0.9]}", "augment.shift"),
        ("{validation: [0.1, 0.3]}", "all settings are compared on the same rows"),
        ("{epochs: [1, 3]}", "planned by the search"),
    ],
)
def test_what_cannot_be_searched_is_said_and_nothing_is_left(search, said, tmp_path, capsys):
    assert run([*SMALL, f"search={search}", "--folder", "mine", "-q"]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "mine").exists()


@pytest.mark.heavy
def test_a_budget_that_is_too_short_says_how_long_a_training_takes(tmp_path, monkeypatch, capsys):
    slow = TrainingPace(starting=5, epoch=10, whole=100, part=5)
    monkeypatch.setattr("saccade.tuning.searching.measure_pace", lambda *arguments: slow)
    assert run([*SMALL, "--budget", "2s", "-q"]) == 2
    said = capsys.readouterr().err
    assert "2 s are too short: " in said and "the shortest training takes about 11 s here" in said
    assert not list(tmp_path.glob("searches/*"))


@pytest.mark.heavy
def test_too_few_validation_rows_are_refused(capsys):
    assert run([*SMALL, "validation=10", "-q"]) == 2
    assert "Raise --validation" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--resume", "nothing"], "holds no search"),
        (["--resume", "nothing", "--budget", "3m"], "as it was begun"),
        (["digits", "--budget", "soon"], "write a time as 90s, 5m or 1.5h"),
        (["digits", "--budgt", "3m"], "Did you mean"),
        (["digist"], "Did you mean 'digits'?"),
    ],
)
def test_words_that_make_no_sense_are_answered_with_a_sentence(words, said, capsys):
    assert run(["tune", *words]) == 2
    assert said in capsys.readouterr().err


def test_the_budget_in_the_help_is_that_of_the_whole_search(capsys):
    assert run(["tune", "--help"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("--budget TIME") == 1
    assert "--learning-rate" in shown
