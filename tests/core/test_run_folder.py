"""The folder of a run: what is read from it once, and again when it has changed."""

import pytest

from saccade.core import recipe as recipes
from saccade.core import run_folder
from saccade.core.errors import RunError
from saccade.core.run import Run


def test_settings_are_read_once_and_again_when_they_have_changed(tmp_path, monkeypatch):
    reads = []
    read = recipes.read
    monkeypatch.setattr(run_folder.recipes, "read", lambda path: reads.append(path) or read(path))
    run = Run.create(recipes.make({"epochs": 3}), folder=tmp_path / "run")
    assert (run.recipe.epochs, run.recipe.epochs, len(reads)) == (3, 3, 1)
    run.write_recipe(recipes.make({"epochs": 12}))
    assert (run.recipe.epochs, len(reads)) == (12, 2)


def test_settings_that_are_gone_are_missed(tmp_path):
    run = Run.create(recipes.make({}), folder=tmp_path / "run")
    assert run.recipe
    (run.path / "recipe.yaml").unlink()
    with pytest.raises(RunError, match="recipe.yaml is missing"):
        _ = run.recipe
