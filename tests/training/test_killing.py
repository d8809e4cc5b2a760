import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from saccade.cli import run as saccade
from saccade.core.backend import keras
from saccade.core.run import Run
from saccade.training import resume, train
from saccade.training.seed_sweep import Sweep

pytestmark = pytest.mark.slow  # each kills a process or two and trains again


def kill_after(looks, folder):
    script = Path(__file__).with_name("killed_training.py")
    return subprocess.run([sys.executable, str(script), str(folder), str(looks)], check=False).returncode


@pytest.mark.long
def test_after_kill_9_in_two_processes_the_weights_are_those_of_an_unbroken_run(recipe, dataset, tmp_path):
    assert kill_after(8, tmp_path / "killed") == -signal.SIGKILL
    assert kill_after(6, tmp_path / "killed") == -signal.SIGKILL
    assert Run(tmp_path / "killed").manifest["status"] == "running"
    resumed, whole = resume(Run(tmp_path / "killed"), dataset), train(recipe, dataset, folder=tmp_path / "whole")
    for path in ("model_path", "last_model_path"):
        first, second = (keras.models.load_model(getattr(run, path)).get_weights() for run in (resumed, whole))
        assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_a_killed_sweep_of_seeds_is_completed_without_training_again_what_is_finished(tmp_path, capfd):
    script = Path(__file__).with_name("killed_seeds.py")
    given = ["train", "digits", "epochs=1", "model=dense", "--seeds", "2", "--evaluate", "--quiet"]
    command = [sys.executable, str(script), *given, "--run", str(tmp_path / "a")]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    first, second = Run(tmp_path / "a-seed0"), Run(tmp_path / "a-seed1")
    assert [run.manifest["status"] for run in (first, second)] == ["finished", "running"]
    assert len(list(second.path.rglob(".saccade-*"))) == 1
    before = first.network_hash, first.evaluation["accesses"], first.manifest["updated"]
    capfd.readouterr()
    assert saccade(["train", "--resume", str(first.path)]) == 0
    shown = capfd.readouterr().out
    assert "test accuracy over 2 seeds: mean" in shown
    assert (first.network_hash, first.evaluation["accesses"], first.manifest["updated"]) == before
    assert second.manifest["status"] == "finished"
    assert not list(tmp_path.rglob(".saccade-*"))
    assert saccade(["train", "--resume", str(second.path), "--json"]) == 0, "the spread can be had again"
    assert json.loads(capfd.readouterr().out.splitlines()[-1])["event"] == "spread"


def test_a_seed_that_was_never_begun_is_trained_and_a_single_run_stays_alone(recipe, dataset, tmp_path):
    sweep = Sweep.of(0, 3, folder=None, evaluate=False)
    runs = [
        Run.create(recipe.changed(seed=seed), runs=tmp_path, **(sweep.entry() if seed != 2 else {}))
        for seed in range(3)
    ]
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "run.json").write_text("{")
    (tmp_path / "no-recipe").mkdir()
    (tmp_path / "no-recipe" / "run.json").write_text(json.dumps(sweep.entry()))
    assert Sweep.read(runs[0]) == sweep
    assert {seed: run.path for seed, run in sweep.runs(tmp_path).items()} == {0: runs[0].path, 1: runs[1].path}
    assert Sweep.read(runs[2]) is None
    assert Sweep.of(0, 1, folder=None, evaluate=True).entry() == {}


def test_only_what_a_killed_process_left_is_removed(recipe, tmp_path):
    run = Run.create(recipe, folder=tmp_path / "run")
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    alive, left = ".saccade-1-model.keras", f".saccade-{dead.pid}-model.keras"
    for name in (alive, left, ".saccade-notes", ".12345-mine", f"checkpoint/.saccade-{dead.pid}-state.npz"):
        (run.path / name).parent.mkdir(exist_ok=True)
        (run.path / name).write_text("x")
    (run.path / "export" / f".saccade-{dead.pid}-saved_model").mkdir(parents=True)
    with run.locked():
        kept = {path.name for path in run.path.rglob(".*") if path.name != ".lock"}
    assert kept == {alive, ".saccade-notes", ".12345-mine"}
