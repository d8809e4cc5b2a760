"""The folder of a run: what is read from it once, and again when it has changed."""

import pytest

from saccade.core import recipe as recipes
from saccade.core import run_folder
from saccade.core.errors import RunError
from saccade.core.run import Run
from saccade.report.run_listing import list_runs


def test_settings_are_read_once_and_again_when_they_have_changed(tmp_path, monkeypatch):
    reads = []
    read = recipes.read
    monkeypatch.setattr(run_folder.recipes, "read", lambda path: reads.append(path) or read(path))
    run = Run.create(recipes.make({"epochs": 3}), folder=tmp_path / "run")
    assert (run.recipe.epochs, run.recipe.epochs, len(reads)) == (3, 3, 1)
    run.write_recipe(recipes.make({"epochs": 12}))
    assert (run.recipe.epochs, len(reads)) == (12, 2)


def test_a_file_in_place_of_the_folder_of_runs_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(RunError, match=r"notes.txt is a file, so no runs can be in it. Name a folder with --runs"):
        Run.create(recipes.make({}), runs=tmp_path / "notes.txt")
    with pytest.raises(RunError, match="is a file"):
        list_runs(tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_settings_that_are_gone_are_missed(tmp_path):
    run = Run.create(recipes.make({}), folder=tmp_path / "run")
    assert run.recipe
    (run.path / "recipe.yaml").unlink()
    with pytest.raises(RunError, match="recipe.yaml is missing"):
        _ = run.recipe
