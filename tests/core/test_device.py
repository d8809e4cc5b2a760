import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from saccade.core import backend, device, memory
from saccade.core.device import Gpu
from saccade.core.errors import RecipeError

ON_THE_SECOND = """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from saccade.core import device
from saccade.core.backend import keras

real = keras.device
def second(name):
    assert name == "gpu:0", name
    return real("cpu:1")  # stands for the GPU: nothing else is at hand
device.keras = type("Keras", (), {"device": staticmethod(second), "backend": keras.backend})
device.gpus = lambda: [device.Gpu("second processor")]

@tf.function(autograph=False)
def placed(values):
    return tf.linalg.matmul(values, values)

with device.device_scope("gpu"):
    assert device.describe() == "second processor"
    variable = keras.Variable([[1.0]])
    held = keras.ops.convert_to_tensor([[2.0]])
    computed = placed(held)
outside = keras.ops.convert_to_tensor([[2.0]])
print([each.device[-5:] for each in (variable.value, held, computed, outside)])
"""


@pytest.fixture
def gpu(monkeypatch):
    """Give a machine one GPU, as far as it is asked; nothing can be computed on it."""

    def have(*, name="NVIDIA Test", capability=(8, 0)):
        monkeypatch.setattr(device, "gpus", lambda: [Gpu(name, capability)])

    return have


def test_a_gpu_that_is_not_there_is_refused_in_a_sentence():
    if device.gpus():
        pytest.skip("this machine has one")
    with pytest.raises(RecipeError, match=r"no GPU that tensorflow can use\. Train with --device cpu, or with auto"):
        device.device_scope("gpu").__enter__()


@pytest.mark.heavy
@pytest.mark.slow
def test_all_that_is_made_for_a_device_lies_there():
    done = subprocess.run([sys.executable, "-c", ON_THE_SECOND], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['CPU:1', 'CPU:1', 'CPU:1', 'CPU:0']"


def test_the_processor_computes_where_it_is_asked_for_although_there_is_a_gpu(gpu):
    gpu()
    assert device.describe() == "NVIDIA Test"
    with device.device_scope("cpu"):
        assert device.describe().startswith("CPU, ")
        assert np.asarray(backend.keras.ops.add([1.0], [2.0])) == 3
    assert device.describe() == "NVIDIA Test"


@pytest.mark.parametrize(
    ("capability", "policy"), [((8, 0), "mixed_bfloat16"), ((7, 5), "mixed_float16"), ((6, 1), "float32")]
)
def test_a_gpu_computes_in_the_numbers_that_it_is_fast_in(gpu, capability, policy):
    gpu(capability=capability)
    assert backend.policy_for("auto") == policy


def test_the_memory_that_counts_is_that_of_the_gpu(gpu, monkeypatch):
    gpu()
    asked = []

    def run(command, **_):
        asked.extend(command)
        return SimpleNamespace(stdout="100\n")

    monkeypatch.setattr(device, "subprocess", SimpleNamespace(run=run, SubprocessError=subprocess.SubprocessError))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,1")
    assert device.free_memory() == 100 * 2**20
    assert "--id=3" in asked
    with device.device_scope("cpu"):
        assert device.free_memory() > 100 * 2**20


def test_a_gpu_of_unknown_memory_counts_as_the_machine(gpu, monkeypatch):
    gpu()
    monkeypatch.setenv("PATH", "")
    assert device.free_memory() == pytest.approx(memory.free(), rel=0.2)
