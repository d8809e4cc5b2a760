"""A whole search on the command line: what it leaves, what it says, and how it goes on after a kill."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("optuna")

from saccade.cli import run as command_line
from saccade.core import recipe as recipes
from saccade.core.run import Run
from saccade.tuning.dimension import dimension
from saccade.tuning.planning import Lengths
from saccade.tuning.records import TrialResult
from saccade.tuning.search_folder import SearchFolder
from saccade.tuning.study import Study
from saccade.tuning.trial_training import TrialTrainer

pytestmark = [pytest.mark.heavy, pytest.mark.slow]


@pytest.fixture(scope="module")
def searched(tmp_path_factory, small):
    folder = tmp_path_factory.mktemp("tuning") / "search"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder.parent)
        assert command_line([*small, "--folder", str(folder), "--quiet"]) == 0
    return SearchFolder.open(folder)


def test_every_trial_is_a_run_that_can_be_looked_at(searched):
    results = searched.results()
    assert [each.trial for each in results] == [0, 1, 2]
    assert results[0].changes == {}
    for each in results:
        run = Run.open(searched.path / "trials" / f"trial-{each.trial:04}-rung0")
        assert run.manifest["status"] == "finished"
        assert run.manifest["best"]["val_accuracy"] == each.value


def test_a_trial_trains_with_the_settings_that_it_says(searched):
    for each in searched.results()[1:]:
        recipe = searched.run(f"trial-{each.trial:04}-rung0").recipe
        assert recipe.learning_rate == each.changes["learning_rate"]
        assert recipe.model.options["hidden"] == each.changes["model.hidden"]


def test_the_search_sees_half_of_the_validation_rows_and_is_judged_on_the_other(searched):
    seen = {name for name, split in searched.run("trial-0001-rung0").split.items() if split == "validation"}
    [judged] = {
        frozenset(name for name, split in searched.judged(f"final-{who}-seed1").split.items() if split == "test")
        for who in ("recipe", "best")
    }
    assert seen
    assert judged
    assert not seen & judged


def test_the_test_split_stays_sealed(searched):
    true_test = {name for name, split in searched.run("trial-0000-rung0").split.items() if split == "test"}
    assert true_test
    for path in searched.path.rglob("predictions.csv"):
        names = {row["name"] for row in Run(path.parent).predictions}
        assert names
        assert not names & true_test
    assert not any(run.has_evaluation for group in ("trials", "finals") for run in Run.all_in(searched.path / group))


def test_recipe_and_winner_are_trained_anew_with_another_seed(searched):
    recipe, best = (searched.run(f"final-{who}-seed1").recipe for who in ("recipe", "best"))
    assert recipe.seed == best.seed == 1
    assert searched.run("trial-0000-rung0").recipe.seed == 0
    assert recipe.model.options["hidden"] == [8]


def test_the_result_is_a_recipe_to_train_and_a_sentence(searched):
    verdict = searched.verdict
    assert verdict.trial in (1, 2)
    assert verdict.lead.low <= verdict.lead.value <= verdict.lead.high
    best = recipes.read(searched.best_recipe)
    assert best.learning_rate == verdict.changes["learning_rate"]
    assert best.epochs == 1
    assert best.budget is None
    assert not best.search
    assert json.loads((searched.path / "result.json").read_text())["trials"][0]["trial"] == 0


def test_a_finished_search_says_so_and_another_may_not_take_its_folder(searched, small, capsys):
    assert command_line(["tune", "--resume", str(searched.path), "-q"]) == 2
    assert "is finished" in capsys.readouterr().err
    assert command_line([*small, "--folder", str(searched.path), "-q"]) == 2
    assert "holds a search already" in capsys.readouterr().err
    assert command_line(["tune", "--resume", str(searched.path), "epochs=3"]) == 2
    assert "as it was begun" in capsys.readouterr().err


def test_what_killed_processes_left_is_gone_on_with(searched, tmp_path, capsys):
    folder = SearchFolder(shutil.copytree(searched.path, tmp_path / "search"))
    for name in ("result.json", "final.json"):
        (folder.path / name).unlink()
    shutil.rmtree(folder.path / "finals")
    shutil.rmtree(folder.path / "judged")
    (folder.run("trial-0002-rung0").path / "trial.json").unlink()  # trained, and not yet said how good
    dimensions = [dimension(name, said) for name, said in folder.plan.space.items()]
    assert Study(folder.journal, dimensions, seed=0).ask({"learning_rate": 0.01, "model.hidden": [8]}) == 3  # no more
    assert command_line(["tune", "--resume", str(folder.path), "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    done = [each["name"] for each in events if each["event"] == "done"]
    assert done == ["trial-0002-rung0", "trial-0003-rung0", "final-recipe-seed1", "final-best-seed1"]
    assert events[-1]["event"] == "finished"
    before = {each.trial: each.value for each in searched.results()}
    assert before.items() <= {each.trial: each.value for each in folder.results()}.items()


def test_without_time_for_trials_the_recipe_alone_is_trained_on_all_rows_and_said_to_be(
    tmp_path, small, capsys, monkeypatch
):
    def alone(pace, *, budget, used, **_):
        return Lengths(pace.whole, (), 1, needed=budget + 100)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("saccade.tuning.searching.lengths", alone)
    assert command_line([*small, "--folder", "mine"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "There was no time to try other settings: the recipe itself was trained" in said
    assert "saccade evaluate mine/finals/final-recipe-seed1" in said
    made = SearchFolder.open(Path("mine"))
    assert made.verdict.is_alone
    assert not made.results()
    assert not (made.path / "judged").exists()
    assert recipes.read(made.best_recipe).changed(search={}) == made.recipe.changed(search={})
    splits = list(made.run("final-recipe-seed1").split.values())
    assert splits.count("validation") == made.plan.rows[0]
    assert command_line(["evaluate", "mine/finals/final-recipe-seed1"]) == 0


def test_where_every_other_trial_fails_the_recipe_is_trained_with_what_is_left(tmp_path, small, capsys, monkeypatch):
    def failing(trainer, job, changes, progress):
        if job.trial == 0:
            return train(trainer, job, changes, progress)
        failed = TrialResult(job.trial, job.rung, None, dict(changes), planned=job.seconds, error="out of memory")
        trainer.folder.keep_failure(job.name, failed)
        return failed

    train = TrialTrainer.train
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(TrialTrainer, "train", failing)
    assert command_line([*small, "--folder", "mine"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Nothing but the recipe was trained in time" in said
    assert "What else was tried failed: out of memory" in said
    assert SearchFolder.open(Path("mine")).verdict.is_alone


def program(*words, cwd, **options):
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.Popen([sys.executable, "-m", "saccade", *words], cwd=cwd, env=environment, **options)


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="/proc says which processes a process has begun")
def test_a_helper_that_is_killed_is_said_and_the_search_ends_without_it(tmp_path, small):
    words = [*small[: small.index("--trials")], "--trials", "3", "--seeds", "1", "--jobs", "2", "--json"]
    folder = tmp_path / "search"
    first = program(*words, "--folder", str(folder), cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    for line in first.stdout:
        if json.loads(line)["event"] == "started":
            break
    [helper] = Path(f"/proc/{first.pid}/task/{first.pid}/children").read_text().split()
    os.kill(int(helper), signal.SIGKILL)
    events = [json.loads(line) for line in first.stdout]
    assert first.wait(1200) == 0
    assert any("this process goes on alone" in each["text"] for each in events if each["event"] == "note")
    assert events[-1]["event"] == "finished"
    assert events[-1]["helpers"]["lost"] == ["was killed by signal 9, as where memory is short"]
    assert [each.trial for each in SearchFolder.open(folder).results()] == [0, 1, 2]


@pytest.mark.long
def test_two_processes_do_every_trial_once_and_a_kill_loses_none(tmp_path, small):
    words = [*small[: small.index("--trials")], "--trials", "4", "--seeds", "1", "--jobs", "2", "-q"]
    folder = tmp_path / "search"
    first = program(*words, "--folder", str(folder), cwd=tmp_path)
    while not (folder / "search.json").exists():
        assert first.poll() is None
        time.sleep(0.2)
    helper = program("tune", "--resume", str(folder), "-q", cwd=tmp_path)
    while len(list(folder.glob("trials/*/history.csv"))) < 1:
        assert first.poll() is None or helper.poll() is None
        time.sleep(0.1)
    helper.send_signal(signal.SIGKILL)
    helper.wait()
    assert first.wait(1200) == 0
    made = SearchFolder.open(folder)
    assert [each.trial for each in made.results()] == [0, 1, 2, 3]
    assert not Study(made.journal, (), seed=0).unfinished
    assert made.verdict
