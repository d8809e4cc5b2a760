"""Parts of a network that are trained before the whole: the layers of a deep belief network."""

import shutil
import signal

import numpy as np
import pytest

from saccade.core.backend import keras
from saccade.core.errors import RunError, TrainingInterrupted
from saccade.core.run import Run
from saccade.training import pace, resume, train
from saccade.training.progress import Progress
from saccade.training.stage import StageWeights

pytestmark = pytest.mark.slow


class Listening(Progress):
    """Hears all, and does something at one look at the training, counted over all stages."""

    def __init__(self, look=0, do=None):
        self.left, self.do, self.stages, self.plans = look, do, [], []

    def stage(self, about, *, verb="Trying"):
        self.stages.append(f"{verb} {about}")

    def planned(self, plan):
        self.plans.append(plan)

    def moved(self, moment):
        self.left -= 1
        if self.left == 0:
            self.do()


@pytest.fixture(scope="module")
def layered(recipe):
    pretraining = {"epochs": 2, "batch_size": 16, "classifier_epochs": 1}
    return recipe.changed(model={"name": "dbn", "hidden": [8, 6]}, pretraining=pretraining, epochs=2)


@pytest.fixture(scope="module")
def heard():
    return Listening()


@pytest.fixture(scope="module")
def whole(layered, dataset, heard, tmp_path_factory):
    """A run of all stages and the whole, which was listened to."""
    return train(layered, dataset, folder=tmp_path_factory.mktemp("whole") / "run", progress=heard)


@pytest.fixture(scope="module")
def head_only(layered):
    """A recipe in which only the classifier is solved for, on layers that stay as pretrained."""
    return layered.changed(**{"model.trained": "head", "pretraining.schedule": "constant"})


@pytest.fixture(scope="module")
def solved(head_only, dataset, tmp_path_factory):
    return train(head_only, dataset, folder=tmp_path_factory.mktemp("solved") / "run")


@pytest.fixture
def at_every_step(monkeypatch):
    """Look around, and save, after every step."""
    monkeypatch.setattr(pace, "STRETCH_SECONDS", 1e-9)
    monkeypatch.setattr("saccade.training.callbacks.CHECKPOINT_SECONDS", 0)


def weights(run):
    return keras.models.load_model(run.model_path).get_weights()


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def learnt(run):
    return [stage.load(StageWeights).arrays for stage in run.stages]


def plain(history):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in history]


def crash():
    raise MemoryError


def test_each_layer_is_a_training_with_a_history_before_the_whole(whole, heard):
    run = whole
    assert [stage.path.name for stage in run.stages] == ["01-layer_1", "02-layer_2", "03-classifier"]
    assert heard.stages[:2] == [
        "Pretraining layer 1 of 2, 144 to 8 units, by contrastive divergence",
        "Pretraining layer 2 of 2, 8 to 6 units, by contrastive divergence",
    ]
    assert [stage.manifest["about"] for stage in run.stages][:2] == [
        each.partition(" ")[2] for each in heard.stages[:2]
    ]
    assert [plan.epochs for plan in heard.plans] == [2, 2, 1, 2]
    assert [len(stage.history) for stage in run.stages] == [2, 2, 1]
    assert {"loss", "reconstruction_error", "val_reconstruction_error", "free_energy"} <= set(run.stages[0].history[0])
    assert "val_accuracy" in run.stages[2].history[0]
    assert [sorted(arrays) for arrays in learnt(run)] == [
        ["divergence/visible_bias", "hidden_1/bias", "hidden_1/kernel"],
        ["divergence/visible_bias", "hidden_2/bias", "hidden_2/kernel"],
        ["predictions/bias", "predictions/kernel"],
    ]
    assert not any(stage.checkpoint_path.exists() for stage in run.stages)


def test_layers_stay_as_pretrained_where_only_the_classifier_is_solved_for(solved, dataset):
    run = solved
    assert [stage.path.name for stage in run.stages] == ["01-layer_1", "02-layer_2"]
    network = keras.models.load_model(run.model_path)
    for number, arrays in enumerate(learnt(run), start=1):
        kernel, bias = network.get_layer(f"hidden_{number}").get_weights()
        np.testing.assert_array_equal(kernel, arrays[f"hidden_{number}/kernel"])
        np.testing.assert_array_equal(bias, arrays[f"hidden_{number}/bias"])
    rows = dataset.rows("train")
    (row,) = run.history
    found = np.asarray(network(dataset.images[rows]))
    assert row["accuracy"] == pytest.approx((found.argmax(axis=1) == dataset.labels[rows]).mean(), abs=1e-6)
    mean = np.bincount(dataset.labels[rows]) / len(rows)
    assert row["loss"] < -(mean * np.log(mean)).sum()  # better than to know only how many there are


def test_the_rate_of_a_layer_falls_where_the_recipe_says_so(solved, head_only, dataset, tmp_path):
    falling = train(head_only.changed(**{"pretraining.schedule": "cosine"}), dataset, folder=tmp_path / "run")
    assert not same(learnt(solved)[0].values(), learnt(falling)[0].values())


@pytest.mark.long
def test_killed_in_any_stage_it_goes_on_to_the_same_weights(layered, dataset, tmp_path, at_every_step):
    whole = train(layered, dataset, folder=tmp_path / "whole")
    with pytest.raises(MemoryError):
        train(layered, dataset, folder=tmp_path / "run", progress=Listening(13, crash))
    run = Run.open(tmp_path / "run")
    assert len(run.stages) == 1 and run.stages[0].load(StageWeights) is None
    # Keras looks as often in an epoch that is gone on with as in a whole one
    for place, look, begun in (("the second layer", 16, 2), ("the classifier", 24, 3), ("the whole", 19, 3)):
        with pytest.raises(MemoryError):
            resume(run, dataset, progress=Listening(look, crash))
        assert len(run.stages) == begun, place
    assert run.stages[2].load(StageWeights) and not run.model_path.exists()
    run = resume(run, dataset)
    assert all(same(a.values(), b.values()) for a, b in zip(learnt(whole), learnt(run), strict=True))
    assert same(weights(whole), weights(run))
    for one, other in zip([whole, *whole.stages], [run, *run.stages], strict=True):
        assert plain(one.history) == plain(other.history)


@pytest.mark.long
def test_ctrl_c_in_a_stage_can_be_resumed(layered, dataset, tmp_path, at_every_step):
    whole = train(layered, dataset, folder=tmp_path / "whole")
    stop = Listening(4, lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(TrainingInterrupted, match="--resume"):
        train(layered, dataset, folder=tmp_path / "run", progress=stop)
    run = Run.open(tmp_path / "run")
    assert run.manifest["status"] == "interrupted"
    assert same(weights(resume(run, dataset)), weights(whole))


def test_what_a_stage_has_learnt_is_not_taken_from_another_network(whole, dataset, tmp_path):
    run = Run.open(shutil.copytree(whole.path, tmp_path / "run"))
    run.model_path.unlink()
    run.write_manifest(status="interrupted")
    run.stages[0].save(StageWeights({"hidden_1/kernel": np.zeros((3, 3), np.float32)}))
    with pytest.raises(RunError, match="01-layer_1"):
        resume(run, dataset)


def test_without_pretraining_there_are_no_stages(layered, dataset, tmp_path):
    run = train(layered.changed(**{"pretraining.epochs": 0}), dataset, folder=tmp_path / "run")
    assert run.stages == []
