import errno
import tracemalloc

import pytest

from saccade.core import recipe as recipes
from saccade.core.errors import RunError
from saccade.core.run import Run

RECIPE = recipes.make({"name": "mine", "data": "digits"})


@pytest.fixture
def run(tmp_path):
    return Run.create(RECIPE, runs=tmp_path)


def fail_with(number):
    def save(path):
        path.write_bytes(b"half")
        raise OSError(number, "a reason")

    return save


def test_numbers_go_on_after_the_highest(tmp_path):
    (tmp_path / "mine-7").mkdir()
    (tmp_path / "mine-other").mkdir()
    assert Run.create(RECIPE, runs=tmp_path).path.name == "mine-8"


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(RunError, match="is not a run folder"):
        Run.open(tmp_path)


def test_runs_inside_a_file_are_refused_with_the_reason(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="Not a directory"):
        Run.create(RECIPE, runs=tmp_path / "file" / "runs")


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EPERM])
def test_a_read_only_folder_says_where_else(run, number):
    with pytest.raises(RunError, match="choose another one for runs with --runs"):
        run.save_model(fail_with(number))


def test_a_full_disk_keeps_the_old_file_and_leaves_no_debris(run):
    run.save_model(lambda path: path.write_bytes(b"old"))
    with pytest.raises(RunError, match="disk is full"):
        run.save_model(fail_with(errno.ENOSPC))
    assert run.model_path.read_bytes() == b"old"
    assert {path.name for path in run.path.iterdir()} == {"run.json", "recipe.yaml", "model.keras"}


def test_a_run_that_could_not_be_started_leaves_no_folder(tmp_path, monkeypatch):
    def full(path, text):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("saccade.core.run_folder.write_text", full)
    with pytest.raises(OSError, match="No space"):
        Run.create(RECIPE, runs=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_run_that_stopped_before_training_says_to_start_again(run):
    with pytest.raises(RunError, match=r"split.csv is missing.*Delete .* and start again"):
        _ = run.split


def test_a_damaged_manifest_is_named(run):
    (run.path / "run.json").write_text("{")
    with pytest.raises(RunError, match="run.json is damaged"):
        _ = run.manifest


def test_history_keeps_every_digit(run):
    rows = [{"epoch": 1.0, "loss": 0.1 + 0.2}]
    run.write_history(rows)
    assert run.history == rows


def test_the_recipe_comes_back_as_it_was(run):
    assert run.recipe == RECIPE


def test_predictions_are_read_row_by_row(tmp_path):
    run = Run(tmp_path)
    rows = ((f"test/{number:06}.jpg", "cat", "dog", "0.500000") for number in range(20_000))
    run.write_table("predictions", ("name", "true", "predicted", "probability"), rows)
    tracemalloc.start()
    right = run.read_predictions(lambda row: row["true"] == row["predicted"])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert right == [False] * 20_000
    assert peak < 2_000_000  # all rows at once have ten times as much
