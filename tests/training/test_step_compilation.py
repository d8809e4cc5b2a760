from dataclasses import dataclass

import numpy as np
import pytest

from saccade.core import device
from saccade.core.backend import keras
from saccade.core.device import Gpu
from saccade.core.errors import RecipeError, TrainingInterrupted
from saccade.core.run import Run
from saccade.training import resume, step_compilation, train
from saccade.training.progress import Progress


@dataclass(frozen=True)
class Pace:
    step_seconds: float


class Trainer:
    """Knows how long its steps take, compiled with XLA and without."""

    can_choose_xla = True

    def __init__(self, *, with_xla, without=1.0):
        self.seconds, self.xla = {True: with_xla, False: without}, False

    def compile_steps(self, *, xla):
        self.xla = xla


def measure(trainer):
    seconds = trainer.seconds[trainer.xla]
    if seconds is None:
        raise ValueError("ImageProjectiveTransformV3 is unknown.\nTrace of many lines")
    return Pace(seconds)


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.setattr(device, "gpus", lambda: [Gpu("NVIDIA Test", (8, 0))])


@pytest.mark.parametrize(("with_xla", "taken"), [(0.5, True), (0.95, False), (2.0, False), (None, False)])
def test_on_a_gpu_xla_is_taken_where_it_is_clearly_faster(gpu, with_xla, taken):
    trainer = Trainer(with_xla=with_xla)
    pace = step_compilation.fastest(trainer, measure, setting="auto", known=None)
    assert trainer.xla is taken
    assert pace.step_seconds == (with_xla if taken else 1.0)


def test_on_a_processor_it_is_not_even_measured():
    trainer = Trainer(with_xla=0.1)
    step_compilation.fastest(trainer, measure, setting="auto", known=None)
    assert not trainer.xla


@pytest.mark.parametrize("setting", ["auto", "on", "off"])
@pytest.mark.parametrize("known", [True, False])
def test_a_training_that_goes_on_keeps_what_it_began_with(gpu, setting, known):
    trainer = Trainer(with_xla=0.5 if known is False else 2.0)
    step_compilation.fastest(trainer, measure, setting=setting, known=known)
    assert trainer.xla is known


def test_what_xla_cannot_compile_is_said_where_it_was_asked_for():
    with pytest.raises(RecipeError, match=r"ImageProjectiveTransformV3 is unknown\. Leave --xla on out\.$"):
        step_compilation.fastest(Trainer(with_xla=None), measure, setting="on", known=None)


UNPOOLED = {"name": "convnet", "layers": [{"conv": 4, "kernel_size": 3, "strides": 2}, {"dropout": 0.2}, "flatten"]}
"""XLA has no deterministic gradient of max pooling."""

CERTAIN = {**UNPOOLED, "layers": [UNPOOLED["layers"][0], "flatten"]}
"""Without dropout, for which XLA draws other numbers."""


class Planned(Progress):
    def planned(self, plan):
        self.plan = plan


def weights(run):
    return keras.models.load_model(run.last_model_path).get_weights()


@pytest.mark.heavy
@pytest.mark.slow
def test_steps_compiled_with_xla_learn_the_same(recipe, dataset, tmp_path):
    recipe, progress = recipe.changed(model=CERTAIN), Planned()
    plain = train(recipe.changed(xla="off"), dataset, folder=tmp_path / "plain", export=False)
    compiled = train(recipe.changed(xla="on"), dataset, folder=tmp_path / "xla", progress=progress, export=False)
    assert progress.plan.xla
    assert compiled.manifest["xla"] is True
    assert plain.manifest["xla"] is False
    pairs = zip(weights(plain), weights(compiled), strict=True)
    assert all(np.allclose(one, other, atol=1e-4) for one, other in pairs)


class StopAtEpoch(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 0:
            raise KeyboardInterrupt


@pytest.mark.heavy
@pytest.mark.slow
@pytest.mark.parametrize(
    "changes", [{"xla": "on", "model": UNPOOLED}, {"precision": "float16"}, {"device": "cpu", "precision": "bfloat16"}]
)
def test_a_stopped_training_goes_on_to_the_same_weights_on_every_path(recipe, dataset, tmp_path, changes):
    recipe = recipe.changed(**changes)
    whole = train(recipe, dataset, folder=tmp_path / "whole", export=False)
    with pytest.raises(TrainingInterrupted):
        train(recipe, dataset, folder=tmp_path / "stopped", callbacks=[StopAtEpoch()], export=False)
    again = resume(Run.open(tmp_path / "stopped"), dataset, export=False)
    assert all(np.array_equal(one, other) for one, other in zip(weights(whole), weights(again), strict=True))


@pytest.mark.heavy
def test_max_pooling_with_xla_is_refused_in_a_sentence(recipe, dataset, tmp_path):
    with pytest.raises(RecipeError, match=r"XLA cannot compile this network: .* Leave --xla on out\.$"):
        train(recipe.changed(xla="on"), dataset, folder=tmp_path / "run", export=False)


@pytest.mark.heavy
@pytest.mark.slow
def test_float16_learns_with_a_scaled_loss(recipe, dataset, tmp_path):
    run = train(recipe.changed(precision="float16", epochs=8), dataset, folder=tmp_path / "run", export=False)
    assert run.manifest["precision"] == "mixed_float16"
    assert run.manifest["best"]["val_accuracy"] > 0.9


@pytest.mark.heavy
def test_a_gpu_that_is_not_there_leaves_no_run_behind(recipe, dataset, tmp_path):
    if device.gpus():
        pytest.skip("this machine has one")
    with pytest.raises(RecipeError, match="no GPU"):
        train(recipe.changed(device="gpu"), dataset, folder=tmp_path / "run")
    assert not (tmp_path / "run").exists()
