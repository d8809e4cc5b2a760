import shlex
from pathlib import Path

import pytest

from saccade.core.errors import RunError
from saccade.core.run_files import damaged, missing
from saccade.core.shell_words import shell_word


@pytest.mark.parametrize("text", ["photos/", "my photos/", "it's", "a & b", "Müll (neu)", "$HOME", ""])
def test_a_shell_reads_a_word_as_it_was(text):
    assert shlex.split(f"saccade train {shell_word(text)} epochs=1") == ["saccade", "train", text, "epochs=1"]


def test_what_helps_with_a_damaged_file_can_be_pasted(tmp_path):
    run = tmp_path / "my runs" / "quick-1"
    said = str(damaged(run / "predictions.csv", "cut short"))
    assert f"saccade evaluate '{run}'" in said


def test_what_helps_with_a_missing_file_can_be_pasted(tmp_path):
    run: Path = tmp_path / "my runs" / "quick-1"
    run.mkdir(parents=True)
    (run / "recipe.yaml").touch()
    (run / "model.keras").touch()
    found = missing(run / "run.json")
    assert isinstance(found, RunError)
    assert f"saccade train '{run}/recipe.yaml'" in str(found)
