import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from saccade.core import device
from saccade.core.backend import keras
from saccade.training import batches, train
from saccade.training.batches import Feed

LEFT = 256 * 2**20


def feed(*, resident, count=100, batch_size=8):
    inputs = np.arange(count * 12, dtype=np.uint8).reshape(count, 2, 6)
    return Feed(inputs, np.arange(count), np.arange(count), batch_size=batch_size, seed=0, resident=resident)


def test_what_lies_on_the_device_may_be_asked_for_all_at_once():
    assert feed(resident=True).most_at_once == 13


@pytest.mark.parametrize(("room", "batches_at_once"), [(10 * 8 * 12, 10), (1, 1), (2**30, 2**30 // 96)])
def test_what_is_streamed_is_read_in_stretches_of_few_bytes(monkeypatch, room, batches_at_once):
    monkeypatch.setattr(batches, "STRETCH_BYTES", room)
    assert feed(resident=False).most_at_once == batches_at_once


def test_little_free_memory_makes_a_feed_stream(monkeypatch):
    monkeypatch.setattr(device, "free_memory", lambda: 100 * 12)
    assert not feed(resident=None).resident
    monkeypatch.setattr(device, "free_memory", lambda: 10 * 100 * 12)
    assert feed(resident=None).resident


@pytest.mark.heavy
@pytest.mark.slow
def test_streamed_in_the_smallest_stretches_a_network_learns_the_same(recipe, dataset, tmp_path, monkeypatch):
    whole = train(recipe, dataset, folder=tmp_path / "whole", export=False)
    monkeypatch.setattr(device, "free_memory", lambda: 0)
    monkeypatch.setattr(batches, "STRETCH_BYTES", 1)
    streamed = train(recipe, dataset, folder=tmp_path / "streamed", export=False)
    first, second = (keras.models.load_model(run.last_model_path).get_weights() for run in (whole, streamed))
    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))


@pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
@pytest.mark.heavy
@pytest.mark.slow
def test_ten_times_the_memory_is_learnt_from_and_answered(tmp_path):
    script = Path(__file__).parent / "limited_training.py"
    # a thread's stack counts against the limit whole, though little of it is used
    command = f"ulimit -s 2048; exec {sys.executable} {script} {tmp_path}"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    limited, result = done.stdout.strip().splitlines()[-2:]
    assert limited == "limited"
    _, size, _, right = result.split()
    assert int(size) > 10 * LEFT
    assert float(right) > 0.9
