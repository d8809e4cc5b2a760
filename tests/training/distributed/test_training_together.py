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
from click.testing import CliRunner
from PIL import Image

from saccade.cli import train as cli_train
from saccade.core.backend import keras
from saccade.core.run import Run
from saccade.training.distributed.cluster import of_processes

pytestmark = [pytest.mark.slow, pytest.mark.heavy, pytest.mark.long]

PLAIN = ["precision=float32", "--no-check", "-q"]
SGD = ["optimizer=sgd", "momentum=0.9"]
DIGITS = ["digits", "model=dense", *SGD, "none_rate=0", *PLAIN]
MIXED = ["augment.shift=0.1", "augment.mixup=0.2", "none_rate=0"]
RANDOM = [*MIXED, "augment.cutout=0.3", "label_smoothing=0.1"]
SMOOTH = [{"conv": 8}, "batch_norm", "average_pool", "flatten", {"dropout": 0.2}, {"dense": 32}, "batch_norm"]
BROKEN = [*DIGITS, "epochs=100", "--processes", 2]
DETECTOR = ["model.width=0.25", "model.features=32", "image_size=64", "duplicates=ignored", "learning_rate=0.01"]


def command(*words):
    return [sys.executable, "-m", "saccade", "train", *map(str, words)]


def train(*words):
    return subprocess.run(command(*words), capture_output=True, text=True, check=False, timeout=600)


def weights(run):
    return keras.models.load_model(Run(run).last_model_path).get_weights()


def largest_difference(first, second):
    return max(float(np.abs(a - b).max()) for a, b in zip(weights(first), weights(second), strict=True))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Give a table in which one column follows another, and a folder of bright squares and bars with their boxes."""
    folder = tmp_path_factory.mktemp("data")
    values = np.random.default_rng(0).normal(size=(400, 5))
    values[:, 3] = 2 * values[:, 0] + 0.1 * values[:, 3]
    _write_table(folder / "rows.csv", "abcde", values.round(4).tolist())
    (folder / "boxes").mkdir()
    boxes = [_draw(folder / "boxes" / f"{number}.png", number) for number in range(60)]
    _write_table(folder / "boxes" / "boxes.csv", ["path", "label", "xmin", "ymin", "xmax", "ymax"], boxes)
    return folder


def _write_table(path, names, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([[*names], *rows])


def _draw(path, number):
    """Write an image with one object, and return its row: path, label, corners."""
    rng = np.random.default_rng(number)
    pixels = rng.integers(0, 60, (64, 64), dtype=np.uint8)
    name, width, height = ("square", 14, 14) if number % 2 else ("bar", 24, 8)
    left, top = (int(rng.integers(0, 64 - side)) for side in (width, height))
    pixels[top : top + height, left : left + width] = rng.integers(190, 256)
    Image.fromarray(pixels).save(path)
    return path.name, name, left, top, left + width, top + height


@pytest.fixture(scope="module")
def of_one(data, tmp_path_factory):
    """Give a function that returns what a training is, as words, and its run by one process: this one, once."""
    found = {
        "classification": ["digits", "model=dense", *SGD, *MIXED, "class_weights=balanced"],
        "normalised": ["digits", "model=convnet", f"model.layers={SMOOTH}", "model.activation=tanh", *SGD, *RANDOM],
        "quick": ["digits", "model=quick", "model.width=8", "model.dropout=0.2", *SGD, *RANDOM],
        "anomaly_detection": [data / "rows.csv"],
        "object_detection": ["object_detection", f"data={data / 'boxes'}", *DETECTOR, "optimizer=sgd"],
        "digits": DIGITS,
    }
    folder = tmp_path_factory.mktemp("one")

    def get(name):
        words = [*found[name], "epochs=3", *PLAIN]
        if not (folder / name).exists():
            CliRunner().invoke(
                cli_train.command, [*map(str, words), "--run", str(folder / name)], catch_exceptions=False
            )
        return words, folder / name

    return get


@pytest.mark.parametrize(
    ("name", "size", "most"),
    [
        ("classification", 2, 1e-5),
        ("classification", 4, 1e-5),
        ("normalised", 2, 1e-5),
        ("quick", 2, 1e-3),  # of some million maxima and ReLUs, some are so close that the last digit decides them
        ("anomaly_detection", 4, 1e-5),
        ("object_detection", 2, 1e-4),  # 9e-6, likewise; 2e-3 where images are moved by other last digits
    ],
)
def test_processes_together_learn_what_one_learns(tmp_path, of_one, name, size, most):
    words, one = of_one(name)
    done = train(*words, "--run", tmp_path / "together", "--processes", size)
    assert done.returncode == 0, done.stderr
    assert largest_difference(one, tmp_path / "together") < most
    first, second = Run(one), Run(tmp_path / "together")
    assert second.manifest["ranks"] == size
    assert {path.name for path in first.path.iterdir()} == {path.name for path in second.path.iterdir()}
    for alone, other in zip(first.history, second.history, strict=True):
        assert {**other, "seconds": 0} == pytest.approx({**alone, "seconds": 0}, abs=1e-3)


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


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """Give the run of a training by two processes that nothing stopped."""
    run = tmp_path_factory.mktemp("unbroken") / "run"
    done = train(*BROKEN, "--run", run)
    assert done.returncode == 0, done.stderr
    return run


@pytest.mark.skipif(sys.platform != "linux", reason="finds the ranks in /proc")
@pytest.mark.parametrize("killed", [0, 1])
def test_when_a_rank_is_killed_all_end_and_resume_to_the_weights_of_an_unbroken_run(tmp_path, unbroken, killed):
    process = started(tmp_path / "broken", *BROKEN)
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
    assert largest_difference(tmp_path / "broken", unbroken) == 0


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


def test_asked_to_stop_all_ranks_stop_at_the_same_step_and_go_on_from_there(tmp_path, unbroken):
    process = started(tmp_path / "run", *BROKEN)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "is usable as it is" in said
    assert Run(tmp_path / "run").manifest["status"] == "interrupted"
    assert train("--resume", tmp_path / "run", "-q", "--processes", 2).returncode == 0
    assert largest_difference(tmp_path / "run", unbroken) == 0


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


def machines(count, words, folder, *, changes=()):
    """Run a supervisor for each of some machines, with settings changed on the last; return each (status, said)."""
    words = [*words, "--machines", ",".join(of_processes(count).addresses)]
    run = ["--run", folder / "run"]
    others = [[*(changes if rank == count - 1 else ()), "--runs", folder / f"{rank}"] for rank in range(1, count)]
    started = [
        subprocess.Popen(command(*words, "--rank", rank, *own), stderr=subprocess.PIPE, text=True)
        for rank, own in enumerate([run, *others])
    ]
    said = [process.communicate(timeout=300)[1] for process in started]
    return [(process.returncode, each) for process, each in zip(started, said, strict=True)]


def test_three_machines_learn_what_one_learns_and_only_the_first_writes(tmp_path, of_one):
    words, one = of_one("digits")
    found = machines(3, words, tmp_path)
    assert [status for status, _ in found] == [0, 0, 0], found
    assert Run(tmp_path / "run").manifest["status"] == "finished"
    assert largest_difference(one, tmp_path / "run") < 1e-3  # 3e-4, as one process nudged: a decision
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_machines_with_different_recipes_are_refused(tmp_path):
    found = machines(2, [*DIGITS, "epochs=2"], tmp_path, changes=["batch_size=32"])
    assert all(status for status, _ in found)
    assert "the setting batch_size is 64 on rank 0 and 32 on rank 1" in "".join(said for _, said in found)
    assert not (tmp_path / "run").exists()


def test_a_recipe_file_means_the_same_to_all(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({"data": "digits", "model": "dense", "epochs": 1, "none_rate": 0}))
    done = train(path, *PLAIN, "--run", tmp_path / "run", "--processes", 2)
    assert done.returncode == 0, done.stderr
