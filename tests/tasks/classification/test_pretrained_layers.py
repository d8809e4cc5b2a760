"""Layers of a deep belief network as they were before labels came, as pages show them."""

import numpy as np
import pytest

from saccade import train
from saccade.cli import run as saccade
from saccade.core import recipe as recipes
from saccade.core.errors import RecipeError
from saccade.report import report
from saccade.tasks import base
from saccade.tasks.classification.pretrained_layers import PretrainedLayer, draw, read, rebuild

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(run_once):
    settings = {"model.hidden": [24, 12], "pretraining.epochs": 2, "pretraining.classifier_epochs": 0, "epochs": 1}
    return run_once("dbn", lambda folder: train("dbn-digits", run=folder / "run", quiet=True, check=False, **settings))


def test_its_layers_are_read_from_the_lowest(run):
    assert [layer.kernel.shape for layer in read(run)] == [(64, 24), (24, 12)]
    assert [len(layer.history) for layer in read(run)] == [2, 2]


def test_layers_that_copy_rebuild_what_went_in():
    big = 200.0
    copies = PretrainedLayer("", big * np.eye(3), np.full(3, -big / 2), np.full(3, -big / 2), [])
    images = np.array([[0, 1, 1], [1, 0, 0]], np.float32)
    np.testing.assert_allclose(rebuild([copies, copies], images), images, atol=1e-6)


def test_a_trained_layer_rebuilds_better_than_the_mean_image(run):
    dataset = base.reload(run, quiet=True)
    pixels = dataset.images[dataset.rows("validation")].reshape(-1, 64) / 255
    error = np.square(rebuild(read(run)[:1], pixels.astype(np.float32)) - pixels).mean()
    assert error < 0.8 * np.square(pixels - pixels.mean(axis=0)).mean()


def test_a_network_that_was_trained_at_once_has_no_such_pictures(run, tmp_path):
    assert draw(run, None).rebuilt == ""  # without its data, of the filters only
    other = type(run).create(run.recipe, folder=tmp_path / "other")
    assert draw(other, None) is None


def test_inspect_and_report_show_its_filters_and_rebuilt_images(run, capsys):
    assert saccade(["inspect", str(run.path)]) == 0
    assert "layers/index.html" in capsys.readouterr().out.replace("\n", "")
    pages = [(run.path / "inspect/overview/layers/index.html").read_text(), report(run).read_text()]
    for page in pages:
        assert "layer 2 of 2, 24 to 12 units, by contrastive divergence" in page
        assert "units of the first layer look for" in page and "Images of the validation split" in page


def test_pretraining_is_refused_of_networks_that_have_none():
    with pytest.raises(RecipeError, match="dbn"):
        base.prepare(recipes.read("quick-digits", **{"pretraining.epochs": 3}), quiet=True)
