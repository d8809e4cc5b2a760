import pytest
from heard_progress import HeardProgress

from saccade.core.backend import keras
from saccade.core.errors import RecipeError
from saccade.training import train

pytestmark = pytest.mark.heavy


def test_kernels_that_start_at_zero_are_refused_before_a_folder_is_made(recipe, dataset, tmp_path):
    with pytest.raises(RecipeError, match="starts at zero"):
        train(recipe.changed(**{"model.kernel_initializer": "zeros"}), dataset, runs=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_loss_worse_than_guessing_is_noted(recipe, dataset, tmp_path):
    heard = HeardProgress()
    train(recipe.changed(optimizer="sgd", learning_rate=30, epochs=1), dataset, runs=tmp_path, progress=heard)
    assert any("After one epoch the loss is" in note for note in heard.notes)


def test_dead_relus_are_noted(recipe, dataset, tmp_path):
    drowned = {"class_name": "Constant", "config": {"value": -50.0}}
    layers = [{"conv": 4, "kernel_size": 3, "bias_initializer": drowned}, "flatten"]
    heard = HeardProgress()
    changes = {"model.layers": layers, "epochs": 1, "learning_rate": 1e-4}
    train(recipe.changed(**changes), dataset, runs=tmp_path, progress=heard)
    assert any("100% of the channels of conv" in note for note in heard.notes)


def test_a_healthy_training_gets_no_note(recipe, dataset, tmp_path):
    heard = HeardProgress()
    train(recipe, dataset, runs=tmp_path, progress=heard)
    assert heard.notes == []
    assert keras.config.dtype_policy().name == "float32"
