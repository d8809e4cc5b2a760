"""Processes that train together: the same weights as one, and nothing hangs when one of them dies."""

import csv
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import yaml

from saccade.core.backend import keras
from saccade.core.run import Run
from saccade.training.distributed.cluster import of_processes

pytestmark = [pytest.mark.slow, pytest.mark.heavy, pytest.mark.long]

PLAIN = ["precision=float32", "--no-check", "-q"]
DIGITS = ["digits", "model=dense", "optimizer=sgd", "momentum=0.9", "none_rate=0", *PLAIN]


def command(*words):
    return [sys.executable, "-m", "saccade", "train", *map(str, words)]


def train(*words):
    return subprocess.run(command(*words), capture_output=True, text=True, check=False, timeout=600)


def weights(run):
    return keras.models.load_model(Run(run).last_model_path).get_weights()


def largest_difference(first, second):
    return max(float(np.abs(a - b).max()) for a, b in zip(weights(first), weights(second), strict=True))


@pytest.fixture
def rows(tmp_path):
    """Give a table in which one column follows another."""
    values = np.random.default_rng(0).normal(size=(400, 5))
    values[:, 3] = 2 * values[:, 0] + 0.1 * values[:, 3]
    path = tmp_path / "rows.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([[*"abcde"], *values.round(4).tolist()])
    return path


def settings(name, rows):
    changed = ["augment.shift=0.1", "augment.cutout=0.3", "augment.mixup=0.2", "label_smoothing=0.1", "none_rate=0"]
    return {
        "classification": [*DIGITS[:-3], "augment.shift=0.1", "augment.mixup=0.2", "class_weights=balanced"],
        "normalised": ["digits", "model=quick", "model.width=8", "model.dropout=0.2", *changed, *DIGITS[2:4]],
        "anomaly_detection": [rows],
    }[name]


@pytest.mark.parametrize("size", [2, 4])
@pytest.mark.parametrize(
    ("name", "most"),
    [("classification", 1e-5), ("normalised", 1e-3), ("anomaly_detection", 1e-5)],  # normalisation amplifies rounding
)
def test_processes_together_learn_what_one_learns(tmp_path, rows, name, most, size):
    words = [*settings(name, rows), "epochs=3", *PLAIN]
    for run, processes in (("one", 1), ("together", size)):
        done = train(*words, "--run", tmp_path / run, "--processes", processes)
        assert done.returncode == 0, done.stderr
    assert largest_difference(tmp_path / "one", tmp_path / "together") < most
    first, second = Run(tmp_path / "one"), Run(tmp_path / "together")
    assert second.manifest["ranks"] == size
    assert {path.name for path in first.path.iterdir()} == {path.name for path in second.path.iterdir()}
    for one, other in zip(first.history, second.history, strict=True):
        assert {**other, "seconds": 0} == pytest.approx({**one, "seconds": 0}, abs=1e-3)


def test_processes_together_take_the_steps_of_one_towards_boxes(tmp_path):
    words = ["object_detection", "optimizer=sgd", "learning_rate=.01", "weight_decay=0", "steps=5", *PLAIN]
    for run, processes in (("one", 1), ("together", 2)):
        done = train(*words, "--run", tmp_path / run, "--processes", processes)
        assert done.returncode == 0, done.stderr
    assert largest_difference(tmp_path / "one", tmp_path / "together") < 1e-4


def started(run, *words):
    """Start a training and return it when it has its first checkpoint."""
    process = subprocess.Popen(command(*words, "--run", run), stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 300
    while not Run(run).checkpoint_path.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    return process


def ranks_of(process):
    """Return the process numbers of the ranks that a supervisor has started."""
    children = f"/proc/{process.pid}/task/{process.pid}/children"
    with open(children) as file:  # noqa: PTH123
        return [int(number) for number in file.read().split()]


@pytest.mark.skipif(sys.platform != "linux", reason="finds the ranks in /proc")
@pytest.mark.parametrize("killed", [0, 1])
def test_when_a_rank_is_killed_all_end_and_resume_to_the_weights_of_an_unbroken_run(tmp_path, killed):
    words = [*DIGITS, "epochs=300", "--processes", 2]
    process = started(tmp_path / "broken", *words)
    ranks = ranks_of(process)
    os.kill(ranks[killed], signal.SIGKILL)
    at = time.monotonic()
    _, said = process.communicate(timeout=60)
    assert time.monotonic() - at < 60
    assert process.returncode == 1
    assert f"Rank {killed} was killed by signal 9" in said
    assert not any(os.path.exists(f"/proc/{rank}") for rank in ranks)  # noqa: PTH110
    assert Run(tmp_path / "broken").manifest["status"] != "finished"
    resumed = train("--resume", tmp_path / "broken", "-q", "--processes", 2)
    assert resumed.returncode == 0, resumed.stderr
    assert train(*words, "--run", tmp_path / "whole").returncode == 0
    assert largest_difference(tmp_path / "broken", tmp_path / "whole") == 0


@pytest.mark.skipif(sys.platform != "linux", reason="finds the ranks in /proc")
def test_ranks_do_not_outlive_their_supervisor(tmp_path):
    process = started(tmp_path / "run", *DIGITS, "epochs=3000", "--processes", 2)
    ranks = ranks_of(process)
    process.kill()
    with process:  # its end is waited for, and our end of its errors closed
        pass
    deadline = time.monotonic() + 20
    while any(map(is_running, ranks)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(is_running, ranks))


def is_running(number):
    try:
        with open(f"/proc/{number}/stat") as file:  # noqa: PTH123
            return re.sub(r"\(.*\)", "", file.read()).split()[1] != "Z"
    except FileNotFoundError:
        return False


def test_asked_to_stop_all_ranks_stop_at_the_same_step_and_go_on_from_there(tmp_path):
    process = started(tmp_path / "run", *DIGITS, "epochs=300", "--processes", 2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "is usable as it is" in said
    assert Run(tmp_path / "run").manifest["status"] == "interrupted"
    assert train("--resume", tmp_path / "run", "-q", "--processes", 2).returncode == 0


def test_wrong_input_is_said_once_by_rank_0(tmp_path):
    done = train("digits", "model=lenet5", *PLAIN, "--run", tmp_path / "run", "--processes", 2)
    assert done.returncode == 2
    assert done.stderr.count("LeNet-5 needs images of at least") == 1
    assert "All ranks were stopped" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--processes", 2, "--seeds", 2], "give each --seed its command"),
        (["--processes", 2, "--budget", "5s"], "kept by one machine's clock"),
        (["--machines", "a:1"], "two ranks or more"),
    ],
)
def test_what_several_processes_cannot_do_is_refused(words, said):
    done = train(*DIGITS, *words)
    assert done.returncode == 2
    assert said in done.stderr


def test_two_machines_train_together_and_different_recipes_are_refused(tmp_path):
    addresses = ",".join(of_processes(2).addresses)

    def together(name, *changes):
        """Run two supervisors, as two machines would, with a setting changed on the second."""
        words = [*DIGITS, "epochs=2", "--machines", addresses]
        other = command(*words, *changes, "--rank", 1, "--runs", tmp_path / "other")
        second = subprocess.Popen(other, stderr=subprocess.PIPE, text=True)
        first = train(*words, "--rank", 0, "--run", tmp_path / name)
        return first, second.communicate(timeout=120)[1], second.returncode

    first, said, status = together("run")
    assert (first.returncode, status) == (0, 0), first.stderr + said
    assert Run(tmp_path / "run").manifest["status"] == "finished"
    assert not (tmp_path / "other").exists()
    first, said, status = together("refused", "batch_size=32")
    assert first.returncode
    assert status
    assert "the setting batch_size is 64 on rank 0 and 32 on rank 1" in first.stderr + said
    assert not (tmp_path / "refused").exists()


def test_a_recipe_file_means_the_same_to_all(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({"data": "digits", "model": "dense", "epochs": 1, "none_rate": 0}))
    done = train(path, *PLAIN, "--run", tmp_path / "run", "--processes", 2)
    assert done.returncode == 0, done.stderr
