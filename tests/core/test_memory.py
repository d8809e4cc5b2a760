import resource
import subprocess
import sys
from types import SimpleNamespace

import psutil
import pytest

from saccade.core import memory

GIGABYTE = 2**30


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    """A machine with much memory, in no container."""
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=100 * GIGABYTE))
    monkeypatch.setattr(memory, "CGROUP", tmp_path)


def test_without_limits_all_that_the_machine_has_is_free():
    assert memory.free() == 100 * GIGABYTE


def test_a_container_leaves_what_its_limit_says_and_what_it_holds_of_files(tmp_path):
    (tmp_path / "memory.max").write_text(f"{4 * GIGABYTE}\n")
    (tmp_path / "memory.current").write_text(f"{3 * GIGABYTE}\n")
    (tmp_path / "memory.stat").write_text(f"anon 5\ninactive_file {GIGABYTE // 2}\n")
    assert memory.free() == 1.5 * GIGABYTE


def test_a_container_without_a_limit_leaves_all(tmp_path):
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("7\n")
    assert memory.free() == 100 * GIGABYTE


def test_an_older_container_says_it_in_other_files(tmp_path):
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory/memory.limit_in_bytes").write_text(str(GIGABYTE))
    (tmp_path / "memory/memory.usage_in_bytes").write_text(str(2 * GIGABYTE))
    assert memory.free() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
@pytest.mark.heavy
@pytest.mark.parametrize("limit", ["RLIMIT_AS", "RLIMIT_DATA"])
def test_a_limit_of_the_process_counts(limit):
    wanted = 4 * GIGABYTE
    code = "from saccade.core import memory; print(memory.free())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(getattr(resource, limit), (wanted, wanted)),
    )
    assert 0 < int(done.stdout) < wanted
