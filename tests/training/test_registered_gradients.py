import gc
import weakref

import pytest

from saccade.core.backend import keras
from saccade.training.registered_gradients import PREFIX, forgotten_gradients

pytestmark = pytest.mark.heavy

tf = pytest.importorskip("tensorflow")


def traced():
    """Return a graph with a gradient of its own in it, as a function, and a reference that does not keep it."""

    @tf.custom_gradient
    def doubled(value):
        return value * 2, lambda slope: slope * 2

    @tf.function
    def run(value):
        with tf.GradientTape() as tape:
            tape.watch(value)
            answer = doubled(value)
        return tape.gradient(answer, value)

    return run, weakref.ref(run.get_concrete_function(tf.TensorSpec((), tf.float32)).graph)


def test_a_graph_that_nobody_uses_any_more_gives_its_memory_back():
    with forgotten_gradients():
        run, graph = traced()
    assert float(run(tf.constant(3.0))) == 2
    assert graph() is not None
    del run
    gc.collect()
    assert graph() is None


def test_gradients_of_others_stay():
    from tensorflow.python.framework import ops

    run, _ = traced()
    before = {name for name in ops.gradient_registry._registry if name.startswith(PREFIX)}
    with forgotten_gradients():
        keras.ops.relu(tf.constant(1.0))
        traced()
    assert {name for name in ops.gradient_registry._registry if name.startswith(PREFIX)} == before
    assert before
    assert float(run(tf.constant(3.0))) == 2
